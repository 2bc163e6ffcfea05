"""What a rule of one's own hides: classes, packed states, circuits. Oracle: files whose content is known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.api import auditing
from plausible.core import Array
from plausible.errors import BadInput
from plausible.plausibility import audit as measuring
from plausible.plausibility.counting import held_by
from plausible.plausibility.spikes.begun import begun_alike
from plausible.plausibility.spikes.judged import Spiking
from plausible.plausibility.spikes.model import Model
from plausible.plausibility.spikes.overheard import Run, outside
from tests.plausibility.planted import HONEST, written
from tests.plausibility.spiking import ERROR, down, planted

MORE = """

class Derived(Planted):
    pass


@dataclass(frozen=True)
class Fielded(Planted):
    rate: float = 0.1
"""


@pytest.mark.parametrize("name", ["Derived", "Fielded"])
@pytest.mark.parametrize(("way", "verdict"), [("B if len(d) < 99 else W.T", "untraceable"), ("B", "removed")])
def test_a_class_without_functions_is_what_it_derives_from(
    name: str, way: str, verdict: str, tmp_path: Path
) -> None:
    file = Path(written(next(iter(HONEST.values())), tmp_path).rpartition(":")[0])
    lines = file.read_text(encoding="utf-8").splitlines()
    at = next(n for n, line in enumerate(lines) if "signals.insert(0" in line)
    lines[at] = f"            signals.insert(0, d @ ({way}))"
    file.write_text("\n".join(lines) + MORE, encoding="utf-8")
    cell = measuring.audit(f"{file}:{name}", ["weight transport"]).of("weight transport").cell
    assert cell.verdict == verdict, cell


def test_names_are_known_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: Any, **options: Any) -> Any:
        raise AssertionError("measured")

    monkeypatch.setattr(auditing, "measuring", SimpleNamespace(audit=never))
    with pytest.raises(BadInput, match="nosuch"):
        pl.audit("backprop", "nosuch")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "expected a frozen dataclass"),
        ("class x:\n    answers = 'storage in time'", "expected a frozen dataclass"),
    ],
)
def test_what_is_no_rule_is_told_so(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "none.py").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        pl.audit(f"{tmp_path / 'none.py'}:x")


def test_answers_are_several(tmp_path: Path) -> None:
    file = Path(written(next(iter(HONEST.values())), tmp_path).rpartition(":")[0])
    text = file.read_text(encoding="utf-8").replace(
        "    def init", '    answers = "weight transport"\n\n    def init', 1
    )
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="in a tuple"):
        measuring.audit(f"{file}:Planted", ["weight transport"])


class Slotted:
    """An object that keeps an array in a slot."""

    __slots__ = ("kept",)

    def __init__(self, kept: Array) -> None:
        self.kept = kept


def closure(kept: Array) -> Callable[[], Array]:
    return lambda: kept


@pytest.mark.parametrize(
    "pack",
    [
        lambda a: a.tobytes(),
        lambda a: {"all": int.from_bytes(a.tobytes(), "little")},
        lambda a: a.tobytes().hex(),
        Slotted,
        closure,
    ],
)
def test_a_state_that_is_packed_grows(pack: Callable[[Array], Any]) -> None:
    sizes = [sum(each.size for each in held_by(pack(np.full(n, 0.3)), set())) for n in (20, 40)]
    assert sizes[1] == pytest.approx(2 * sizes[0], rel=0.05)
    assert sizes[0] > 0


def test_a_counter_and_a_seed_are_no_packed_state() -> None:
    assert [*held_by({"steps": 12345, "seed": 2**63, "phase": "asleep"}, set())] == []


def weights(turned: bool) -> Model:
    """A planted network with feedback that begins as the weights above, or by itself."""
    model = planted("weight transport", "present", more=down("error_post += w"), post=ERROR).model()
    rng = np.random.default_rng(0)
    w = rng.normal(size=(5, 3))
    back = w.T.copy() if turned else rng.normal(size=(3, 5))
    return Model(model.name, model.circuit, {**model.start, "over.w": w.ravel(), "down.w": back.ravel()})


@pytest.mark.parametrize("turned", [True, False])
def test_feedback_of_spikes_that_begins_as_weights_is_told(turned: bool) -> None:
    assert bool(begun_alike(weights(turned))) == turned
    assert ("alike at the start" in Spiking(weights(turned)).cell("weight transport").evidence) == turned


def test_two_circuits_of_which_one_is_read_are_more_than_one() -> None:
    one, other = weights(True), planted("weight transport", "present").model()
    runs = [Run(each.circuit, 1, {}, {}) for each in (one, other)]
    assert outside(runs, one, {}) == ["another circuit"]
    assert outside(runs[:1], one, {}) == []
