"""How strong each stress is, and what it is refused for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from plausible.core import Rule
from plausible.errors import BadInput, plain_fields, require, require_number, require_whole
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.registry import serving
from plausible.registry.networks import learned_by
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment

FORWARD = ("W", "R")  # how the names of weights begin that carry activity
FEEDBACK = ("B", "Q", "M")  # and of those that carry errors or targets back, and nothing else
SHARES = ("asleep", "lost", "lost_feedback")
SIZES = ("weight_noise", "feedback_noise", "activity_noise", "target_noise", "jitter")
BITS = ("weight_bits", "update_bits")
MOST_BITS = 24  # of single precision


@dataclass(frozen=True)
class Strengths:
    """What a rule is stressed by; 0 is off.

    Args:
        network: what the rule inside learns.
        rule: the rule inside.
        delay: d, steps; the changes of step t are applied at step t + d, and none at the first d.
        asleep: the probability that a layer leaves out its changes of a step; weights of one number are a layer.
        weight_noise: s; every matrix of weights, whose name has a capital, is read as W (1 + s ξ).
        feedback_noise: s; as `weight_noise`, of the feedback weights B, Q and M alone.
        activity_noise: s, in units of the activation; hidden units answer f(z) + s ξ, whenever they are computed.
        target_noise: s, in units of y and of the reward; the rule is shown y + s ξ, or told r + s ξ.
        weight_bits, update_bits: every matrix is read, or every change made, in this many bits, 2 or more, rounded at
            random without bias (`plausible.plausibility.stress.chance.rounded`).
        jitter: s, steps; spikes of lines that spike once come at t + s ξ (`plausible.plausibility.stress.jitter`).
        lost, lost_feedback: the share of synapses of every W and R, or of every B, Q and M, that is zero throughout.

    Raises:
        BadInput: for numbers out of range, and a rule that learns no network, or one of another kind.
    """

    network: Network = MLP()
    rule: Rule = FeedbackAlignment()
    delay: int = 0
    asleep: float = 0.0
    weight_noise: float = 0.0
    feedback_noise: float = 0.0
    activity_noise: float = 0.0
    target_noise: float = 0.0
    weight_bits: int = 0
    update_bits: int = 0
    lost: float = 0.0
    lost_feedback: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("delay", self.delay, 0)
        for name in SHARES:
            require_number(name, getattr(self, name), 0, 1)
        for name in SIZES:
            require_number(name, getattr(self, name))
        for name in BITS:
            bits = getattr(self, name)
            require_whole(name, bits, 0, MOST_BITS)
            require(bits != 1, name, bits, "0, which is off, or from 2 on, as a sign takes one")
        check_rule(self.rule, self.network)
        if self.jitter:
            from plausible.plausibility.stress.jitter import check_jitter  # as most rules have no spikes

            check_jitter(self.rule, self.jitter)
        if self.activity_noise:
            takes = is_dataclass(self.network) and "activation" in {f.name for f in fields(self.network)}
            require(takes, "the network under activity_noise", self.network, "one that has an activation")


def check_rule(rule: Any, network: Network) -> None:
    """Raise `BadInput` unless a rule can be stressed on a network."""
    methods = (getattr(rule, name, None) for name in ("init", "update", "respond"))
    good = all(map(callable, methods)) and not isinstance(rule, type)
    require(good, "the rule under stress", rule, "a rule, such as feedback-alignment")
    kinds = learned_by(type(rule))
    if not kinds:
        raise BadInput(
            f"the rule under stress is {type(rule).__name__}, which takes no network: expected a rule that learns one"
        )
    serving.check_serves(f"{type(rule).__name__} under stress", type(rule), kinds, network)


def named_like(params: Mapping[str, Any], beginnings: tuple[str, ...]) -> list[str]:
    """The names of matrices of weights that begin so."""
    return [name for name in matrices(params) if name.startswith(beginnings)]


def matrices(params: Mapping[str, Any]) -> list[str]:
    """The names of matrices of weights, which begin with a capital: biases, thresholds and delays do not."""
    return [name for name, array in params.items() if name[:1].isupper() and array.ndim > 1]


def require_named(stress: str, strength: float, names: list[str], rule: object, wanted: str) -> None:
    """Raise `BadInput` for a stress of weights that a rule does not have."""
    if strength and not names:
        raise BadInput(f"{stress} is {strength}, and rule {type(rule).__name__} has no {wanted}: expected 0")
