"""Do layers that learn from losses of their own keep up with backprop as networks get deeper, and what does each layer know?

    plausible tune local --scale tuned --trials 10 --finalists 2 --final-seeds 3 --widenings 1

gives every rule, at one to ten hidden layers, the same number of trials on validation, at full length and on
two seeds if they are promising, runs the best of them on three seeds of their own, and the winner on ten fresh ones.
What is tuned is Adam's rate, and what a rule declares beside it: of random feedback its scale, of pHSIC its balance and
width, of predsim the share of similarity, of fixed classifiers the scale of the heads, of Forward-Forward its threshold
and label, of self-contrastive Forward-Forward its two thresholds. At the end a linear classifier is fitted to every
layer's activity (`plausible.probes.readout`). Digits are split anew by every seed, so that settings were chosen on images
that the fresh seeds test.

Units are rectified, and weights start as `He`: normal, of variance 2 / fan_in, with which a layer of rectified units
keeps the mean square of what it is given [he2015]. Heads and projections that are learned start so too. The suite's
default, uniform on ±1/√fan_in, divides that square by six a layer. Backprop is tuned from there as well, in networks
of their own, so that the start's part in what depth does is seen.
"""

from __future__ import annotations

from dataclasses import replace

from plausible.networks.activations import relu
from plausible.networks.inits import He, Uniform
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.probes.performance import Scores
from plausible.probes.readout import Readout
from plausible.search import Range
from plausible.study.run import Run
from plausible.study.study import Cell, Study, cells

DIGITS = "digits[split=seed]"
PHSIC = "kernelised-bottleneck[kernel=gaussian,groups=16]"
RULES = (
    "backprop",
    "feedback-alignment",
    "shallow",
    "layerwise-classifiers[head=he]",
    "fixed-classifiers",
    "local-similarity[projection=he]",
    "predsim[head=he,projection=he]",
    PHSIC,
    "classwise-competition",
    "self-contrastive",
    "forward-forward",
)
DEPTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
PROBES = (Scores("train"), Scores("validation"), Scores("test", ("end",)), Readout())


def at(
    task: str, rules: tuple[str, ...], depths: tuple[int, ...], units: int, epochs: int, seeds: int
) -> list[Cell]:
    """Networks of equal hidden layers of rectified units, one for every depth; batches of 64, as similarities need.

    Behind them, backprop from the suite's default start.
    """
    kept, small = (
        [MLP((units,) * depth, relu, output("softmax"), init=init) for depth in depths]
        for init in (He(), Uniform())
    )
    made = cells([task], rules, kept, Adam(2e-3), epochs, 64, seeds)
    made += cells([task], ("backprop",), small, Adam(2e-3), epochs, 64, seeds)
    return [replace(cell, probes=PROBES) if isinstance(cell, Run) else cell for cell in made]


def smoke() -> list[Cell]:
    """Two depths on digits, in seconds."""
    return at("digits", RULES, (1, 2), 32, 1, 1)


def fast() -> list[Cell]:
    """Every rule with its defaults at every depth, three seeds: minutes."""
    return at(DIGITS, RULES, DEPTHS, 64, 20, 3)


def tuned() -> list[Cell]:
    """Every rule at one to ten hidden layers, on ten seeds; forty minutes of a core to tune."""
    return at(DIGITS, RULES, DEPTHS, 64, 20, 10)


def paper() -> list[Cell]:
    """Longer, on twenty seeds, and on MNIST in wider layers on five: a day."""
    return [*at(DIGITS, RULES, DEPTHS, 64, 40, 20), *at("mnist", RULES, DEPTHS, 240, 20, 5)]


study = Study(
    "local",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "tuned": tuned, "paper": paper},
    metrics=("accuracy", "read-out accuracy"),
    search={"*": {"optimiser.rate": Range(1e-4, 3e-2)}},
)
