"""Stresses that a rule cannot be under are refused, in one line. Oracle: what the rule has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.plausibility.stress.strengths import check_rule
from plausible.registry import registry
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment


@pytest.mark.parametrize(
    ("text", "net", "told"),
    [
        ("rule=backprop,feedback_noise=0.1", MLP((4,)), "has no feedback weights"),
        ("rule=dfa,lost_feedback=0.5", MLP(()), "has no feedback weights"),
        ("rule=forward-forward,activity_noise=0.1", MLP((4,)), "does not answer by the activation"),
        ("rule=krotov-hopfield,activity_noise=0.1", MLP((4,)), "does not answer by the activation"),
        ("rule=soft-hebb,activity_noise=0.1", MLP((4,)), "does not answer by the activation"),
    ],
)
def test_a_stress_of_what_a_rule_does_not_have_is_refused_when_it_begins(
    text: str, net: MLP, told: str
) -> None:
    rule = registry.rule(f"stressed[{text}]", net)
    with pytest.raises(BadInput, match=told) as raised:
        rule.init(3, 2, np.random.default_rng(0))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("weight_bits=1", "weight_bits is 1"),
        ("delay=-1", "delay is -1"),
        ("lost=1.5", "lost is 1.5"),
        ("weight_noise=-0.1", "weight_noise is -0.1"),
        ("rule=bptt", "learns networks of kind rnn, not mlp"),
        ("jitter=-1", "jitter is -1"),
        ("jitter=1", "FeedbackAlignment has no spikes"),
        ("rule=mstdpet,jitter=1", "MSTDPET spikes by chance"),
        ("rule=nonesuch", "a rule, such as feedback-alignment"),
        ("strength=1", "unknown option"),
    ],
)
def test_what_cannot_be_stressed_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told) as raised:
        registry.rule(f"stressed[{text}]", MLP((4,)))
    assert "\n" not in str(raised.value)


@dataclass(frozen=True)
class Networkless:
    """A rule that brings a network of its own."""

    init = update = respond = FeedbackAlignment.respond


def test_a_rule_without_a_network_is_refused() -> None:
    with pytest.raises(BadInput, match="takes no network"):
        check_rule(Networkless(), MLP())
