"""How alike are layers that different rules have learned, and can a measure of similarity tell which rule it was?

In each cell three networks learn digits by every rule, from three starts that all rules share, by Adam at one rate. Of
every two networks, hidden layers are compared over 200 examples of validation (`plausible/plausibility/similarity.py`):
after so many epochs, and at matched accuracy, which is the first of the looks, eight changes apart, at which a network has
it. Rules that have a network short of it are left out there.

*Same rule* is the mean over two networks of one rule with two starts, the ceiling that starts leave; *other rule* that
over two rules with two starts; *same start* that over two rules with one start. A check comes before any claim: each
network is a teacher, and the rule whose networks from the two other starts are most alike to it on average is named as
its rule; *recovered* is how often that is right, one in as many as there are rules by chance. The same is tried by
accuracy in the place of similarity; and as a check of the check, whether a network's start is told, by which start the
networks of other rules that are most alike to it have: one in three by chance.

What came out, on ten cells, a negative result for claims of a rule from similarity alone:

- A score recovers the rule far above chance, and yet more often wrongly than rightly but for the Procrustes angle of the
  first layer after learning; the Procrustes angle is the best of the three, linear CKA the worst.
- At matched accuracy less is recovered, and accuracy alone, which tells something after learning, tells nothing there.
- Networks of one rule and two starts are more alike than those of two rules and one start, unlike what [liu2025] report
  of neural data; at 95 % accuracy the two are the same by the Procrustes angle. The start, too, is told, in about three
  of four cases or more at matched accuracy, from networks of all other rules.
- Confusions are one-sided: Forward-Forward and predictive coding are always named rightly, and shallow learning as the
  first, and most rules of feedback as the second, is named wrongly: layers of predictive coding are near to all others.
  Dual propagation and backpropagation, whose changes are nearly the same, cannot be told apart, nor should they be.
- Two rules with one start end up hardly more alike than with two, where both learn to the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from plausible.core import Array, randomness
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.plausibility.similarity import MEASURES, matrix
from plausible.registry import registry
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.samples import cast
from plausible.study.study import Cell, Study
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Task, correct

RULES = (
    "backprop",
    "dual-propagation",
    "predictive-coding",
    "equilibrium-propagation",
    "kolen-pollack",
    "weight-mirror",
    "uniform-sign-feedback",
    "feedback-alignment",
    "relaxed-predictive-coding",
    "random-contrastive-hebbian",
    "direct-feedback-alignment",
    "direct-random-target-projection",
    "pepita",
    "forward-forward[label=over,answer=softmax]",
    "shallow",
)
STARTS = 3  # networks of each rule in a cell
RATE, BATCH, EVERY, SHOWN = 2e-3, 32, 8, 200
ACCURACIES = (0.8, 0.9, 0.95)
MATCHED = 0.9
MAPPED = "linear CKA"  # the measure of which pairs and confusions are told


@dataclass
class Seen:
    """A network at one moment: activity of each hidden layer, (examples, units), its accuracy, and after how many epochs."""

    layers: list[Array]
    accuracy: float
    epoch: float


@dataclass
class Looks:
    """A network on its way: when it is looked at, and what was seen, by moment."""

    task: Task
    epochs: tuple[int, ...]
    per_epoch: int
    seen: dict[str, Seen] = field(default_factory=dict)

    def look(self, learner: Learner, number: int) -> None:
        """See a network after `number` changes, if it is time."""
        here = [f"epoch {epoch}" for epoch in self.epochs if epoch * self.per_epoch == number]
        if number % EVERY and not here:
            return
        held_out = self.task.validation
        answers = learner.rule.respond(
            learner.params,
            learner.state,
            held_out.x.astype(learner.params["W1"].dtype),
            np.random.default_rng(0),
        )
        accuracy = float(correct(answers[-1], held_out.y).mean())
        if number % EVERY == 0:
            passed = (f"accuracy {least:g}" for least in ACCURACIES if accuracy >= least)
            here += [moment for moment in passed if moment not in self.seen]
        for moment in here:
            hidden = [activity[:SHOWN].copy() for activity in answers[:-1]]
            self.seen[moment] = Seen(hidden, accuracy, number / self.per_epoch)


def learned(rule: str, task: Task, units: int, epochs: tuple[int, ...], seed: int) -> Mapping[str, Seen]:
    """A network that learns by a rule, at each moment that it comes to."""
    roles, network = randomness(seed), MLP((units, units), output=output("softmax"))
    train, stream = cast(task.train, network.dtype), Minibatches(BATCH)
    looks = Looks(task, epochs, stream.length(train))
    learner = Learner.new(registry.rule(rule, network), Adam(RATE), task.n_in, task.n_out, roles)
    for tick in learner.ticks(stream(train, task.kind, epochs[-1], roles.order)):
        looks.look(learner, tick.number)
    looks.look(learner, epochs[-1] * looks.per_epoch)
    return looks.seen


def layers(bench: Bench, task: str, units: int, epochs: str, rules: int) -> Iterator[Measured]:
    """Networks of the first `rules` rules from `STARTS` starts, and how alike they are; `epochs` as in "0 1 5 20"."""
    given, at = registry.task(task, randomness(bench.seed).data), tuple(map(int, epochs.split()))
    names, nets = RULES[:rules], {}
    for number, rule in enumerate(names):
        for start in range(STARTS):
            nets[rule, start] = learned(rule, given, units, at, STARTS * bench.seed + start)
        bench.progress((number + 1) / (len(names) + 1))
    for rule in names:
        for moment, seen in nets[rule, 0].items():
            yield Measured("accuracy", seen.accuracy, seen.epoch, "validation", f"{moment}: {rule}")
    for moment in (*(f"epoch {epoch}" for epoch in at), *(f"accuracy {least:g}" for least in ACCURACIES)):
        there = [rule for rule in names if all(moment in nets[rule, start] for start in range(STARTS))]
        if len(there) > 1:
            seen = [nets[rule, start][moment] for rule in there for start in range(STARTS)]
            yield from compared(there, seen, moment, at[-1])


def compared(rules: list[str], seen: list[Seen], moment: str, last: int) -> Iterator[Measured]:
    """What is told of the networks of some rules at one moment: `STARTS` of the first rule, as many of the next ...

    Pairs of rules are told after the `last` epoch, and at the accuracy `MATCHED`.
    """
    epoch = float(np.mean([one.epoch for one in seen]))
    accuracy = np.array([one.accuracy for one in seen])

    def told(metric: str, value: float, layer: str) -> Measured:
        return Measured(metric, value, epoch, "validation", f"{moment}{layer}")

    yield told("rules", len(rules), "")
    by_accuracy = recovered(-abs(accuracy[:, None] - accuracy), len(rules))
    yield told("recovered by accuracy", right(by_accuracy), "")
    for layer in range(len(seen[0].layers)):
        name = f", layer {layer + 1}"
        for measure in MEASURES:
            alike = matrix(measure, [one.layers[layer] for one in seen])
            sign = -1 if measure == "Procrustes angle" else 1
            for kind, pairs in kinds(len(rules)).items():
                yield told(f"{measure}, {kind}", float(alike[pairs].mean()), name)
            guesses = recovered(sign * alike, len(rules))
            yield told(f"recovered by {measure}", right(guesses), name)
            yield told(f"start recovered by {measure}", starts(sign * alike, len(rules)), name)
            if measure == MAPPED:
                yield from named(rules, guesses, moment, epoch, name)
                if moment in (f"epoch {last}", f"accuracy {MATCHED:g}"):
                    yield from mapped(rules, alike, moment, epoch, name)


def mapped(rules: list[str], alike: Array, moment: str, epoch: float, layer: str) -> Iterator[Measured]:
    """The mean similarity of every two rules with two starts."""
    apart = kinds(1)["same rule"]
    for i, rule in enumerate(rules):
        for j, other in enumerate(rules[: i + 1]):
            block = alike[i * STARTS : (i + 1) * STARTS, j * STARTS : (j + 1) * STARTS]
            pair = f"{moment}{layer}: {rule} | {other}"
            yield Measured(MAPPED, float(block[apart].mean()), epoch, "validation", pair)


def named(
    rules: list[str], guesses: NDArray[np.intp], moment: str, epoch: float, layer: str
) -> Iterator[Measured]:
    """How many teachers of each rule were named as of which rule."""
    for teacher, rule in enumerate(rules):
        for guess, number in zip(*np.unique(guesses[teacher], return_counts=True), strict=True):
            pair = f"{moment}{layer}: {rule} | {rules[guess]}"
            yield Measured("named", float(number), epoch, "validation", pair)


def kinds(rules: int) -> dict[str, NDArray[np.bool_]]:
    """Which pairs of networks are of one rule, of two, and of two with one start; (networks, networks) each."""
    rule, start = np.divmod(np.arange(rules * STARTS), STARTS)
    same_rule, same_start = rule[:, None] == rule, start[:, None] == start
    found = {"same rule": same_rule & ~same_start, "other rule": ~same_rule & ~same_start}
    return found if rules == 1 else {**found, "same start": ~same_rule & same_start}


def recovered(alike: Array, rules: int) -> NDArray[np.intp]:
    """The number of the rule whose networks of other starts are most alike to each network, (rules, STARTS)."""
    by_rule = alike.reshape(rules * STARTS, rules, STARTS)
    others = np.tile(1 - np.eye(STARTS), (rules, 1))  # of each teacher, the starts that are not its own
    scores = (by_rule * others[:, None, :]).sum(axis=2) / (STARTS - 1)
    best: NDArray[np.intp] = scores.argmax(axis=1).reshape(rules, STARTS)
    return best


def right(guesses: NDArray[np.intp]) -> float:
    """The share of teachers whose own rule is named."""
    return float((guesses == np.arange(len(guesses))[:, None]).mean())


def starts(alike: Array, rules: int) -> float:
    """How often networks of other rules with a network's own start are more alike to it than those with any other."""
    by_start = alike.reshape(rules, STARTS, rules, STARTS)
    others = 1 - np.eye(rules)
    scores = np.einsum("rsqt,rq->rst", by_start, others) / (rules - 1)
    return float((scores.argmax(axis=2) == np.arange(STARTS)).mean())


def at(task: str, units: int, epochs: str, rules: int, seeds: int) -> list[Cell]:
    """A cell for each seed."""
    options = (("task", task), ("units", units), ("epochs", epochs), ("rules", rules))
    return [Experiment("studies.similarity:layers", options, seed) for seed in range(seeds)]


def smoke() -> list[Cell]:
    """Two moons, three rules, in seconds."""
    return at("two-moons[examples=400]", 8, "0 1 2", 3, 1)


def fast() -> list[Cell]:
    """Digits, two layers of 64 units, ten cells of 45 networks, twenty minutes."""
    return at("digits", 64, "0 1 5 20", len(RULES), 10)


study = Study(
    "similarity",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "paper": fast},
)
