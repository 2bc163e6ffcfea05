"""Do layers that learn from losses of their own keep up with backprop as networks get deeper, and what does each layer know?

    plausible tune local --scale tuned --trials 10 --seeds 1 --share 0.5 --finalists 2 --final-seeds 3 --widenings 1

gives every rule, at every depth, the same number of trials on validation, runs the best of them in full on seeds of
their own, and the winner on ten fresh ones. What is tuned is Adam's rate, and what a rule declares beside it: of pHSIC
its balance and width, of predsim the share of similarity, of fixed classifiers the scale of the heads, of
Forward-Forward its threshold and label, of self-contrastive Forward-Forward its two thresholds. At the end a linear
classifier is fitted to every layer's activity (`plausible.probes.readout`). Digits are split anew by every seed.
"""

from __future__ import annotations

from dataclasses import replace

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
    "layerwise-classifiers",
    "fixed-classifiers",
    "local-similarity",
    "predsim",
    PHSIC,
    "classwise-competition",
    "self-contrastive",
    "forward-forward",
)
DEPTHS = (1, 2, 3, 4, 6, 8, 10)
PROBES = (Scores("train"), Scores("validation"), Scores("test", ("end",)), Readout())


def at(
    task: str, rules: tuple[str, ...], depths: tuple[int, ...], units: int, epochs: int, seeds: int
) -> list[Cell]:
    """Networks of equal hidden layers of rectified units, one for every depth; batches of 64, as similarities need."""
    networks = [MLP((units,) * depth, output=output("softmax")) for depth in depths]
    made = cells([task], rules, networks, Adam(2e-3), epochs, 64, seeds)
    return [replace(cell, probes=PROBES) if isinstance(cell, Run) else cell for cell in made]


def smoke() -> list[Cell]:
    """Two depths on digits, in seconds."""
    return at("digits", RULES, (1, 2), 32, 1, 1)


def fast() -> list[Cell]:
    """Every rule with its defaults at every depth, three seeds: minutes."""
    return at(DIGITS, RULES, DEPTHS, 64, 20, 3)


def tuned() -> list[Cell]:
    """Every rule at every depth, on ten seeds; half an hour to tune."""
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
