"""Spikes that come sooner or later than they should. Oracle: moments of rounded normal deviates, the rule inside."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from plausible.core import Presentation
from plausible.networks.mlp import MLP
from plausible.plausibility.stress.activity import noise_from
from plausible.plausibility.stress.jitter import Jittered
from plausible.registry import registry
from plausible.spiking.codes import Latency

no_reward = partial(np.zeros_like, shape=())


def test_jitter_moves_each_spike_by_a_normal_deviate_within_the_code_s_steps() -> None:
    """By the moments of a rounded normal deviate, 0 and s² + 1/12, and those of what is clipped at both ends."""
    x = np.full((200, 500), 0.5)
    x[:, 0] = 0  # no spike
    code = Jittered(Latency(100), 4.0)
    assert np.array_equal(code.table(x), Latency(100).table(x))
    with noise_from(np.random.default_rng(0)):
        moved = code.table(x)
    assert (moved[:, 0] == -1).all()
    shift = moved[:, 1:] - 50
    assert abs(shift.mean()) < 5 * 4 / np.sqrt(shift.size)
    assert shift.var() == pytest.approx(16 + 1 / 12, rel=0.03)
    with noise_from(np.random.default_rng(0)):
        wide = Jittered(Latency(100), 1000.0).table(x)[:, 1:]
    assert (wide.min(), wide.max()) == (0, 99)
    assert (wide == 0).mean() == pytest.approx(0.48, abs=0.01)  # P(ξ < -0.0495)


def test_a_rule_of_first_spikes_is_shown_moved_ones_as_it_learns_and_answers() -> None:
    """Without jitter it is the rule inside to the last bit; with it each step and answer has spikes of its own."""
    bare, same, moved = (
        registry.rule(text, MLP((4,)))
        for text in ("s2-stdp", "stressed[rule=s2-stdp]", "stressed[rule=s2-stdp,jitter=3]")
    )
    x, y = np.random.default_rng(0).random((6, 9)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    shown, found = Presentation(x, y, no_reward), list[tuple[Any, ...]]()
    for rule in (bare, same, moved):
        params, state = rule.init(9, 3, np.random.default_rng(1))
        step = rule.update(params, state, shown, np.random.default_rng(2))
        answer = rule.respond(params, state, x, np.random.default_rng(2))[-1]
        again = rule.update(params, step.state, shown, np.random.default_rng(2))
        found.append((step.updates["W1"], answer, again.updates["W1"]))
    assert all(map(np.array_equal, found[0], found[1]))
    assert not any(map(np.array_equal, found[0], found[2]))
