"""Runs with parts in files are read in processes that have executed none. Oracle: the process that has."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from plausible.networks.mlp import MLP
from plausible.registry.files import from_file
from plausible.study.keys.key import key
from plausible.study.run import Run
from plausible.study.store.store import Store
from tests.processes import finished
from tests.suite.command import computed
from tests.suite.quick import QUICK

OWN = {
    "optimiser": """
from dataclasses import dataclass
from plausible.optimise.sgd import SGD

@dataclass(frozen=True)
class Own(SGD):
    decay: float = 0.0

    def rate_at(self, step):
        return 1 * self.rate
""",
    "network": """
from dataclasses import dataclass
from plausible.networks.mlp import MLP

@dataclass(frozen=True)
class Own(MLP):
    more: int = 1
""",
    "activation": """
import numpy as np
from plausible.networks.activations import Activation

def value(z, out=None):
    return np.multiply(1, z, out=out)

Own = Activation("Own", value, lambda h, out=None: np.ones_like(h))
""",
    "output": """
from dataclasses import replace
from plausible.networks.outputs import output

Own = replace(output("softmax"), name="Own", error=lambda answer, y: 1 * (answer - y))
""",
    "init": """
from dataclasses import dataclass
from plausible.networks.inits import Uniform

@dataclass(frozen=True)
class Own(Uniform):
    gain: float = 1

    def draw(self, rng, fan_in, fan_out):
        return 1 * super().draw(rng, fan_in, fan_out)
""",
}
COMMANDS = """
import json, sys
from plausible.cli.main import main
for line in json.loads(sys.argv[1]):
    try:
        main(line)
    except SystemExit as end:
        print("ended with", end.code or 0)
"""
LOAD = """
import sys
from plausible.study.store.store import Store
Store().load().to_parquet(sys.argv[1])
"""


@pytest.fixture
def own(store: Store, tmp_path: Path) -> dict[str, str]:
    """The names of the keys of stored runs, each with a part in a file of its own, by the part."""
    made: dict[str, Any] = {}
    for part, text in OWN.items():
        (tmp_path / f"{part}.py").write_text(text)
        made[part] = from_file(f"{tmp_path}/{part}.py", "Own")
    runs: dict[str, Run] = {
        "optimiser": replace(QUICK, optimiser=made["optimiser"](0.2)),
        "network": replace(QUICK, network=made["network"]((4,))),
        "activation": replace(QUICK, network=MLP((4,), activation=made["activation"])),
        "output": replace(QUICK, network=MLP((4,), output=replace(made["output"], reduction="sum"))),
        "init": replace(QUICK, network=MLP((4,), init=made["init"]())),
    }
    computed([QUICK, *runs.values()], store)
    assert {stored.status for stored in store} == {"done"}
    return {part: key(run).name for part, run in runs.items()}


def afresh(*lines: Iterable[str]) -> tuple[list[str], list[str]]:
    """What one new process prints that carries out these commands: the lines on standard output, and on error."""
    ended = finished([sys.executable, "-c", COMMANDS, json.dumps([*map(list, lines)])])
    return ended.stdout.splitlines(), ended.stderr.splitlines()


def test_why_tells_without_executing_that_it_must_and_with_it_what_changed(
    own: dict[str, str], tmp_path: Path
) -> None:
    """Each file is executed for its own run alone, so that one process can be asked for all."""
    out, told = afresh(*(("why", name) for name in own.values()))
    assert out == ["ended with 2"] * len(own)
    assert len(told) == len(own)
    for part, line in zip(own, told, strict=True):
        assert f"cannot be compared: it needs '{tmp_path / part}.py'" in line
        assert " --execute-files " in line
    out, told = afresh(*(("why", name, "--execute-files") for name in own.values()))
    assert out == ["nothing changed: this result is used", "ended with 0"] * len(own)
    assert told == [f"executed {tmp_path / part}.py" for part in own]
    for part, text in OWN.items():
        (tmp_path / f"{part}.py").write_text(text.replace("1", "2"))
    out, _ = afresh(*(("why", name, "--execute-files") for name in own.values()))
    assert [line for line in out if "the code of" in line] == [
        f"the code of {part}.py changed" for part in own
    ]


def test_clean_finds_stale_runs_where_it_may_execute_their_files(
    own: dict[str, str], store: Store, tmp_path: Path
) -> None:
    for part, text in OWN.items():
        (tmp_path / f"{part}.py").write_text(text.replace("1", "2"))
    looking = ("clean", "--all", "--dry-run")
    out, told = afresh(looking)
    assert "0 left over and 0 stale would be removed" in out
    assert any("--execute-files" in line for line in told)
    out, _ = afresh((*looking, "--execute-files"))
    stale = {line.split(" in ")[1].partition(":")[0] for line in out if line.startswith("stale: ")}
    assert stale == {str(store.runs / name) for name in own.values()}
    assert f"0 left over and {len(own)} stale would be removed" in out


def loaded_afresh(folder: Path) -> pd.DataFrame:
    """`Store.load` in a new process."""
    ended = finished([sys.executable, "-c", LOAD, str(folder / "frame.parquet")])
    assert (ended.stdout, ended.stderr) == ("", "")
    return pd.read_parquet(folder / "frame.parquet")


@pytest.mark.parametrize("gone", [False, True])
def test_load_has_all_rows_and_settings_of_runs_whose_files_are_not_executed(
    gone: bool, own: dict[str, str], store: Store, tmp_path: Path
) -> None:
    here = store.load(holds=False)
    for part in OWN if gone else ():
        (tmp_path / f"{part}.py").unlink()
    frame = loaded_afresh(tmp_path)
    pd.testing.assert_frame_equal(frame[[*here]], here, check_dtype=False, check_categorical=False)
    holds = frame.groupby("key").holds.first()
    assert set(frame.key) == {key(QUICK).name, *own.values()}
    assert bool(holds[key(QUICK).name])
    assert holds[[*own.values()]].isna().all()
    lion = frame[frame.key == own["optimiser"]].iloc[0]
    assert lion.optimiser == "Own(rate=0.2, momentum=0.0, nesterov=False, decay=0.0)"
    assert (lion.optimiser_rate, lion.hidden, lion.epochs) == (0.2, "4", 2)
