"""Do learned feedback weights turn towards the forward weights, and how fast, as in the logs of [akrout2019]?

784-500-10 logistic units, binary cross-entropy, batches of 128, weights, biases and B normal with variance
1 / (n_in + n_out), biases that move 128 times as slowly as weights, the rates of the released code. `logged` does what
that code does: all 60,000 training examples in the order of the file, the incomplete last batch left out, and after some
epochs the test file and the angles, that of deltas for the first example of the file. Seeds and precision are ours; with
its generator the logs come out to the printed digit (tests/statistics/test_akrout_replay.py).

The other cells are runs like all of the suite's: 50,000 examples in a new order every epoch, so that 61 of our epochs
have the examples of 51 of theirs, with biases from zero, and the mean delta angle of 500 examples. They are held against
the logs at equal numbers of examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from plausible.core import Optimiser, View, randomness
from plausible.networks.activations import logistic
from plausible.networks.inits import HalfGlorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.probes.alignment import angle as angle_between
from plausible.registry import registry
from plausible.study.columns import option, taken_apart
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.run import Run
from plausible.study.statistics import DEGREES, PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Split, correct

BATCH, EPOCH = 128, 59_904  # examples of an epoch of the logs
FEEDBACK = "feedback=gaussian(0.04428)"  # 1 / √510
FA, KP = f"feedback-alignment[{FEEDBACK}]", f"kolen-pollack[{FEEDBACK},decay=0.0]"
MIRROR = "accumulating-weight-mirror"
WM = f"{MIRROR}[{FEEDBACK},before=468]"
NORMALISED = f"weight-mirror[{FEEDBACK}]"
RATES = {"backprop": 0.2, FA: 0.2, KP: 0.3, WM: 0.05}
MORE = {**RATES, NORMALISED: 0.2}  # and our mirror at the rate of backprop


def optimiser(rule: str, rate: float) -> Optimiser:
    """Plain gradient descent with slow biases; the mirror's B has its rate inside."""
    slow = ("b*", SGD(rate / BATCH))
    return Grouped((slow, ("B*", SGD(1.0))) if taken_apart(rule)[0] == MIRROR else (slow,), SGD(rate))


def recipe(task: str, hidden: int, epochs: int, seeds: int, rates: dict[str, float]) -> list[Cell]:
    """Every rule at its rate."""
    network = MLP((hidden,), logistic, output("logistic"), init=HalfGlorot())
    each = {rule: optimiser(rule, rate) for rule, rate in rates.items()}
    found = cells([task], ["backprop"], [network], each["backprop"], epochs, BATCH, seeds)
    runs = [cell for cell in found if isinstance(cell, Run)]
    return [replace(run, rule=rule, optimiser=one) for rule, one in each.items() for run in runs]


LOGGED = {  # options of the rules as the released code has them, for a standard deviation of B
    "backprop": "",
    "feedback-alignment": "[feedback=gaussian({})]",
    "kolen-pollack": "[feedback=gaussian({}),decay=0.0]",
    "accumulating-weight-mirror": "[feedback=gaussian({})]",
}
LOGGED_RATES = dict(zip(LOGGED, RATES.values(), strict=True))
LOOKS = (0, 1, 2, 5, 10, 20, 30, 40, 50, 100, 200, 300, 399)  # epochs of the logs, counted from 0
TOLD = (0, 10, 50, 399)  # those of which test accuracies are held against the logs


def logged(bench: Bench, rule: str, epochs: int, hidden: int, task: str) -> Iterator[Measured]:
    """What the released code does and logs: `at` is the log's epoch, counted from 0, after which is looked.

    A mirror is shown noise for as many batches as an epoch has before the first example. The test file is read after
    the few epochs that are held against the logs, and nothing is chosen by it.
    """
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    whole = Split(*(np.concatenate([part[i] for part in (found.train, found.validation)]) for i in (0, 1)))
    network = MLP((hidden,), logistic, output("logistic"), init=HalfGlorot())
    named: Any = registry.rule(rule + LOGGED[rule].format((hidden + found.n_out) ** -0.5), network)
    learner = Learner.new(named, optimiser(rule, LOGGED_RATES[rule]), found.n_in, found.n_out, roles)
    params = learner.params
    for layer, (below, above) in enumerate(((found.n_in, hidden), (hidden, found.n_out)), 1):
        params[f"b{layer}"][:] = roles.weights.normal(0, (below + above) ** -0.5, above)
    stream = Minibatches(BATCH, shuffle=False, drop_last=True)
    steps = stream.length(whole)
    for _ in range(steps - 1 if rule == MIRROR else 0):  # and once more before the first change
        params["B2"] += named.correlation(2, params, BATCH, roles.noise)
    shown = islice(stream(whole, found.kind, epochs + 1, roles.order), epochs * steps + 1)
    for tick in learner.ticks(shown):
        learned, left = divmod(tick.number, steps)
        if not left and learned - 1 in LOOKS:
            seen = {**tick.params, **{name: B for name, B in tick.step.internals.items() if name == "B2"}}
            yield from looked(network, seen, whole, found.test, learned - 1)
            bench.progress(learned / epochs)


