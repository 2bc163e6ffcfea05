"""The audit sees what was planted, and calls clean what is. Oracle: rules that cheat in known ways, honest twins."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.plausibility.audit import audit
from tests.plausibility.planted import CHEATS, HONEST, written
from tests.plausibility.planted_decided import DECIDED_CHEATS, DECIDED_HONEST
from tests.plausibility.planted_kept import KEPT_CHEATS, KEPT_HONEST
from tests.plausibility.planted_later import LATER_CHEATS, LATER_HONEST
from tests.plausibility.planted_more import MORE_CHEATS, MORE_HONEST
from tests.plausibility.planted_numpy import NUMPY_CHEATS, NUMPY_HONEST

CHEATING = {**CHEATS, **MORE_CHEATS, **LATER_CHEATS, **KEPT_CHEATS, **NUMPY_CHEATS, **DECIDED_CHEATS}
CLEAN = {**HONEST, **MORE_HONEST, **LATER_HONEST, **KEPT_HONEST, **NUMPY_HONEST, **DECIDED_HONEST}


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
