"""Values of kinds of a user's own, which lie in files whose folders have brackets, spaces and commas.

Oracle: the grammar in `plausible.registry.specs`, and what the file defines.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plausible.core import randomness
from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.registry import registry, specs
from plausible.registry.names import whole_path
from plausible.study.keys.key import key
from tests.suite.command import command
from tests.suite.quick import QUICK

OWN = """
from __future__ import annotations
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol
import numpy as np
from baselines.backprop import Backprop
from plausible.core import Optimiser
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.optimise.sgd import SGD
if TYPE_CHECKING:
    from nowhere import Nothing

class Gate(Protocol):
    def opens(self, x: float) -> bool: ...

@dataclass(frozen=True)
class Above:
    level: float = 0.5
    def opens(self, x): return x > self.level

@dataclass(frozen=True)
class Halved:
    inner: Optimiser = SGD(0.1)
    def init(self, params): return self.inner.init(params)
    def apply(self, params, updates, memory, loss=None): self.inner.apply(params, updates, memory, loss)

@dataclass(frozen=True)
class Ones(Init):
    scale: float = 1.0
    def draw(self, rng, fan_in, fan_out): return np.full((fan_in, fan_out), self.scale)

twice = Activation("twice", lambda z, out=None: 2 * z, lambda h, out=None: np.full_like(h, 2))

@dataclass(frozen=True)
class Mine(Backprop):
    gate: Gate = Above()
    start: Init = Ones()
    shape: Activation = twice
    word: str = "a"
    other: Nothing = None

def noisy(rng, *, noise: str = "none", text: str = "", setting: Above = Above()):
    from plausible.tasks.toys import two_moons
    return replace(two_moons(rng, examples=50), name=f"{noise}|{text}|{setting.level}")
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A file of a user's own, in a folder with brackets, a space and a comma."""
    folder = tmp_path / "a [x], (y"
    folder.mkdir()
    (folder / "t.py").write_text(OWN)
    return folder / "t.py"


def test_parts_of_a_users_own_are_named_by_their_files(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(own.parent)
    parts = "gate=./t.py:Above[level=2],start=./t.py:Ones(3),shape=./t.py:twice,word=uniform,other=1"
    rule: Any = registry.rule(f"{own}:Mine[{parts}]", MLP((3,)))
    assert (rule.gate.level, rule.start.scale, rule.shape.name, rule.word, rule.other) == (
        *(2.0, 3.0, "twice", "uniform", 1),
    )
    nested: Any = registry.optimiser("decay[inner=./t.py:Halved[inner=adam[rate=0.5]],rate=0.1]")
    assert nested.inner.inner == Adam(0.5)
    assert type(registry.init("./t.py:Ones[scale=2]")).__name__ == "Ones"
    with pytest.raises(
        BadInput, match=re.escape("option inner of optimiser 'decay' is './t.py:Ones': expected an opt")
    ):
        registry.optimiser("decay[inner=./t.py:Ones]")
    assert specs.files_in("decay[inner=./t.py:Halved[inner=~/a [b]/c.py:D],names=(x,./e.py:F)]") == [
        *("./t.py", "~/a [b]/c.py", "./e.py"),
    ]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("noise=uniform", "uniform||0.5"),
        ("text='a,b]',noise=1", "1|a,b]|0.5"),
        ('text="[(", noise=None', "None|[(|0.5"),
        ("setting=Above[level=2]", "none||2.0"),
    ],
)
def test_words_of_a_task_in_a_folder_with_brackets_and_spaces(
    options: str, name: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.parent.parent)
    for file in (own, Path("./a [x], (y/t.py")):
        text = f"{'./' if not file.is_absolute() else ''}{file}:noisy[{options}]"
        assert registry.task(text, randomness(0).data).name == name
    monkeypatch.setenv("HOME", str(own.parent))
    assert registry.task(f"~/t.py:noisy[{options}]", randomness(0).data).name == name


def test_the_command_line_gives_the_word(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(own.parent.parent)
    home = tmp_path / "home"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PLAUSIBLE_RESULTS", "~/kept here")
    task = "./a [x], (y/t.py:noisy[noise=uniform,text='a,b]']"
    line = ["--rules", "fa", "--seeds", "1", "--epochs", "1", "--hidden", "4", "--workers", "0", "--json"]
    optimiser = "decay[inner=sgd[rate=cosine[start=0.1,steps=9]],rate=1e-4]"
    ended = command("compare", "--task", task, "--optimiser", optimiser, *line, capsys=capsys)
    assert ended.code == 0, ended.err
    assert len(list((home / "kept here/runs").iterdir())) == 1
    assert not (tmp_path / "~").exists()


def test_files_inside_options_are_named_from_anywhere(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In what is stored by their whole paths, in tables by folder and name, in keys by name beside their code."""
    folder = own.parent.parent / "b [x] (y)"
    folder.mkdir()
    own = own.rename(folder / "t.py")
    monkeypatch.chdir(folder)
    text = "fa[feedback=./t.py:Ones[scale=2]]"
    assert whole_path(text) == f"fa[feedback={own}:Ones[scale=2]]"
    assert whole_path("fa[feedback='./t.py:word']") == "fa[feedback='./t.py:word']"
    assert registry.label(text) == "feedback-alignment[feedback=b [x] (y)/t:Ones[scale=2]]"
    assert registry.placeless(text) == "feedback-alignment[feedback=t:Ones[scale=2]]"
    (own.parent / "sub").mkdir()
    run = replace(QUICK, rule=text)
    before = key(run)
    moved = own.rename(own.parent / "sub/t.py")
    assert key(replace(QUICK, rule=f"fa[feedback={moved}:Ones[scale=2]]")) == before, "wherever the file lies"
    moved.write_text(OWN.replace("self.scale)", "2 * self.scale)"))
    assert key(replace(QUICK, rule=f"fa[feedback={moved}:Ones[scale=2]]")) != before, "its code counts"
