"""Which target propagation moves hidden layers as Gauss and Newton would, and which as the gradient does?

Feedback learns while a small network of tanh units learns a teacher's function. The change of the first layer's weights
that each rule proposes is held against that of backprop, and against that of targets by Gauss and Newton: those of the
least change of h_1, damped, that takes each example's answer down the slope of the loss. All rules learn digits, too,
and at the scale `paper` MNIST, each with the rates, the noise and the damping of the released configurations.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from plausible.core import Array, Optimiser, View, randomness
from plausible.networks.activations import tanh
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP, Pass
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import angle, dense
from plausible.registry import registry
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells
from plausible.tasks.streams import Minibatches

DAMPING = 0.01  # of the rules that take one, and of the targets by Gauss and Newton
DDTP = f"direct-difference-target-propagation[damping={DAMPING}]"
DRL = f"difference-reconstruction[damping={DAMPING}]"
LDRL, DTP = "local-difference-reconstruction", "difference-target-propagation[top=output]"
RULES = (DDTP, DRL, LDRL, DTP, "direct-feedback-alignment")
BATCH, CHECKS, HELD_OUT = 20, 12, 200


def released(rate: float, feedback: float, which: str, mean: float = 0.9) -> Optimiser:
    """Adam at a released rate over its step; feedback, whose names begin with a letter of `which`, at its own."""
    return Grouped(((f"[{which}]*", Adam(feedback, mean)),), Adam(rate)) if which else Adam(rate, mean)


BEST, BEST_DTP = (
    "direct-difference-target-propagation[noise=0.0908,damping=7.5e-05]",
    "difference-target-propagation[top=output,step=0.22,noise=0.0837]",
)
RELEASED = {  # of MNIST, final_configs/mnist_*.py
    BEST: released(3.34e-4, 1.64e-4, "Q", 0.999),
    BEST_DTP: released(2.82e-4, 1.96e-3, "Bc"),
    "difference-reconstruction[step=0.0686,noise=0.0569,damping=0.00069]": released(
        4.33e-4, 2.01e-5, "Bc", 0.99
    ),
    "direct-feedback-alignment": released(3.81e-4, 0, ""),
    "backprop": released(2.97e-4, 0, "", 0.99),
}


def gauss_newton(params: View, passed: Pass, error: Array) -> Array:
    """How h_1 shall move, (batch, n_1): -error (JᵀJ + damping)⁻¹ Jᵀ, J (batch, n_1, n_L) of each example."""
    depth = len(passed.activities) - 1
    slopes = [passed.slope(layer)[:, None, :] for layer in range(2, depth)]
    steps = [params[f"W{layer}"] * slope for layer, slope in enumerate(slopes, 2)]
    jacobian = reduce(
        np.matmul, [*steps, np.broadcast_to(params[f"W{depth}"], (len(error), *params[f"W{depth}"].shape))]
    )
    inside = jacobian.mT @ jacobian + DAMPING * np.eye(error.shape[1])
    moved: Array = jacobian @ np.linalg.solve(inside, -error[:, :, None])
    return moved[:, :, 0]


def turning(bench: Bench, rule: str, task: str, units: int, epochs: int) -> Iterator[Measured]:
    """The angles of a rule's change of W_1 to the two others over 200 held-out examples, while it learns.

    Forward weights learn by plain descent at 0.05, feedback by Adam at 0.001, from the same examples and at once.
    """
    network = MLP((units,) * 3, tanh, output("linear"), "float64", Glorot("normal"))
    roles, made = randomness(bench.seed), registry.rule(rule, network)
    found = registry.task(task, roles.data)
    learned = Grouped(tuple((name, SGD(0.05)) for name in ("W*", "b*")), Adam(1e-3))
    learner = Learner.new(made, learned, found.n_in, found.n_out, roles)
    held = found.validation.some(slice(HELD_OUT))
    shown = next(iter(Minibatches(len(held.x))(held, found.kind, 1, roles.probes)))
    shown = shown._replace(x=shown.x.astype(float), y=shown.y.astype(float))
    backprop: Any = registry.rule("backprop", network)
    steps = epochs * -(-len(found.train.x) // BATCH)
    checks = {0, *np.geomspace(1, steps, CHECKS).round().astype(int)}
    for tick in learner.ticks(Minibatches(BATCH)(found.train, found.kind, epochs, roles.order)):
        if tick.number not in checks and tick.number != steps - 1:
            continue
        mine, exact = (
            dense(each.update(tick.params, None, shown, roles.probes).updates["W1"])
            for each in (made, backprop)
        )
        passed = network.forward(tick.params, shown.x)
        error = network.output.error(passed.activities[-1], shown.y)
        newton = shown.x.T @ (gauss_newton(tick.params, passed, error) * passed.slope(1))
        yield Measured("gradient angle", angle(mine, exact), tick.number, layer="W1")
        yield Measured("angle to Gauss and Newton", angle(mine, newton), tick.number, layer="W1")
        bench.progress(tick.number / steps)


def angles(task: str, units: int, epochs: int, seeds: int) -> list[Cell]:
    """Every rule, and backprop itself, for which the angle between the two references is measured."""
    function, settings = (
        "studies.meulemans2020:turning",
        (("task", task), ("units", units), ("epochs", epochs)),
    )
    rules = (*RULES, "backprop")
    return [
        Experiment(function, (("rule", rule), *settings), seed) for rule in rules for seed in range(seeds)
    ]


def learning(
    task: str, hidden: tuple[int, ...], epochs: int, batch: int, seeds: int, optimisers: dict[str, Optimiser]
) -> list[Cell]:
    """Tanh units and a softmax, Glorot's normal weights."""
    network = MLP(hidden, tanh, output("softmax"), init=Glorot("normal"))
    return cells([task], [*optimisers], [network], optimisers, epochs, batch, seeds)


