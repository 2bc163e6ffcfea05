"""Where the instruments differ, the documentation says why. Oracle: its table, and what the evidence says."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.plausibility.audit import audit
from tests.plausibility.agreement import DIFFERING


def test_the_documentation_names_each_disagreement() -> None:
    """A row of its table names the rule and what the instruments differ on."""
    text = (Path(__file__).parents[2] / "docs" / "plausibility.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    for rule, said in DIFFERING.items():
        for on in said:
            named = "weight transport" if on == "transport" else on
            assert any(
                f"`{rule}`" in line.split("|")[1] and line.split("|")[2].strip() == named for line in rows
            ), rule


@pytest.mark.parametrize(
    ("rule", "whose"), [("sanger", "their own layers alone"), ("backprop", "other weights")]
)
def test_the_evidence_says_whose_changes_use_a_weight_in_both_directions(rule: str, whose: str) -> None:
    """Sanger's y Wᵀ is read by W itself, backprop's δ Wᵀ by the layer below."""
    cell = audit(rule, ["weight transport"]).measured[0].cell
    assert cell.verdict == "present"
    assert cell.evidence.endswith(f"used in both directions by changes of {whose}")
