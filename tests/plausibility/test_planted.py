"""The audit sees what was planted, and calls clean what is. Oracle: rules that cheat in known ways, honest twins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from plausible.plausibility.audit import audit
from tests.plausibility.planted import CHEATS, HONEST, Planted, written
from tests.plausibility.planted_alike import ALIKE_CHEATS, ALIKE_HONEST
from tests.plausibility.planted_begun import BEGUN, BEGUN_HONEST
from tests.plausibility.planted_chance import CHANCES, CHANCES_HONEST
from tests.plausibility.planted_decided import DECIDED_CHEATS, DECIDED_HONEST
from tests.plausibility.planted_deeper import DEEPER_CHEATS, DEEPER_HONEST
from tests.plausibility.planted_kept import KEPT_CHEATS, KEPT_HONEST
from tests.plausibility.planted_later import LATER_CHEATS, LATER_HONEST
from tests.plausibility.planted_mirrored import MIRRORED_CHEATS, MIRRORED_HONEST
from tests.plausibility.planted_more import MORE_CHEATS, MORE_HONEST
from tests.plausibility.planted_numpy import NUMPY_CHEATS, NUMPY_HONEST
from tests.plausibility.planted_otherwise import OTHERWISE_CHEATS, OTHERWISE_HONEST
from tests.plausibility.planted_passes import PASSES_CHEATS, PASSES_HONEST
from tests.plausibility.planted_relayed import RELAYED_CHEATS, RELAYED_HONEST
from tests.plausibility.planted_seldom import SELDOM_CHEATS, SELDOM_HONEST
from tests.plausibility.planted_surrogates import SURROGATES, SURROGATES_HONEST
from tests.plausibility.planted_tried import TRIED_CHEATS, TRIED_HONEST
from tests.plausibility.planted_twins import twins

GROUPS: tuple[tuple[Mapping[str, Planted], Mapping[str, Planted]], ...] = (
    (CHEATS, HONEST),
    (MORE_CHEATS, MORE_HONEST),
    (LATER_CHEATS, LATER_HONEST),
    (KEPT_CHEATS, KEPT_HONEST),
    (NUMPY_CHEATS, NUMPY_HONEST),
    (DECIDED_CHEATS, DECIDED_HONEST),
    (DEEPER_CHEATS, DEEPER_HONEST),
)
CHEATING = {name: each for cheats, _ in GROUPS for name, each in cheats.items()}
CLEAN = {name: each for _, honest in GROUPS for name, each in honest.items()} | twins(CHEATING)
CHEATING |= (
    TRIED_CHEATS
    | MIRRORED_CHEATS
    | PASSES_CHEATS
    | CHANCES
    | BEGUN
    | ALIKE_CHEATS
    | OTHERWISE_CHEATS
    | SELDOM_CHEATS
    | SURROGATES
    | RELAYED_CHEATS
)
CLEAN |= (
    TRIED_HONEST
    | MIRRORED_HONEST
    | PASSES_HONEST
    | CHANCES_HONEST
    | BEGUN_HONEST
    | ALIKE_HONEST
    | OTHERWISE_HONEST
    | SELDOM_HONEST
    | SURROGATES_HONEST
    | RELAYED_HONEST
)


@pytest.mark.parametrize("name", CHEATING)
def test_a_cheat_is_seen(name: str, tmp_path: Path) -> None:
    planted = CHEATING[name]
    cell = audit(written(planted, tmp_path), [planted.criticism]).of(planted.criticism).cell
    assert cell.verdict in planted.right, cell


@pytest.mark.parametrize("name", CLEAN)
def test_an_honest_rule_that_looks_alike_is_clean(name: str, tmp_path: Path) -> None:
    planted = CLEAN[name]
    cell = audit(written(planted, tmp_path), [planted.criticism]).of(planted.criticism).cell
    assert cell.verdict in planted.right, cell


def test_there_are_as_many_honest_rules_as_cheats() -> None:
    """And few of them that the audit can neither blame nor clear, as the documentation has it."""
    assert len(CLEAN) >= len(CHEATING)
    assert sum(each.right == ("untraceable",) for each in CLEAN.values()) == 17
    assert not [name for name, each in CHEATING.items() if "removed" in each.right]
