"""Which spiking rules learn to tell digits, beside backprop, and at what cost in spikes and synaptic events?

Every spiking rule that serves a task learns handwritten digits with as many neurons, the same splits, seeds and passes,
and constants as they are by default: those of first spikes were chosen with test accuracies of digits in sight, the
others with validation. Beside them networks of rates. Trials were not as many for every rule.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from plausible.study.columns import option
from plausible.study.compare import Comparison
from plausible.study.statistics import ANY, PERCENT
from plausible.study.study import Cell, Ours, Published, Study
from studies.goupy2024 import cell

FIRST = (
    "s2-stdp", "paired-competing-neurons", "neuronal-competition-groups", "first-spike-stdp", "first-spike-reward-stdp",
)  # fmt: skip
RATES = ("kinase", "event-driven-feedback", "urbanczik-senn", "mstdpet", "reward-stdp")
BESIDE = ("backprop", "feedback-alignment", "shallow")
EPOCHS = 10
WELL = 93.0  # per cent of digits


def beside(task: str, seeds: int) -> list[Cell]:
    """Networks of rates with as many hidden units."""
    return [*Comparison(task, BESIDE, seeds, EPOCHS, (100,)).runs()]


def spiking(task: str, seeds: int, rules: tuple[str, ...]) -> list[Cell]:
    """Spiking rules, 100 neurons where their number is free."""
    return [one for rule in rules for one in cell(rule, task, EPOCHS, seeds, hidden=100)]


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return [
        *cell("s2-stdp", "digits", 2, 1, hidden=100),
        *Comparison("digits", ("backprop",), 1, 2, (100,)).runs(),
    ]


def fast() -> list[Cell]:
    """Digits: five seeds of rules of first spikes, three of those that answer by rates; half an hour."""
    return [*beside("digits", 5), *spiking("digits", 5, FIRST), *spiking("digits", 3, RATES)]


def paper() -> list[Cell]:
    """Digits, ten seeds, with the network of Diehl and Cook, and MNIST and Fashion-MNIST, five; days."""
    large = [
        one for task in ("mnist", "fashion-mnist") for one in spiking(task, 5, (*FIRST, *RATES, "diehl-cook"))
    ]
    rates = [one for task in ("mnist", "fashion-mnist") for one in beside(task, 5)]
    return [*beside("digits", 10), *spiking("digits", 10, (*FIRST, *RATES, "diehl-cook")), *rates, *large]


def accuracies(table: pd.DataFrame, task: str = "digits") -> pd.DataFrame:
    """Test accuracy of spiking rules, per cent, by `name`, `seed` and `epoch`."""
    found = table[(table.metric == "accuracy") & (table.split == "test")].copy()
    found["name"] = option(found, "rule_rule")
    found = found[found.name.notna() & (option(found, "rule_task") == task)]
    return found.assign(value=100 * found.value)


def last(rule: str, task: str) -> Ours:
    """Test accuracy after the last pass, per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = accuracies(table, task)
        found = found[(found.name == rule) & (found.epoch == EPOCHS)]
        return [float(value) for value in found.value]

    return ours


def well(table: pd.DataFrame) -> list[float]:
    """How many spiking rules tell 93 % of the test digits or more, one number per seed that all of them have."""
    found = accuracies(table)
    found = found[found.epoch == EPOCHS]
    wide = found.pivot_table(index="seed", columns="name", values="value", observed=True).dropna()
    return [float(number) for number in (wide >= WELL).sum(axis=1)]


def beats_chance(names: tuple[str, ...]) -> Callable[[pd.DataFrame], list[float]]:
    """The lowest of the mean test accuracies of these rules, per cent, one number per seed."""

    def ours(table: pd.DataFrame) -> list[float]:
        found = accuracies(table)
        found = found[(found.epoch == EPOCHS) & found.name.isin(names)]
        wide = found.pivot_table(index="seed", columns="name", values="value", observed=True).dropna()
        return [float(np.min(row)) for row in wide.to_numpy()] if len(wide.columns) == len(names) else []

    return ours


ASKED = "what is asked of spikes here"
published = (
    Published("spiking rules that tell 93 % of test digits or more", 2.0, 0, ASKED, "M", well, ANY, side="at least", otherwise=(0.0, "none does"), because="a linear classifier tells as many", hindsight="constants were chosen with accuracies of digits in sight, those of first spikes with the test split's", runs="digits"),
    Published("lowest test accuracy of a spiking rule on digits, per cent", 20.0, 0, ASKED, "M", beats_chance((*FIRST, *RATES)), PERCENT, side="at least", otherwise=(10.0, "one learns nothing"), because="360 test digits are told by chance with a spread of 1.6 per cent", hindsight="constants were chosen with accuracies of digits in sight, those of first spikes with the test split's", runs="digits"),
    Published("test accuracy of eRBP on MNIST, per cent", 98.0, 1.0, "[neftci2017], of its larger networks, from memory", "M", last("event-driven-feedback", "mnist"), PERCENT, otherwise=(92.0, "a linear classifier's"), because="sizes differ by a per cent or so", differs={"network": "100 hidden neurons", "epochs": "10 passes"}, runs="MNIST"),
    Published("test accuracy of Diehl and Cook's network on MNIST, 100 neurons, per cent", 82.9, 2.0, "[diehl2015]", "M", last("diehl-cook", "mnist"), PERCENT, otherwise=(10.0, "chance"), because="repetitions of such networks differ by as much", differs={"epochs": "10 passes"}, runs="MNIST"),
)  # fmt: skip

study = Study(
    "spikes_on_tasks",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": paper},
    published,
    metrics=("accuracy", "spikes per example", "synaptic events per example"),
)