ALIKE: dict[str, Optimiser] = dict.fromkeys(("backprop", *RULES), Adam(1e-3))  # forward and feedback weights


def smoke() -> list[Cell]:
    """Seconds."""
    return [
        *angles("nonlinear-teacher[examples=100]", 8, 1, 1),
        *learning("two-moons[examples=100]", (6, 6), 1, 20, 1, ALIKE),
    ]


def fast() -> list[Cell]:
    """Angles in 30-32-32-32-10, and digits by three layers of 64 units; minutes."""
    return [
        *angles("nonlinear-teacher[examples=1000]", 32, 30, 3),
        *learning("digits", (64,) * 3, 20, 32, 3, ALIKE),
    ]


def paper() -> list[Cell]:
    """MNIST by five layers of 256 units, 100 epochs, batches of 128, as released; five minutes a run, and hours in all."""
    return [*fast(), *learning("mnist", (256,) * 5, 100, 128, 5, RELEASED)]


def test_error(rule: str) -> Ours:
    """The test error of MNIST in per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "mnist") & (table.split == "test") & (table.metric == "accuracy")]
        return [100 * (1 - v) for v in found[found.rule == rule].value]

    return ours


def nearer(rule: str, near: str, far: str) -> Ours:
    """By how many degrees a rule's last change of W_1 is nearer to one reference than to the other, by seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        mine = table[(table.task == "turning") & table.rule.astype(str).str.startswith(f"rule={rule},task")]
        last = mine[mine.epoch == mine.epoch.max()]
        wide = last.pivot_table("value", "seed", "metric", observed=True)
        return [*(wide[far] - wide[near])] if {near, far} <= {*wide} else []

    return ours


NEWTON, GRADIENT = "angle to Gauss and Newton", "gradient angle"
SOURCE = "[meulemans2020], MNIST, 5×256 tanh units, as it is remembered"
SOMETHING = "the sign, and nothing else, follows"
MEANWHILE = {
    "rule": "feedback learns along with forward weights, and in no epochs of its own",
    "data": "50,000 images to learn from, not 55,000; no epoch is chosen",
}
published = (
    *(
        Published(f"{what}: by how many degrees W1's change is nearer to Gauss and Newton than to the gradient", 0.0, 0.0, "the minimum of the difference reconstruction loss", "C", nearer(rule, NEWTON, GRADIENT), side="at least", otherwise=(-5.0, "nearer to the gradient"), because=SOMETHING, runs=f"turning, {what}")
        for what, rule in (("DDTP-linear", DDTP), ("DTP with the loss of the whole network", DRL))
    ),
    Published("local loss: by how many degrees W1's change is nearer to the gradient than to Gauss and Newton", 0.0, 0.0, "the minimum of the local loss, [ernoult2022]", "C", nearer(LDRL, GRADIENT, NEWTON), side="at least", otherwise=(-5.0, "nearer to Gauss and Newton"), because=SOMETHING, runs="turning, local loss"),
    Published("MNIST test error, DTP, per cent", 2.6, 0.0, SOURCE, "M", test_error(BEST_DTP), PERCENT, side="at most", otherwise=(3.0, "clearly more than backprop's 1.98"), because="2.39 ± 0.19 is remembered", differs=MEANWHILE, runs="mnist, DTP"),
    Published("MNIST test error, DDTP-linear, per cent", 2.4, 0.0, SOURCE, "M", test_error(BEST), PERCENT, side="at most", otherwise=(3.0, "clearly more than backprop's 1.98"), because="2.04 ± 0.08 is remembered", differs=MEANWHILE, runs="mnist, DDTP-linear"),
)  # fmt: skip

study = Study(
    "meulemans2020",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    ("gradient angle", "angle to Gauss and Newton", "accuracy"),
)
