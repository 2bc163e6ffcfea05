"""Do learned feedback weights turn towards the forward weights, and how fast, as in the logs of [akrout2019]?

784-500-10 logistic units, binary cross-entropy, batches of 128, W and B normal with variance 1 / (n_in + n_out), biases
that move 128 times as slowly as weights, the rates of the released code. Different there: all 60,000 training examples
are learned from, in the order of the file, 59,904 an epoch; here 50,000 in a new order every epoch, so that 61 of our
epochs have the examples of 51 of theirs. Ours are held against theirs at equal numbers of examples. Their biases are
drawn, ours start from zero. Their delta angle is that of a single example, ours the mean of 500.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from plausible.core import Optimiser
from plausible.networks.activations import logistic
from plausible.networks.inits import HalfGlorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Grouped
from plausible.study.columns import taken_apart
from plausible.study.run import Run
from plausible.study.statistics import DEGREES, PERCENT
from plausible.study.study import Cell, Ours, Published, Study, cells

BATCH, EPOCH = 128, 59_904  # examples of an epoch of the logs
FEEDBACK = "feedback=gaussian(0.04428)"  # 1 / √510
FA, KP = f"feedback-alignment[{FEEDBACK}]", f"kolen-pollack[{FEEDBACK},decay=0.0]"
WM = f"accumulating-weight-mirror[{FEEDBACK},before=468]"
NORMALISED = f"weight-mirror[{FEEDBACK}]"
RATES = {"backprop": 0.2, FA: 0.2, KP: 0.3, WM: 0.05}
MORE = {**RATES, NORMALISED: 0.2}  # and our mirror at the rate of backprop


def optimiser(rule: str, rate: float) -> Optimiser:
    """Plain gradient descent with slow biases; the mirror's B has its rate inside."""
    slow = ("b*", SGD(rate / BATCH))
    return Grouped((slow, ("B*", SGD(1.0))) if rule == WM else (slow,), SGD(rate))


def recipe(task: str, hidden: int, epochs: int, seeds: int, rates: dict[str, float]) -> list[Cell]:
    """Every rule at its rate."""
    network = MLP((hidden,), logistic, output("logistic"), init=HalfGlorot())
    each = {rule: optimiser(rule, rate) for rule, rate in rates.items()}
    found = cells([task], ["backprop"], [network], each["backprop"], epochs, BATCH, seeds)
    runs = [cell for cell in found if isinstance(cell, Run)]
    return [replace(run, rule=rule, optimiser=one) for rule, one in each.items() for run in runs]


def smoke() -> list[Cell]:
    """Digits, in seconds."""
    return recipe("digits", 20, 2, 1, MORE)


def fast() -> list[Cell]:
    """MNIST for as many examples as the first eleven epochs of the logs have, one seed; minutes."""
    return recipe("mnist", 500, 14, 1, RATES)


def long() -> list[Cell]:
    """MNIST for as many examples as 51 epochs of the logs have, one seed; a quarter of an hour on a quiet core."""
    return recipe("mnist", 500, 61, 1, MORE)


def paper() -> list[Cell]:
    """The examples of the published 400 epochs, and the beginning in finer steps, five seeds: a day."""
    return [*recipe("mnist", 500, 61, 5, MORE), *recipe("mnist", 500, 480, 5, MORE)]


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


def validation(rule: str, epoch: int) -> Ours:
    """Accuracy in per cent on the way, one number per seed: on validation, as test is read at the end of a run only."""

    def ours(table: pd.DataFrame) -> list[float]:
        return [100 * value for value in at(table[table.split == "validation"], rule, "accuracy", epoch)]

    return ours


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
TOLERANCES = {"backprop": 0.3, FA: 1.0, KP: 0.3, WM: 0.5}  # of the accuracy after epoch 50, in points
LAST = {"backprop": 98.50, FA: 97.80, KP: 98.45, WM: 98.49}  # after epoch 399
LAST_ANGLES = {FA: 40.0, KP: 3.62, WM: 3.79}


def named(rule: str) -> str:
    """A rule without its options."""
    return taken_apart(rule)[0]


# Validation is of the training file, where digits are a little easier or harder than in the test file: twice the
# tolerance on the way. A single example's delta angle says little: 10 degrees.
published = (
    *(Published(f"{named(rule)}, epoch 50, test accuracy, per cent", values[2], TOLERANCES[rule], LOGS, "V", final(rule, 50), bounds=PERCENT) for rule, values in ACCURACIES.items()),
    *(Published(f"{named(rule)}, epoch {epoch}, accuracy, validation here and test there, per cent", value, 2.0, LOGS, "V", validation(rule, epoch), bounds=PERCENT) for rule, values in ACCURACIES.items() for epoch, value in list(zip(EPOCHS, values, strict=True))[:2]),
    *(Published(f"{named(rule)}, epoch {epoch}, weight angle, degrees", value, 2.0, LOGS, "V", angle(rule, "weight angle", "B2", epoch), bounds=DEGREES) for rule, values in WEIGHT_ANGLES.items() for epoch, value in zip(EPOCHS, values, strict=True)),
    *(Published(f"{named(rule)}, epoch {epoch}, delta angle, degrees", value, 10.0, LOGS, "V", angle(rule, "delta angle", "W1", epoch), bounds=DEGREES) for rule, values in DELTA_ANGLES.items() for epoch, value in zip(EPOCHS, values, strict=True)),
    *(Published(f"{named(rule)}, epoch 399, test accuracy, per cent", value, 0.3, LOGS, "V", final(rule, 399), bounds=PERCENT) for rule, value in LAST.items()),
    *(Published(f"{named(rule)}, epoch 399, weight angle, degrees", value, 2.0, LOGS, "V", angle(rule, "weight angle", "B2", 399), bounds=DEGREES) for rule, value in LAST_ANGLES.items()),
)  # fmt: skip

study = Study(
    "akrout2019",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    metrics=("accuracy", "weight angle", "delta angle"),
)
