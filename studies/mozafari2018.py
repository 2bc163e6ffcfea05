"""Does a reward for the class of the first neuron to spike find what tells classes apart, and is it worth more than STDP alone?

One layer of neurons that spike once, and inputs whose strongest contrasts spike first, as in [mozafari2018]. The first of
all neurons learns by STDP if its class is right, and by the opposite if it is wrong. Beside it the same layer without a
reward, under a linear read-out. There are no features below, as there are in the paper, and its tasks are others. `long` is
a reduced setting of MNIST: one layer of 200 neurons, all images, once.
"""

from __future__ import annotations

import pandas as pd

from plausible.study.statistics import PERCENT
from plausible.study.study import Cell, Published, Study
from studies.goupy2024 import cell, test_accuracy

REWARD, ALONE = "first-spike-reward-stdp", "first-spike-stdp"
LARGE = f"{REWARD}[theta=0.1]"  # on MNIST, whose images have more contrasts


def smoke() -> list[Cell]:
    """Seconds, once the program is compiled."""
    return cell(REWARD, "digits", 2, 1, hidden=20)


def fast() -> list[Cell]:
    """Handwritten digits, 100 neurons, and 20; three seeds; minutes."""
    few = [one for rule in (REWARD, ALONE) for one in cell(rule, "digits", 20, 3, hidden=20)]
    return [*few, *(one for rule in (REWARD, ALONE) for one in cell(rule, "digits", 20, 3, hidden=100))]


def long() -> list[Cell]:
    """All of MNIST, 200 neurons with a reward, one epoch, three seeds; a quarter of an hour."""
    return cell(LARGE, "mnist", 1, 3, hidden=200)


def paper() -> list[Cell]:
    """All of MNIST, 200 neurons, twenty epochs; a day."""
    return [one for rule in (REWARD, ALONE) for one in cell(f"{rule}[theta=0.1]", "mnist", 20, 3, hidden=200)]


def on_mnist(table: pd.DataFrame) -> list[float]:
    """Test accuracy on MNIST after the epochs of `paper`, or else of `long`, per cent, one number per seed."""
    return [*(test_accuracy(LARGE, "mnist", 20)(table) or test_accuracy(LARGE, "mnist", 1)(table))]


def gain(table: pd.DataFrame) -> list[float]:
    """Test accuracy with a reward less that without, 20 neurons, digits, per cent, one number per seed."""
    few = table[table.rule.str.endswith("hidden=20")]
    with_reward, without = (test_accuracy(rule, "digits", 20)(few) for rule in (REWARD, ALONE))
    return [more - less for more, less in zip(with_reward, without, strict=False)]


published = (
    Published("test accuracy on MNIST, per cent", 97.2, 0.5, "[mozafari2018], its network of three layers, as it is remembered", "M", on_mnist, PERCENT, otherwise=(92.0, "a linear classifier's"), because="two runs of such a network differ by less", differs={"network": "one layer of 200 neurons, not three that convolve", "epochs": "1 (long), 20 (paper), not 680"}, runs="MNIST"),
    Published("test accuracy on digits with a reward less that without, 20 neurons, per cent", 0.0, 0, "[mozafari2018], a reward is worth most where neurons are few", "M", gain, (-100.0, 100.0), side="at least", otherwise=(-5.0, "a reward is worse"), because="the paper's claim has this sign", hindsight="rates and thresholds were chosen with test accuracies of digits in sight", differs={"data": "digits of 8 x 8 pixels, not photographs", "network": "no features below", "measure": "STDP alone under a linear read-out, not a nearest neighbour"}, runs="digits"),
)  # fmt: skip

study = Study(
    "mozafari2018",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
)
