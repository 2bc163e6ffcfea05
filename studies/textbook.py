"""Which of the things that textbooks and tutorials say of backpropagation hold when they are put to the test?

Each statement foretells a number, in an experiment that could refute it. The
experiments are in `studies.put_to_the_test`; statements, numbers and verdicts stand side by side on docs/textbook.md.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import pandas as pd

from plausible.study.columns import option
from plausible.study.experiment import Experiment
from plausible.study.statistics import AMOUNT, SHARE, Bounds
from plausible.study.study import Cell, Ours, Published, Study
from studies.classics import DESCENT, QUICKPROP, encoder, epochs

HERE = "studies.put_to_the_test"
NOISY = ("backprop", "feedback-alignment", "direct-feedback-alignment", "predictive-coding")
WHOLE = 10_000  # a batch that holds the whole training set, whatever its size
ALONE = ("one_layer", "always_on", "ravine", "momenta", "plateau", "restarts", "rates", "xor", "encoders", "wide",
         "features", "trees", "sweep")  # fmt: skip
DIFFERENCE: Bounds = (-1.0, 1.0)
LOOPS = (0.05, 0.1, 0.16)  # deviations of weights within a pool of 32 units: radii of about 0.3, 0.6 and 0.9


def several(
    seeds: int, *names: str, rules: tuple[str, ...] = NOISY, batches: tuple[int, ...] = (1, 32, WHOLE)
) -> list[Cell]:
    """So many seeds of the experiments `names`, and of learning from noisy data and in batches."""
    made: list[tuple[str, tuple[tuple[str, Any], ...]]] = [(name, ()) for name in names or ALONE]
    made += [("noise", (("rule", rule),)) for rule in rules]
    made += [("batches", (("batch", batch),)) for batch in batches]
    made += [("waiting", (("loops", loops),)) for loops in LOOPS]
    return [Experiment(f"{HERE}:{name}", options, seed) for name, options in made for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Seconds: what is cheap, once."""
    cheap = ("one_layer", "always_on", "ravine", "momenta", "plateau", "restarts")
    return [*several(1, *cheap, rules=NOISY[:1], batches=(32,)), *encoder(10, 5, (QUICKPROP,), 100, 1)]


def fast() -> list[Cell]:
    """Ten seeds of everything; ten minutes of one core."""
    return [*several(10), *encoder(10, 5, (DESCENT, QUICKPROP), 1000, 10)]


# --- ours, from the table -----------------------------------------------------------------------------------


