"""How many samples does a rule need that is told one number, beside backpropagation, in wide and in deep networks?

Digits, by plain gradient descent at a rate for each rule, which was chosen on validation at a seed that is none of these.
Perturbation is told the loss, or a reward of 0 or 1; AGREL, BrainProp, REINFORCE and the exploratory Hebb rule are told the
reward of what the network did. The table has validation accuracy over 100 epochs, so that the number of samples to a
criterion can be read from it, and what each rule multiplies and adds for an example, so that compute can be made equal.

What came out in one layer of 16 units, on ten seeds: decorrelated node perturbation comes within half a point of
backpropagation, at seven times its multiply-adds; what is told a reward of 0 or 1 for a noisy answer, and REINFORCE, are
at 60 to 66 % after 100 epochs and still learn, as their curves show. AGREL is as good as BrainProp on nine seeds and lost
one: what it learns from an unlikely right choice has no bound. Width and depth are in `long`, which was not run.
"""

from __future__ import annotations

from dataclasses import replace

from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.cost import Cost
from plausible.probes.performance import Scores
from plausible.study.run import Run
from plausible.study.study import Cell, Study, cells

RATES = {
    "backprop": 0.3,
    "agrel": 0.1,
    "brainprop": 0.3,
    "decorrelated[rule=node-perturbation]": 0.1,
    "activity-perturbation[single=True]": 0.1,
    "activity-perturbation": 0.1,
    "node-perturbation": 0.1,
    "forward-gradient": 0.1,
    "weight-perturbation": 0.01,
    "node-perturbation[told=reward,sigma=0.3]": 0.01,
    "exploratory-hebb": 1.0,
    "reinforce[sigma=1.0]": 0.1,
}
BATCH = 32
PROBES = (Scores("validation"), Scores("test", ("end",)), Cost())


def at(task: str, hidden: tuple[tuple[int, ...], ...], epochs: int, seeds: int) -> list[Cell]:
    """Every rule in every network."""
    networks = [MLP(units) for units in hidden]
    rates = {rule: SGD(rate) for rule, rate in RATES.items()}
    found = cells([task], [*RATES], networks, rates, epochs, BATCH, seeds)
    return [replace(cell, probes=PROBES) if isinstance(cell, Run) else cell for cell in found]


def smoke() -> list[Cell]:
    """Two epochs, one seed: seconds."""
    return at("digits", ((16,),), 2, 1)


def fast() -> list[Cell]:
    """One hidden layer of 16 units, ten seeds, 100 epochs: minutes."""
    return at("digits", ((16,),), 100, 10)


def long() -> list[Cell]:
    """A wide layer and three layers, too, and 400 epochs: an hour."""
    return at("digits", ((16,), (128,), (32, 32, 32)), 400, 10)


def paper() -> list[Cell]:
    """MNIST, the same networks and wider ones, 200 epochs, ten seeds: days."""
    return at("mnist", ((16,), (128,), (512,), (128, 128, 128)), 200, 10)


study = Study(
    "scalar",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    metrics=("accuracy", "multiply-adds per example"),
)
