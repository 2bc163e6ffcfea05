"""STDP that a reward modulates, in a population of neurons that stand for classes and inhibit each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Array, Params, Presentation, State, Step, View
from plausible.errors import require_number
from plausible.networks.mlp import MLP
from plausible.rules.spiking.rate_coded import Crowds, RateCoded, shares
from plausible.search import Range
from plausible.spiking.circuit import Group, Projection
from plausible.spiking.slots import Slots

SLOT = 100  # steps of 1 ms
ANSWERS = (
    *(
        "weight transport",
        "exact derivatives",
        "separate phases",
        "continuous values",
        "insensitivity to timing",
    ),
    *("non-local error (one number for all)", "update locking (the reward is waited for)"),
    *("target at the output (a reward)", "signed synapses"),
)
NEURON = """
    dv/dt = (current - v)/(10*ms) : 1 (unless refractory)
    dcurrent/dt = -current/(5*ms) : 1
    dy/dt = -y/(20*ms) : 1
    prize : 1            # what a spike earns
    count : 1
    sum_w : 1
    """
TRACE = "dx/dt = -x/(20*ms) : 1"
ANEW = "v = 0; current = 0; y = 0; lastspike = -1*second; count = 0; sum_w = 0; prize = targets(example*ms, i % {})"
CONTROL = "rate : 1\nhigh : 1\ndepression : 1\ninhibition : 1\nwhole : 1\nkeep : 1\n"
SCALED = "w *= 1 + learn*keep*(whole/(sum_w_post + 1e-9) - 1)"


@dataclass(frozen=True)
class Rewarded(RateCoded):
    """What both rules share: one layer, whose neuron j stands for class j modulo the number of classes.

    Nothing but the presentation's reward is read: of each answer that could be given, and a spike earns its class's.
    `rate` and `high` are in units of the largest weight at first, 2 `gain` / n_in, whatever the number of inputs.
    """

    search: ClassVar[Mapping[str, Range]] = {"rate": Range(1e-5, 1e-1), "gain": Range(1.0, 10.0)}

    network: MLP = MLP((100,))
    rate: float = 0.01
    gain: float = 12.0
    high: float = 10.0
    inhibition: float = 20.0
    punishment: float = 1.0
    depression: float = 0.0
    keep: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_number("gain", self.gain, open_low=True)
        require_number("high", self.high, open_low=True)
        require_number("keep", self.keep, 0, 1)

    def layers(self) -> list[str]:
        return ["inputs", "layer1"]

    def sizes(self, n_in: int, n_out: int) -> list[int]:
        return [n_in * self.copies, self.network.hidden[0]]

    def weights(self, n_in: int, n_out: int, rng: Generator) -> Params:
        before, after = self.sizes(n_in, n_out)
        return {"W1": rng.uniform(0, 2 * self.gain / before, (before, after))}

    def settings(self, params: View) -> Mapping[str, Any]:
        unit = 2 * self.gain / len(params["W1"])
        told = {f"control.{name}": getattr(self, name) for name in ("depression", "inhibition", "keep")}
        scaled = {f"control.{name}": getattr(self, name) * unit for name in ("rate", "high")}
        return {**told, **scaled, "control.whole": self.gain}

    def update(self, params: View, state: State, shown: Presentation, rng: Generator) -> Step:
        prizes = shown._replace(y=self.prizes(shown, state["classes"]))
        return super().update(params, state, prizes, rng)

    def prizes(self, shown: Presentation, classes: int) -> Array:
        """What a spike for each class earns, (examples, classes): from -`punishment` to 1."""
        answers = np.eye(classes, dtype=shown.x.dtype)[:, None].repeat(len(shown.x), axis=1)
        reward = np.stack([shown.reward(answer) for answer in answers], axis=1)
        return reward - self.punishment * (1 - reward)

    def answer(self, params: View, state: State, records: Mapping[str, NDArray[Any]]) -> list[Array]:
        counts = records["layer1.count"]
        of_class = np.arange(counts.shape[1])[:, None] % state["classes"] == np.arange(state["classes"])
        return [counts, shares(counts @ of_class)]


def population(
    rule: Rewarded,
    n_in: int,
    n_out: int,
    synapse: str,
    paths: tuple[str, str, str],
    earns: str,
    control: str,
    **more: Any,
) -> Slots:
    """The network, for synapses of these equations, changes at spikes, and at the end of a slot."""
    over = (("over", f"now == {SLOT - 1}"),)
    out = Group(
        "layer1",
        rule.network.hidden[0],
        NEURON,
        "v > 1",
        "v = 0; y += 1; count += 1",
        "3*ms",
        events=over,
    )
    on_pre, on_post, end = paths
    plastic = Projection(
        "plastic1", "inputs", "layer1", f"w : 1\n{synapse}", f"current_post += w; {on_pre}",
        on_post=(("post", on_post), ("over", f"{end}; sum_w_post += w"), ("scale", SCALED)),
        events=(("over", "over"), ("scale", "over")), orders=(("over", 3), ("scale", 4)),
    )  # fmt: skip
    inhibits = Projection(
        "inhibits", "layer1", "layer1", on_pre="current_post -= inhibition", connect="i != j"
    )
    begin = (("layer1", ANEW.format(n_out)), ("inputs", "x = 0"), *more.pop("begin"))
    pays = Projection("pays", "layer1", "control", on_pre=earns)
    return Slots(
        Crowds(SLOT, rule.brightest, rule.copies), n_in, SLOT, (out,), (plastic, inhibits, pays), rule.learned(),
        ("layer1.count",), begin, f"{CONTROL}{control}", targets=n_out, arriving="x += 1", traces=TRACE,
        method="euler", **more,
    )  # fmt: skip