def told(task: str, metric: str, layer: str = "", at: float | None = None, **options: Any) -> Ours:
    """One measurement of each seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        return [float(value) for value in series(table, task, metric, layer, at, **options)]

    return ours


def series(
    table: pd.DataFrame, task: str, metric: str, layer: str = "", at: float | None = None, **options: Any
) -> pd.Series[float]:
    """A measurement by seed."""
    found = table[(table.task == task) & (table.metric == metric) & (table.layer == layer)]
    found = found if at is None else found[found.epoch == at]
    for name, value in options.items():
        found = found[option(found, f"rule_{name}") == value]
    return found.set_index("seed").value.sort_index()


def less(*pair: partial[pd.Series[float]]) -> Ours:
    """The first measurement less the second, seed by seed."""
    return lambda table: [float(value) for value in (pair[0](table) - pair[1](table)).dropna()]


def over(*pair: partial[pd.Series[float]]) -> Ours:
    """The first measurement over the second, seed by seed."""
    return lambda table: [float(value) for value in (pair[0](table) / pair[1](table)).dropna()]


def one(
    task: str, metric: str, layer: str = "", at: float | None = None, **options: Any
) -> partial[pd.Series[float]]:
    """`series` of a table that is given later."""
    return partial(series, task=task, metric=metric, layer=layer, at=at, **options)


def at_best(
    table: pd.DataFrame, task: str, metric: str, layer: str = "", worst: bool = False, **options: Any
) -> pd.Series[float]:
    """A measurement by seed at the rate at which its mean over seeds is least, or largest, which is chosen on the same seeds."""
    found = table[(table.task == task) & (table.metric == metric)]
    found = found[found.layer == layer] if layer else found
    for name, value in options.items():
        found = found[option(found, f"rule_{name}") == value]
    means = found.groupby(["layer", "epoch"], observed=True).value.mean()
    if not len(means):
        return found.set_index("seed").value
    where, rate = means.idxmax() if worst else means.idxmin()
    found = found[(found.layer == where) & (found.epoch == rate)]
    return found.set_index("seed").value.sort_index()


def best(
    task: str, metric: str, layer: str = "", worst: bool = False, **options: Any
) -> partial[pd.Series[float]]:
    """`at_best` of a table that is given later."""
    return partial(at_best, task=task, metric=metric, layer=layer, worst=worst, **options)


def usual(table: pd.DataFrame) -> list[float]:
    """The accuracy of the best less that of the worst setting among those that somebody would try first."""
    found = table[(table.task == "sweep") & table.epoch.between(0.005, 5) & (table.layer != "2 units")]
    high, low = (at_best(found, "sweep", "accuracy", worst=which) for which in (True, False))
    return [float(value) for value in (high - low).dropna()]


def quicker(table: pd.DataFrame) -> list[float]:
    """Epochs of gradient descent over those of Quickprop on the 10-5-10 encoder, trial by trial."""
    pair = (epochs(10, 5, who)(table) for who in (DESCENT, QUICKPROP))
    return [a / b for a, b in zip(*pair, strict=False)]


# --- the statements -----------------------------------------------------------------------------------------


LOOKED = "the bound was written down after a look at one seed"
CHOSEN = f"{LOOKED}; the best rate of each is chosen on the seeds that are compared"


EXTREMES = "the best and the worst setting are chosen on the seeds that are compared"


class Statement(NamedTuple):
    """What is said, and the number that it foretells."""

    sentence: str
    number: Published


def foretold(
    sentence: str, what: str, value: float, side: Any, ours: Ours, otherwise: tuple[float, str], source: str,
    bounds: Bounds = AMOUNT, because: str = "the statement gives the bound", hindsight: str = LOOKED,
) -> Statement:  # fmt: skip
    """A statement, as a bound that ours has to keep."""
    number = Published(
        what, value, 0.0, source, "S", ours, bounds, side, otherwise, because, hindsight=hindsight, runs=what
    )
    return Statement(sentence, number)


DELTA, BIAS = "It generalises the delta rule.", "A bias is the weight of a unit that is always on."
RATE, NONE, ONE = (
    "Too large a rate misses minima and oscillates; too small a one crawls.",
    "Momentum 0 is the gradient alone.",
    "Momentum 1 is the last change alone.",
)
BETWEEN, VARIABLE, QUICK = (
    "Momentum in between crosses ravines and plateaus faster.",
    "Variable rates stop the oscillation.",
    "Quickprop accelerates.",
)
XOR, FEATURES, LOCAL = (
    "A single layer fails at XOR; a hidden one does not.",
    "Hidden units find features of use.",
    "It finds a local minimum only.",
)
NOISE, SETTINGS, BATCHES, WAITS = (
    "It is sensitive to noisy data.",
    "No parameters need to be tuned.",
    "It needs whole batches rather than mini-batches.",
    "Recurrent backpropagation has to wait for a fixed point.",
)
BOOK, TUTORIAL = "[rumelhart1986]", "tutorials on the net"

STATEMENTS = (
    foretold(DELTA, "one layer, linear: largest distance from the delta rule, relative", 1e-12, "at most", told("one_layer", "distance", "linear"), (1.0, "unlike changes"), BOOK, because="rounding"),
    foretold(DELTA, "one layer, logistic: largest distance from the delta rule with a slope, relative", 1e-12, "at most", told("one_layer", "distance", "logistic-squared"), (1.0, "unlike changes"), BOOK, because="rounding"),
    foretold(BIAS, "distance of biases from such weights after 100 changes", 1e-9, "at most", told("always_on", "distance", "b1"), (0.01, "they drift apart"), BOOK, because="rounding, amplified by 100 changes"),
    foretold(RATE, "ravine, rate 0.95 of the limit: portion of changes that turn back", 0.9, "at least", told("ravine", "reversals", "fast"), (0.5, "every second, as by chance"), BOOK),
    foretold(RATE, "ravine, rate 1.05 of the limit: height after 100 steps over that at the start", 1.0, "at least", told("ravine", "height left", "too fast"), (0.5, "it falls"), BOOK),
    foretold(RATE, "digits, 100 sweeps: loss at rate 10 over that at the best rate", 2.0, "at least", over(one("rates", "loss", at=10.0), best("rates", "loss")), (1.0, "as good"), BOOK, hindsight=CHOSEN),
    foretold(RATE, "digits, 100 sweeps: loss at rate 0.001 over that at the best rate", 2.0, "at least", over(one("rates", "loss", at=1e-3), best("rates", "loss")), (1.0, "as good"), BOOK, hindsight=CHOSEN),
    foretold(NONE, "distance of a change from rate times gradient, relative", 1e-9, "at most", told("momenta", "distance from the gradient", "0"), (1.0, "another change"), BOOK, because="rounding"),
    foretold(ONE, "V ← momentum V + rate U: portion of the gradient's step in a change", 0.01, "at most", told("momenta", "own step", "1"), (1.0, "all of it"), BOOK),
    foretold(ONE, "V ← momentum V + (1 - momentum) rate U, at 0.999: portion of the gradient's step in a change", 0.01, "at most", told("momenta", "own step", "0.999, averaged"), (1.0, "all of it"), "the form that averages"),
    foretold(BETWEEN, "ravine: steps at the best rate over steps at the best momentum", 2.0, "at least", over(one("ravine", "steps", "best"), one("ravine", "steps", "momentum")), (1.0, "no faster"), BOOK),
    foretold(BETWEEN, "plateau: way of 200 steps at momentum 0.9 over that without", 5.0, "at least", over(one("plateau", "way", "momentum 0.9"), one("plateau", "way", "momentum 0")), (1.0, "no faster"), BOOK, because="half of 1 / (1 - 0.9)"),
    foretold(BETWEEN, "8-3-8 encoder: sweeps at the best rate over those with momentum 0.5, at its best rate", 1.2, "at least", over(best("encoders", "sweeps needed", "momentum 0"), best("encoders", "sweeps needed", "momentum 0.5")), (1.0, "no faster"), BOOK, because="a fifth faster at least", hindsight=CHOSEN),
    foretold(BETWEEN, "8-3-8 encoder: the same with momentum 0.9", 1.2, "at least", over(best("encoders", "sweeps needed", "momentum 0"), best("encoders", "sweeps needed", "momentum 0.9")), (1.0, "no faster"), BOOK, because="a fifth faster at least", hindsight=CHOSEN),
    foretold(VARIABLE, "ravine, from rate 0.95 of the limit: portion of changes that turn back under delta-bar-delta", 0.25, "at most", told("ravine", "reversals", "delta-bar-delta"), (1.0, "as many as at a constant rate"), "[jacobs1988]"),
    foretold(VARIABLE, "the same under a bold driver", 0.25, "at most", told("ravine", "reversals", "bold driver"), (1.0, "as many as at a constant rate"), "[vogl1988]"),
    foretold(QUICK, "10-5-10 encoder: epochs of descent over those of Quickprop", 2.0, "at least", quicker, (1.0, "no faster"), "[fahlman1988]"),
    foretold(XOR, "no hidden unit: best share of four patterns right in 3000 sweeps", 0.75, "at most", told("xor", "best share right", at=0.0), (1.0, "all"), BOOK, SHARE),
    foretold(XOR, "two hidden units: share of four patterns right", 0.9, "at least", told("xor", "share right", at=2.0), (0.75, "what one layer has"), BOOK, SHARE),
    foretold(XOR, "eight hidden units: portion of four patterns right", 0.9, "at least", told("xor", "share right", at=8.0), (0.75, "what one layer has"), BOOK),
    foretold(FEATURES, "family trees: share of 24 persons whose family one unit tells", 0.85, "at least", told("trees", "told by one unit", at=12_000.0), (0.7, "what a unit of random weights tells"), BOOK, SHARE, because="half way from a random start to all", hindsight="the bound was written down after a look at three seeds"),
    foretold(FEATURES, "digits 0 to 4 read from the units that learned them, less from random units", 0.0, "at least", less(one("features", "read out", "learned, 0 to 4"), one("features", "read out", "random, 0 to 4")), (-0.01, "worse by a point"), BOOK, DIFFERENCE),
    foretold(FEATURES, "digits 5 to 9 read from units that learned 0 to 4, less from random units", 0.0, "at least", less(one("features", "read out", "learned, 5 to 9"), one("features", "read out", "random, 5 to 9")), (-0.01, "worse by a point"), TUTORIAL, DIFFERENCE),
    foretold(FEATURES, "digits 5 to 9 read from units that learned 0 to 4, less from pixels", 0.0, "at least", less(one("features", "read out", "learned, 5 to 9"), one("features", "read out", "pixels, 5 to 9")), (-0.01, "worse by a point"), TUTORIAL, DIFFERENCE),
    foretold(LOCAL, "one logistic unit, two contrary examples: share of starts in the worse minimum", 0.05, "at least", told("restarts", "share in worse minima"), (0.0, "none"), "[auer1996]", SHARE),
    foretold(LOCAL, "digits, 32 hidden units: portion of training examples that a start gets wrong in the end", 0.01, "at least", lambda table: [1 - value for value in told("wide", "share right")(table)], (0.0, "none"), TUTORIAL, because="one example of a hundred"),
    foretold(NOISE, "digits: accuracy lost by 40 % of wrong labels", 0.02, "at least", less(one("noise", "accuracy", "labels", 0.0, rule="backprop"), one("noise", "accuracy", "labels", 0.4, rule="backprop")), (0.0, "none"), TUTORIAL, DIFFERENCE, because="two points"),
    foretold(NOISE, "digits: accuracy lost by noise of twice the pixels' spread", 0.02, "at least", less(one("noise", "accuracy", "inputs", 0.0, rule="backprop"), one("noise", "accuracy", "inputs", 2.0, rule="backprop")), (0.0, "none"), TUTORIAL, DIFFERENCE, because="two points"),
    foretold(SETTINGS, "digits: accuracy of the best less that of the worst of 15 settings", 0.02, "at most", less(best("sweep", "accuracy", worst=True), best("sweep", "accuracy")), (0.87, "from the best to chance"), TUTORIAL, DIFFERENCE, because="two points", hindsight=EXTREMES),
    foretold(SETTINGS, "digits: the same of 8 or 32 units and rates of 0.01, 0.1 and 1", 0.02, "at most", usual, (0.87, "from the best to chance"), TUTORIAL, DIFFERENCE, because="two points", hindsight=EXTREMES),
    foretold(BATCHES, "digits: epochs to 93 % in batches of 32 over epochs in whole sets, at best rates", 1.0, "at least", over(best("batches", "epochs needed", batch=32), best("batches", "epochs needed", batch=WHOLE)), (0.5, "half as many"), TUTORIAL, hindsight=CHOSEN),
    foretold(BATCHES, "digits: the same, one example at a time", 1.0, "at least", over(best("batches", "epochs needed", batch=1), best("batches", "epochs needed", batch=WHOLE)), (0.5, "half as many"), TUTORIAL, hindsight=CHOSEN),
    foretold(WAITS, "completion, loops of 0.1: cosine of the change after one step of settling to that at rest", 0.95, "at most", told("waiting", "cosine", at=1.0, loops=0.1), (1.0, "no need to wait"), "[almeida1987]", DIFFERENCE),
    foretold(WAITS, "completion, loops of 0.1: the same after 8 steps", 0.95, "at most", told("waiting", "cosine", at=8.0, loops=0.1), (1.0, "no need to wait longer"), "[almeida1987]", DIFFERENCE),
    foretold(WAITS, "completion, loops of 0.16: the same after 8 steps", 0.95, "at most", told("waiting", "cosine", at=8.0, loops=0.16), (1.0, "no need to wait longer"), "[almeida1987]", DIFFERENCE),
)  # fmt: skip

study = Study(
    "textbook",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
    tuple(statement.number for statement in STATEMENTS),
)
