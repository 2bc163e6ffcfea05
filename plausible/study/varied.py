"""A rule that is shown examples otherwise than they are: images moved by a few pixels, and labels less sure."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import ClassVar

import numpy as np
from numpy.random import Generator

from plausible.core import Array, Params, Presentation, Rule, State, Step, View
from plausible.errors import is_whole, plain_fields, require, require_number, require_whole
from plausible.networks.mlp import MLP
from plausible.networks.network import Network
from plausible.registry import serving
from plausible.registry.networks import learned_by
from plausible.rules.around import Alike
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.tasks.augmented import Shifted, moved

SEEDS = 2**32


@dataclass(frozen=True)
class Varied(Alike):
    """Any rule, shown examples that are changed in every presentation anew, as published settings do [szegedy2016].

        ΔW = rule(W; x moved by up to `shift` pixels up or down and across, (1 - smooth) y + smooth / n_out)

    with x (batch, n_in) and one-hot y (batch, n_out). They are what the streams `Shifted` and `Smoothed` of
    `plausible.tasks.augmented` show, for whoever names a rule and no stream; answers are to examples as they are. With
    both at 0 it is the rule inside to the last bit. Displacements come from a seed that `init` draws after the rule
    inside has drawn, which draws what it would draw without. The state is that of the rule inside, seed and step.

    Args:
        network: what the rule inside learns.
        rule: the rule inside.
        shift: pixels; every displacement is as likely as any other, and what comes in at an edge is 0. In a
            sequence the image of every step is moved by itself.
        shape: rows and columns of an image, whose pixels are the inputs, row by row; None if it is a square.
        smooth: the share of a label that all classes have alike.

    Raises:
        BadInput: for numbers out of range, a rule that does not learn this network, inputs that are no such image, and
            single outputs that shall be smoothed.

    Deviations: none; the paper smooths labels by 0.1.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.registry import registry
    >>> rule = registry.rule("varied[rule=dfa,shift=2,smooth=0.1]", MLP((8,)))
    >>> type(rule.rule).__name__, rule.network.hidden, rule.shift
    ('DirectFeedbackAlignment', (8,), 2)
    """

    source: ClassVar[str] = "szegedy2016"
    answers: ClassVar[tuple[str, ...]] = ()  # it claims nothing of what the rule inside claims

    network: Network = MLP()
    rule: Rule = FeedbackAlignment()
    shift: int = 0
    shape: tuple[int, int] | None = None
    smooth: float = 0.0

    def __post_init__(self) -> None:
        plain_fields(self)
        require_whole("shift", self.shift, 0)
        require_number("smooth", self.smooth, 0, 1)
        pair = isinstance(self.shape, tuple) and len(self.shape) == 2 and all(map(is_whole, self.shape))
        require(self.shape is None or pair, "shape", self.shape, "(rows, columns), such as (28, 28)")
        expected = "a rule that learns a network, such as feedback-alignment"
        require(
            bool(learned_by(type(self.rule))), "the rule that is shown", type(self.rule).__name__, expected
        )

    @property
    def targets(self) -> str:
        """What it learns: classes, where they are smoothed."""
        return "classes" if self.smooth else super().targets

    def image(self, n_in: int) -> tuple[int, int]:
        """Rows and columns. Raises `BadInput` if so many inputs are no such image."""
        shape = self.shape or (isqrt(n_in), isqrt(n_in))
        expected = f"{shape[0]} x {shape[1]} pixels, or their rows and columns as shape=(rows, columns)"
        require(shape[0] * shape[1] == n_in, "the number of inputs of an image", n_in, expected)
        return shape

    def init(self, n_in: int, n_out: int, rng: Generator) -> tuple[Params, State]:
        kind = type(self.rule)  # not when it is made, as its options are read without a network
        serving.check_serves(kind.__name__, kind, learned_by(kind), self.network)
        if self.shift:
            self.image(n_in)
        require(not self.smooth or n_out > 1, "the number of outputs", n_out, "two or more, to be smoothed")
        params, state = self.inside.init(n_in, n_out, rng)
        return params, {"inside": state, "seed": int(rng.integers(SEEDS)), "step": 0}

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        if self.shift:
            how = Shifted(most=self.shift, shape=self.image(shown.x.shape[-1]))
            images = shown.x.reshape(-1, shown.x.shape[-1])  # of sequences, every step's by itself
            images = moved(images, how, np.random.default_rng([state["seed"], state["step"]]))
            shown = shown._replace(x=images.reshape(shown.x.shape))
        if self.smooth:
            y = (1 - self.smooth) * shown.y + shown.y.dtype.type(self.smooth / shown.y.shape[-1])
            shown = shown._replace(y=y)
        step: Step = self.inside.update(params, state["inside"], shown, rng)
        return step._replace(state={**state, "inside": step.state, "step": state["step"] + 1})

    def respond(self, params: View, state: State, x: Array, rng: Generator) -> list[Array]:
        answer: list[Array] = self.inside.respond(params, state["inside"], x, rng)
        return answer
