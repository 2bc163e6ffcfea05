"""A rule's code is rewritten for a moment, and what it does is the same. Oracle: its own functions, bit by bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.plausibility.audit import audit, reopened
from plausible.plausibility.intervention import dense
from plausible.plausibility.looking import learned
from plausible.plausibility.rewritten import WATCHER, Rewritten
from plausible.plausibility.unvaried import Other
from plausible.plausibility.world import World, world
from tests.plausibility.planted import written
from tests.plausibility.planted_alike import ALIKE_CHEATS

NAMES = (
    "learning turns in a function without a name",
    "slopes where errors are large",
    "the transpose by a filter",
)


def made(name: str, folder: Path) -> tuple[str, World, str]:
    """What names a planted rule, its world, and the file that it is written in."""
    text = written(ALIKE_CHEATS[name], folder)
    here = world(text)
    return text, here, type(here.rule).update.__code__.co_filename


@pytest.mark.parametrize("name", NAMES)
def test_watching_changes_no_number_and_sees_values(name: str, tmp_path: Path) -> None:
    _, here, file = made(name, tmp_path)
    plain, seen = learned(here), list[Any]()
    code = Rewritten([file])
    with code.by(lambda number, value: [seen.append(number), value][1]):
        watched = learned(here)
    assert {*seen}
    assert max(seen) < len(code.places)
    for a, b in zip(plain, watched, strict=True):
        one, other = dense(a), dense(b)
        assert one.keys() == other.keys()
        assert all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_as_it_was_when_it_was_audited(name: str, tmp_path: Path) -> None:
    text, here, _ = made(name, tmp_path)
    function = type(here.rule).update
    before = function.__code__
    audit(text, [ALIKE_CHEATS[name].criticism])
    assert function.__code__ is before
    assert WATCHER not in function.__globals__


def test_code_is_put_back_where_what_watches_raises(tmp_path: Path) -> None:
    _, here, file = made(NAMES[0], tmp_path)
    function = type(here.rule).update
    before = function.__code__

    def raises(number: int, value: Any) -> Any:
        assert function.__code__ is not before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Rewritten([file]).by(raises):
        learned(here)
    assert function.__code__ is before


@pytest.mark.parametrize(
    ("other", "opened"),
    [
        (Other("it", moves=frozenset({"W1"})), {"weight transport", "separate phases"}),
        (Other("it", turns=True, only=("separate phases",)), {"separate phases"}),
    ],
)
def test_what_cannot_be_measured_otherwise_is_not_clean(
    other: Other, opened: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = audit("feedback-alignment", ["weight transport"])
    (one,) = found.measured
    found = found._replace(measured=(one, one._replace(criticism="separate phases")))

    def raises(*given: Any) -> None:
        raise ValueError

    monkeypatch.setattr("plausible.plausibility.audit.subject_of", raises)
    measured = {
        each.criticism for each in reopened(found, "x", other).measured if each.cell.verdict == "untraceable"
    }
    assert one.cell.verdict == "removed"
    assert measured == opened
