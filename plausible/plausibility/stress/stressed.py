"""A rule under stress: what is left of its accuracy where synapses, units and clocks are not those of a computer."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, State, Step, View, read_only
from plausible.plausibility.stress.activity import check_heard, noise_from, noisy
from plausible.plausibility.stress.chance import SEEDS, Role, drawn, normal, rounded
from plausible.plausibility.stress.late import Proposal, awake, coarse, late, masked
from plausible.plausibility.stress.strengths import (
    FEEDBACK,
    FORWARD,
    Strengths,
    matrices,
    named_like,
    require_named,
)
from plausible.rules.around import Alike


@dataclass(frozen=True)
class Disturbed(Alike, Strengths):
    """A rule around another one, whose activities are noisy and whose spikes are jittered."""

    @cached_property
    def inside(self) -> Any:
        """The rule inside, on the network that it learns here."""
        network: Any = self.network
        stressed = noisy(network, self.activity_noise) if self.activity_noise else network
        rule: Any = self.rule
        placed = replace(rule, network=stressed)
        if not self.jitter:
            return placed
        from plausible.plausibility.stress.jitter import jittered  # as most rules have no spikes

        return jittered(placed, self.jitter)


@dataclass(frozen=True)
class Stressed(Disturbed):
    """A rule whose weights, activities, targets or changes are disturbed, as synapses and units are [murray1994].

        ΔW = stress(rule(stress(W), stress(h), stress(y))),   ξ standard normal, drawn anew at every step

    and validation and test ask the stressed weights and activities, too. `seen` stresses the weights that are read,
    `plausible.plausibility.stress.activity` h, `update` y and ΔW. With all strengths at 0 it is the rule inside to the
    last bit. Numbers for stress come from one seed, which `init` draws after the rule inside has drawn, so that this
    draws what it draws without stress. What each strength means says `Strengths`. `init` raises `BadInput` for stress
    of what the rule does not have, as noise of feedback weights in backpropagation.

    Deviations: the paper has noise in weights alone; rounding at random is of [gupta2015], who round what is stored.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.registry import registry
    >>> rule = registry.rule("stressed[rule=dfa,delay=2,lost=0.5]", MLP((8,)))
    >>> type(rule.rule).__name__, rule.network.hidden, rule.delay, rule.lost
    ('DirectFeedbackAlignment', (8,), 2, 0.5)
    """

    source: ClassVar[str] = "murray1994"
    answers: ClassVar[tuple[str, ...]] = ()  # it claims nothing of what the rule inside claims

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        params, state = self.inside.init(n_in, n_out, rng)
        seed = int(rng.integers(SEEDS))
        back = named_like(params, FEEDBACK)
        require_named("lost", self.lost, named_like(params, FORWARD), self.rule, "forward weights")
        for stress in ("feedback_noise", "lost_feedback"):
            require_named(stress, getattr(self, stress), back, self.rule, "feedback weights")
        if self.activity_noise:
            check_heard(self.inside, params, state, n_in)
        lost = dict(self.losing(params, seed))
        for name, mask in lost.items():
            params[name][mask] = 0
        return params, {"inside": state, "seed": seed, "step": 0, "waiting": (), "lost": lost}

    def losing(self, params: Params, seed: int) -> Mapping[str, np.ndarray[Any, Any]]:
        """By name which synapses are lost, as True; exactly the share, to the nearest whole number."""
        lost = {}
        for share, names, role in (
            (self.lost, FORWARD, Role.LOST),
            (self.lost_feedback, FEEDBACK, Role.LOST_FEEDBACK),
        ):
            rng = drawn(seed, 0, role)
            for name in named_like(params, names) if share else []:
                size = params[name].size
                lost[name] = (rng.permutation(size) < round(share * size)).reshape(params[name].shape)
        return lost

    def seen(self, params: View, state: State, answering: bool) -> View:
        """The weights as they are read at this step."""
        if not (self.weight_bits or self.weight_noise or self.feedback_noise):
            return params
        read = dict(params)
        generator = {role: drawn(state["seed"], state["step"], role, answering) for role in Role}
        for name in matrices(params) if self.weight_bits else []:
            read[name] = rounded(read[name], self.weight_bits, generator[Role.ROUNDING])
        for size, names, role in (
            (self.weight_noise, matrices(params), Role.WEIGHTS),
            (self.feedback_noise, named_like(params, FEEDBACK), Role.FEEDBACK),
        ):
            for name in names if size else []:
                read[name] = read[name] * (1 + size * normal(generator[role], read[name]))
        return read_only(read)

    def hearing(self, state: State, answering: bool) -> Any:
        """The context in which units are as noisy, or spikes as early and late, as they are here."""
        role = Role.SPIKES if self.jitter else Role.ACTIVITIES
        noise = noise_from(drawn(state["seed"], state["step"], role, answering))
        return noise if self.jitter or self.activity_noise else nullcontext()

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        at = state["seed"], state["step"]
        if self.target_noise:
            shown = misled(
                shown, self.target_noise, *(drawn(*at, role) for role in (Role.TARGETS, Role.REWARDS))
            )
        with self.hearing(state, answering=False):
            step: Step = self.inside.update(self.seen(params, state, False), state["inside"], shown, rng)
        proposed, waiting = Proposal(step.updates, step.decay), state["waiting"]
        if self.update_bits:
            proposed = coarse(proposed, self.update_bits, drawn(*at, Role.CHANGES))
        if self.delay:
            proposed, waiting = late(proposed, waiting, self.delay)
        if self.asleep:
            proposed = awake(proposed, self.asleep, drawn(*at, Role.LAYERS))
        if state["lost"]:
            proposed = masked(proposed, state["lost"])
        kept = {**state, "inside": step.state, "step": state["step"] + 1, "waiting": waiting}
        return step._replace(updates=proposed.updates, decay=proposed.decay, state=kept)

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        with self.hearing(state, answering=True):
            answer: list[Array] = self.inside.respond(self.seen(params, state, True), state["inside"], x, rng)
        return answer


def misled(shown: Presentation, size: float, targets: Generator, rewards: Generator) -> Presentation:
    """What is shown, with noise in its targets, and in the reward of a rule that is told no more."""

    def reward(answer: Array) -> Array:
        told = shown.reward(answer)
        return told + size * normal(rewards, told)

    return shown._replace(y=shown.y + size * normal(targets, shown.y), reward=reward)
