"""Rules that are told a reward alone never touch a label: they are shown none, and propose the same to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plausible.contract.world import case, same
from plausible.core import read_only

ALONE = (
    *("brainprop", "agrel", "reinforce", "exploratory-hebb"),
    *(f"{kind}-perturbation[told=reward,sigma=0.5]" for kind in ("weight", "node", "activity")),
)


@pytest.mark.parametrize("name", ALONE)
def test_a_rule_that_is_told_a_reward_needs_no_label(name: str) -> None:
    it = case(name, batch=40)
    hidden = it.shown._replace(y=None)
    first, second = (
        it.rule.update(read_only(it.params), it.state, shown, np.random.default_rng(0))
        for shown in (it.shown, hidden)
    )
    assert same(first, second)
    step: Any = first
    assert any(
        np.abs(update.post if hasattr(update, "post") else update).any() for update in step.updates.values()
    )


@pytest.mark.parametrize("name", ["backprop", "node-perturbation", "forward-gradient"])
def test_a_rule_that_is_told_more_is_found_out(name: str) -> None:
    it = case(name)
    with pytest.raises((TypeError, AttributeError)):
        it.step(shown=it.shown._replace(y=None))