def looked(network: MLP, params: View, whole: Split, test: Split, epoch: int) -> Iterator[Measured]:
    """Test accuracy, and the angles, as the released code takes them."""
    if epoch in TOLD:
        answer = network.forward(params, test.x).activities[-1]
        yield Measured("accuracy", float(correct(answer, test.y).mean()), epoch, "test")
    if "B2" in params:
        yield Measured("weight angle", angle_between(params["B2"], params["W2"].T), epoch, layer="B2")
        passed = network.forward(params, whole.x[:1])
        error, slope = passed.activities[-1] - whole.y[:1], passed.slope(1)
        felt, true = (error @ back * slope for back in (params["B2"], params["W2"].T))
        yield Measured("delta angle", angle_between(felt, true), epoch, layer="W1")


def as_logged(task: str, hidden: int, epochs: int, seeds: int) -> list[Cell]:
    """The released code's experiment, by rule and seed."""
    settings = {"epochs": epochs, "hidden": hidden, "task": task}
    given = [{"rule": rule, **settings} for rule in LOGGED]
    here = "studies.akrout2019:logged"
    return [Experiment(here, tuple(one.items()), seed) for one in given for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return [*recipe("digits", 20, 2, 1, MORE), *as_logged("digits", 20, 2, 1)]


def fast() -> list[Cell]:
    """The first eleven epochs of the logs as the released code does them, and runs for as many examples; minutes.

    One seed of each.
    """
    return [*as_logged("mnist", 500, 11, 1), *recipe("mnist", 500, 14, 1, RATES)]


def long() -> list[Cell]:
    """The first 51 epochs of the logs as the released code does them, three seeds: 20 minutes on a quiet core.

    And the suite's own runs for as many examples, one seed.
    """
    return [*as_logged("mnist", 500, 51, 3), *recipe("mnist", 500, 61, 1, MORE)]


def paper() -> list[Cell]:
    """The published 400 epochs as the released code does them, and runs for as many examples, five seeds: a day."""
    return [
        *as_logged("mnist", 500, 51, 3),
        *as_logged("mnist", 500, 400, 3),
        *recipe("mnist", 500, 61, 5, MORE),
        *recipe("mnist", 500, 480, 5, MORE),
    ]


def at(table: pd.DataFrame, rule: str, metric: str, epoch: int) -> list[float]:
    """What a rule measured after `epoch` of the logs, counted from 0: by examples, straight between measurements."""
    found = table[(table.rule == rule) & (table.metric == metric) & (table.task == "mnist")]
    examples = (epoch + 1) * EPOCH
    values = []
    for _, run in found.groupby("seed", observed=True):
        course = run.groupby("examples").value.mean()
        if course.index.min() <= 1.25 * examples and examples <= 1.02 * course.index.max():
            values.append(float(np.interp(examples, course.index, course)))
    return values


def final(rule: str, epoch: int) -> Ours:
    """Test accuracy in per cent of runs that ended there, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        ended = (table.examples - (epoch + 1) * EPOCH).abs() < 0.02 * (epoch + 1) * EPOCH
        return [100 * value for value in at(table[(table.split == "test") & ended], rule, "accuracy", epoch)]

    return ours


def angle(rule: str, metric: str, layer: str, epoch: int) -> Ours:
    """An angle in degrees, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        return at(table[table.layer == layer], rule, metric, epoch)

    return ours


LOGS = "makrout/Deep-Learning-without-Weight-Transport, experiments/mnist"
EPOCHS = (0, 10, 50)
ACCURACIES = {  # test, in per cent, after epochs 0, 10 and 50
    "backprop": (88.00, 94.41, 97.71),
    FA: (85.49, 91.06, 94.66),
    KP: (88.90, 95.80, 97.94),
    WM: (78.48, 90.72, 96.58),
}
WEIGHT_ANGLES = {FA: (40.0, 29.3, 38.4), KP: (19.7, 10.8, 6.2), WM: (61.3, 26.3, 12.9)}
DELTA_ANGLES = {FA: (42.1, 26.3, 37.1), KP: (19.4, 11.7, 5.7), WM: (63.4, 15.4, 13.4)}
TOLERANCES = {  # of test accuracies, in points, after epochs 0, 10 and 50
    "backprop": (1.0, 1.0, 0.3),
    FA: (1.0, 1.0, 1.0),
    KP: (1.0, 1.0, 0.3),
    WM: (1.0, 1.0, 0.5),
}
LAST = {"backprop": 98.50, FA: 97.80, KP: 98.45, WM: 98.49}  # after epoch 399
LAST_ANGLES = {FA: 40.0, KP: 3.62, WM: 3.79}


def named(rule: str) -> str:
    """A rule without its options."""
    return taken_apart(rule)[0]


def as_in_log(rule: str, metric: str, epoch: int, factor: float = 1.0) -> Ours:
    """What `logged` measured after an epoch of the log, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == "logged") & (table.metric == metric) & (table.epoch == epoch)]
        mine = (option(found, "rule_rule") == rule) & (option(found, "rule_task") == "mnist")
        by_seed = found[mine].groupby("seed").value.first()  # longer runs repeat shorter ones
        return [factor * float(value) for value in by_seed]

    return ours


# The angle of unrelated matrices of B's size has a standard deviation of 0.8 degrees: two and a half. The delta angle of
# the log is that of one example.
MATRICES = "two and a half standard deviations of the angle of unrelated matrices of this size"
UNRELATED = (90.0, "the angle of what is unrelated")
OTHER = {"backprop": FA, FA: "backprop", KP: FA, WM: "backprop"}  # the rule that it might be instead
OURS = {
    "data": "50,000 examples in a new order every epoch, not 60,000 in that of the file",
    "network": "biases start from 0",
}
HINDSIGHT = (
    "the band, when runs of one seed with fewer examples were known: tolerances on the way were 2 points"
)


def binomial(value: float, tolerance: float) -> str:
    """How wide a band on a rate in per cent is beside the standard error that 10,000 images leave."""
    return f"{tolerance / math.sqrt(value * (100 - value) / 10_000):.1f} standard errors of a rate on 10,000 images"


def accuracy_in(rule: str, place: int) -> Published:
    """The test accuracy of a rule in the log."""
    value, tolerance, epoch = ACCURACIES[rule][place], TOLERANCES[rule][place], EPOCHS[place]
    return Published(
        f"{named(rule)}, epoch {epoch}, test accuracy, per cent", value, tolerance, LOGS, "V",
        as_in_log(named(rule), "accuracy", epoch, 100), PERCENT, because=binomial(value, tolerance), runs=named(rule),
        otherwise=(ACCURACIES[OTHER[rule]][place], f"{named(OTHER[rule])}'s"), hindsight=HINDSIGHT if place < 2 else "",
    )  # fmt: skip


def delta_angle_in(rule: str, place: int) -> Published:
    """The delta angle of a rule in the log."""
    value, epoch = DELTA_ANGLES[rule][place], EPOCHS[place]
    return Published(
        f"{named(rule)}, epoch {epoch}, delta angle of the first example, degrees", value, 10.0, LOGS, "V",
        as_in_log(named(rule), "delta angle", epoch), DEGREES, side="both" if value > 10 else "at most",
        otherwise=UNRELATED, because="one example's angle varies by some degrees from seed to seed", runs=named(rule),
    )  # fmt: skip


published = (
    *(accuracy_in(rule, place) for place in (2, 1, 0) for rule in ACCURACIES),
    *(Published(f"{named(rule)}, epoch {epoch}, weight angle, degrees", value, 2.0, LOGS, "V", as_in_log(named(rule), "weight angle", epoch), DEGREES, otherwise=UNRELATED, because=MATRICES, runs=named(rule)) for rule, values in WEIGHT_ANGLES.items() for epoch, value in zip(EPOCHS, values, strict=True)),
    *(delta_angle_in(rule, place) for rule in DELTA_ANGLES for place in range(3)),
    *(Published(f"{named(rule)}, epoch 399, test accuracy, per cent", value, 0.3, LOGS, "V", as_in_log(named(rule), "accuracy", 399, 100), PERCENT, otherwise=(94.66, "feedback alignment's after epoch 50"), because=binomial(value, 0.3), runs=f"{named(rule)}, 400 epochs") for rule, value in LAST.items()),
    *(Published(f"{named(rule)}, epoch 399, weight angle, degrees", value, 2.0, LOGS, "V", as_in_log(named(rule), "weight angle", 399), DEGREES, otherwise=UNRELATED, because=MATRICES, runs=f"{named(rule)}, 400 epochs") for rule, value in LAST_ANGLES.items()),
    *(Published(f"{named(rule)}, as many examples as epoch 50 has, test accuracy, per cent", values[2], TOLERANCES[rule][2], LOGS, "V", final(rule, 50), PERCENT, otherwise=(ACCURACIES[OTHER[rule]][2], f"{named(OTHER[rule])}'s"), because=binomial(values[2], TOLERANCES[rule][2]), differs=OURS, runs=f"{named(rule)}, ours") for rule, values in ACCURACIES.items()),
    *(Published(f"{named(rule)}, as many examples as epoch 50 has, weight angle, degrees", values[2], 2.0, LOGS, "V", angle(rule, "weight angle", "B2", 50), DEGREES, otherwise=UNRELATED, because=MATRICES, differs=OURS, runs=f"{named(rule)}, ours") for rule, values in WEIGHT_ANGLES.items()),
    *(Published(f"{named(rule)}, as many examples as epoch 50 has, mean delta angle, degrees", values[2], 10.0, LOGS, "V", angle(rule, "delta angle", "W1", 50), DEGREES, side="both" if values[2] > 10 else "at most", otherwise=UNRELATED, because="one example's angle varies by some degrees", differs={**OURS, "measure": "the mean of 500 examples, not one"}, runs=f"{named(rule)}, ours") for rule, values in DELTA_ANGLES.items()),
)  # fmt: skip

study = Study(
    "akrout2019",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy", "weight angle", "delta angle"),
)
