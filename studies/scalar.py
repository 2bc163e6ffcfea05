"""How many samples does a rule need that is told one number, beside backpropagation, in wide and in deep networks?

Digits, by plain gradient descent at a rate for each rule, which was chosen on validation at a seed that is none of these.
Perturbation is told the loss, or a reward of 0 or 1; AGREL, BrainProp, REINFORCE and the exploratory Hebb rule are told the
reward of what the network did. The table has validation accuracy over 100 epochs, so that the number of samples to a
criterion can be read from it, and what each rule multiplies and adds for an example, so that compute can be made equal.

What came out in one layer of 16 units, on ten seeds: decorrelated node perturbation comes within half a point of
backpropagation, at seven times its multiply-adds; what is told a reward of 0 or 1 for a noisy answer, and REINFORCE, are
at 60 to 66 % after 100 epochs and still learn, as their curves show. AGREL is as good as BrainProp on nine seeds and lost
one: what it learns from an unlikely right choice has no bound.

What came out in width and depth (`long`), at the same rates: to 80 % of the validation split, samples of backpropagation,
AGREL, BrainProp and decorrelated noise fall with the width, as its power -0.3 to -0.4; those of noise in all nodes at once
grow as its power 0.3. With the depth all grow, as its power 0.8 where noise is in turn or decorrelated; noise in all nodes
at once does not come to 80 % in three layers. At equal multiply-adds, no rule that is told one number comes before
backpropagation in any of these networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from plausible.core import randomness
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.probes.cost import Cost, multiply_adds
from plausible.probes.performance import Scores
from plausible.registry import registry
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.run import Run
from plausible.study.study import Cell, Study, cells
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import correct

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
NETWORKS = ("8", "32", "128", "32-32", "32-32-32")  # three widths of one layer, and three depths of one width
CRITERION = 0.8  # of the validation split, of which chance is 0.1
SAMPLES, PRODUCTS, REACHED = "samples needed", "multiply-adds needed", "reached"
LOOK = 8  # batches between two looks at the validation split


def needed(
    bench: Bench, rule: str, hidden: str, rate: float, criterion: float, epochs: int
) -> Iterator[Measured]:
    """How many examples of digits, and multiply-adds, a rule needs to a validation accuracy; it then stops.

    Yields:
        "reached", 1 or 0; and if it is 1 "samples needed" and "multiply-adds needed".
    """
    roles = randomness(bench.seed)
    task = registry.task("digits", roles.data)
    network = MLP(tuple(map(int, hidden.split("-"))))
    learner = Learner.new(registry.rule(rule, network), SGD(rate), task.n_in, task.n_out, roles)
    stream, samples, reached = Minibatches(BATCH), 0, False
    x, y = task.validation.x.astype("float32"), task.validation.y
    for tick in learner.ticks(stream(task.train, task.kind, epochs, roles.order)):
        if tick.number % LOOK == 0:
            answer = learner.rule.respond(tick.params, learner.state, x, roles.probes)[-1]
            reached = bool(correct(answer, y).mean() >= criterion)
            bench.progress(tick.number / epochs / stream.length(task.train))
            if reached:
                each = multiply_adds(learner.rule, tick.params, tick.step.state, tick.shown, roles.probes)
                yield Measured(SAMPLES, samples, samples)
                yield Measured(PRODUCTS, samples * each, samples)
                break
        samples += stream.count(tick.shown)
    yield Measured(REACHED, float(reached), samples)


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
    """Samples to 80 % in three widths and three depths, at most 100 epochs, ten seeds: minutes."""
    options = [
        (("rule", rule), ("hidden", hidden), ("rate", rate))
        for hidden in NETWORKS
        for rule, rate in RATES.items()
    ]
    end = (("criterion", CRITERION), ("epochs", 100))
    return [
        Experiment("studies.scalar:needed", (*each, *end), seed) for each in options for seed in range(10)
    ]


def paper() -> list[Cell]:
    """MNIST, the same networks and wider ones, 200 epochs, ten seeds: days."""
    return at("mnist", ((16,), (128,), (512,), (128, 128, 128)), 200, 10)


study = Study(
    "scalar",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    metrics=("accuracy", "multiply-adds per example", SAMPLES, PRODUCTS, REACHED),
)
