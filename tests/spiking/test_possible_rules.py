"""Options with which a spiking rule cannot work are refused when it is made. Oracle: every field of every such rule."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.registry import registry
from studies.spikes_on_tasks import AS_IT_IS, TUNED

RULES = (*TUNED, *AS_IT_IS)
OUT_OF_ORDER = {
    ("event-driven-feedback", "low"): "99",
    ("event-driven-feedback", "high"): "-99",
}  # of any sign
ZERO = ("theta", "brightest", "tau_z", "tau_theta")  # with which nothing would spike, or fade


def tried(name: str) -> list[str]:
    """Options that no rule can work with: numbers below 0 or out of order, and whole numbers below 1."""
    found = []
    for field in fields(registry.rule(name, MLP((5,)))):  # type: ignore[arg-type]
        default: Any = field.default
        if type(default) is float:
            least = OUT_OF_ORDER.get((name, field.name), "-0.1")
            found += [f"{field.name}={value}" for value in (least, *(["0"] if field.name in ZERO else []))]
        elif type(default) is int:
            found += [f"{field.name}={value}" for value in (0, -1)]
    return found


@pytest.mark.parametrize("name", RULES)
def test_options_that_cannot_work_are_refused_in_one_sentence(name: str) -> None:
    assert len(tried(name)) > 4
    for option in tried(name):
        with pytest.raises(BadInput) as refused:
            registry.rule(f"{name}[{option}]", MLP((5,)))
        said = str(refused.value)
        assert option.partition("=")[0] in said, option
        assert "expected" in said, option
        assert "\n" not in said, option
