"""Messages that say which file, which run, and a name in quotes that is the name. Oracle: what was done to them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import plausible as pl
from plausible.errors import BadInput
from plausible.optimise.sgd import SGD
from plausible.study import campaign
from plausible.study.compare import Comparison
from plausible.study.keys.changes import changes
from plausible.study.keys.key import key
from plausible.study.keys.sources import LONGEST, source_in
from plausible.study.store.store import Store
from tests.suite.command import computed
from tests.suite.quick import QUICK, RULE, mine

TASK = """
from plausible.tasks.toys import two_moons

def moons(rng):
    return two_moons(rng, examples=100)
"""


@pytest.mark.parametrize("execute", [False, True])
@pytest.mark.parametrize("kind", ["rule", "task"])
def test_why_says_which_part_a_run_needs_whose_file_is_gone(
    kind: str, execute: bool, tmp_path: Path, store: Store
) -> None:
    run = mine(tmp_path / "own", RULE)
    (tmp_path / "own" / "task.py").write_text(TASK)
    run = replace(run, task=f"{tmp_path / 'own' / 'task.py'}:moons")
    computed([run], store)
    (stored,) = store
    text = run.named()[kind]
    Path(text.rpartition(":")[0]).unlink()
    with pytest.raises(BadInput) as refused:
        changes(stored, execute=execute)
    assert (
        str(refused.value) == f"it needs {kind} {text!r}, whose file is not there: put it back where it lay"
    )


def test_what_is_no_source_says_why(tmp_path: Path) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "long.py").write_text("#" * (LONGEST + 1))
    for name, said in (
        ("none.py", "is not there: expected a file of Python"),
        ("folder.py", "is a folder: expected a file of Python"),
        ("long.py", f"has {LONGEST + 1} bytes: expected a file of Python, of up to {LONGEST}"),
    ):
        with pytest.raises(BadInput) as refused:
            source_in(tmp_path / name)
        assert str(refused.value) == f"{str(tmp_path / name)!r} {said}"


@dataclass(frozen=True)
class Locked(SGD):
    """Gradient descent with what no file can hold."""

    lock: Any = field(default_factory=threading.Lock)


def test_a_run_that_no_file_can_hold_is_told_by_its_place() -> None:
    with pytest.raises(
        BadInput, match=r"^run 2, feedback-alignment@two-moons\[examples=100\]/0, has no key: "
    ) as refused:
        campaign.keys([QUICK, replace(QUICK, optimiser=Locked(0.1))])
    assert "\n" not in str(refused.value)


def test_a_name_in_quotes_is_the_name(tmp_path: Path) -> None:
    """As among the rules, of which several stand in a list: so that a run has one key, however it was named."""
    folder = tmp_path / "a [b], c"
    folder.mkdir()
    (folder / "task.py").write_text(TASK)
    path = f"{folder / 'task.py'}:moons"
    given = {"rules": ("fa",), "seeds": 1, "epochs": 1}
    plain: Any = {
        "task": path,
        "network": "mlp[bias=False]",
        "optimiser": "adam[rate=0.1]",
        "activation": "relu",
        "init": "orthogonal",
        "schedule": "step",
    }
    quoted = {name: f'"{text}"' if name == "task" else f"'{text}'" for name, text in plain.items()}
    one, other = (Comparison(**given, **named) for named in (plain, quoted))  # type: ignore[arg-type]
    assert one == other
    assert [key(run).name for run in one.runs()] == [key(run).name for run in other.runs()]
    assert pl.task(repr(path)).n_in == 2
    assert pl.fit("fa", repr(path), hidden=(4,), epochs=1).run.task == path
