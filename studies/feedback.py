"""Which answers to weight transport keep up with backprop as networks get deeper, and how near is each to the gradient?

    plausible tune feedback --scale tuned --only "*@digits/*" --trials 10 --share 0.5 --final-seeds 5 --widenings 1
    plausible tune feedback --scale tuned --only "*@mnist-part/*" --trials 8 --share 0.34 --final-seeds 3 --widenings 1

give every rule, at every depth, the same number of trials, run the best of them in full on seeds of their own, and the
winner on fresh ones; `plausible run feedback` runs every rule with its defaults, under one optimiser for all. What is
tuned is Adam's rate for every rule. Adam's steps do not depend on the size of a signal, so that the scale of fixed
feedback is held, as authors held it [noekland2016] [frenkel2021]. Numbers of another kind are tuned beside the rate: how
fast feedback is learned or forgotten, how strongly it is aligned [kunin2020], the input's disturbance
[dellaferrera2022], threshold and label of Forward-Forward [hinton2022].

In the committed table both are tuned so: digits on 20 fresh seeds, 5,000 images of MNIST on 10 fresh seeds.
"""

from __future__ import annotations

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.search import Range
from plausible.study.study import Cell, Study, cells

RULES = (
    "backprop",
    "shallow",
    "feedback-alignment",
    "direct-feedback-alignment",
    "indirect-feedback-alignment",
    "sparse-direct-feedback",
    "low-rank-direct-feedback",
    "sign-direct-feedback-alignment",
    "uniform-sign-feedback",
    "batchwise-random-sign-feedback",
    "fixed-random-sign-feedback",
    "kolen-pollack",
    "weight-mirror",
    "symmetric-alignment",
    "activation-alignment",
    "information-alignment",
    "direct-random-target-projection",
    "pepita",
    "forward-forward",
    "global-error-vector-broadcasting",
)
DEPTHS = (1, 2, 3, 4, 5, 6)
SOME = (1, 3, 6)
SCALES = ("rule.feedback", "rule.magnitude", "rule.scale")
HELD = {rule: dict.fromkeys(SCALES) for rule in RULES if rule != "pepita"}  # whose scale is the input's
SEARCH = {"*": {"optimiser.rate": Range(1e-4, 1e-1)}, **HELD}


def at(task: str, depths: tuple[int, ...], units: int, epochs: int, batch: int, seeds: int) -> list[Cell]:
    """Networks of equal hidden layers, one for every depth, by Adam, whose steps do not depend on a signal's size."""
    networks = [MLP((units,) * depth, output=output("softmax")) for depth in depths]
    return cells([task], RULES, networks, Adam(2e-3), epochs, batch, seeds)


def smoke() -> list[Cell]:
    """Two depths on two moons, in seconds."""
    return at("two-moons[examples=200]", (1, 2), 8, 2, 32, 1)


def fast() -> list[Cell]:
    """Digits, one to six layers of 64 units, three seeds, in minutes."""
    return at("digits", DEPTHS, 64, 12, 32, 3)


def tuned() -> list[Cell]:
    """Digits, one to six layers, on twenty seeds; 5,000 images of MNIST, three depths, on ten: an hour to tune."""
    return [*at("digits", DEPTHS, 64, 12, 32, 20), *at("mnist-part", SOME, 64, 10, 32, 10)]


def long() -> list[Cell]:
    """MNIST and Fashion-MNIST too, at every depth in 3 epochs, two seeds: an hour or two to tune."""
    images = [cell for task in ("mnist", "fashion-mnist") for cell in at(task, DEPTHS, 64, 3, 64, 2)]
    return [*fast(), *images]


def paper() -> list[Cell]:
    """All of it with 240 units for images, longer and on five seeds: days on two cores."""
    images = [cell for task in ("mnist", "fashion-mnist") for cell in at(task, DEPTHS, 240, 20, 64, 5)]
    return [*at("digits", DEPTHS, 64, 40, 32, 5), *images]


question = " ".join((__doc__ or "").partition("\n\n")[0].split())
metrics = ("accuracy", "gradient angle", "weight angle")
scales = {"smoke": smoke, "fast": fast, "tuned": tuned, "long": long, "paper": paper}
study = Study("feedback", question, scales, metrics=metrics, search=SEARCH)
