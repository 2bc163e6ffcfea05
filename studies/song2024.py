"""Does settling before learning, prospective configuration, win where examples come one by one?

Two cells measure why it should: what one step does to an output that was right already, and how near a step's change
of the answer points to the target, by depth. Four more are of the conditions under which the authors find it better:
examples one by one, labels that drift, few examples, and two tasks that take turns. In these the loss is summed over
the batch, so that a rate is that of an example, and every rule is judged at its own best rate: the one with the least mean
over the seeds that are compared, on validation, which flatters both alike. The test split is not read.

Departures from the authors' grids: activity settles for 64 steps everywhere (theirs 128, and 64 one by one); where labels
drift there are 100 examples of a class (theirs 120); where examples are few there are 4 and 16 of a class and 200
changes, in 32-32 units (theirs 60 and 600 and up to 40,000 changes, with an early stop and a settling rate of 1, in 8-8
as well as in 32-32); where tasks take turns, batches of 60 only (theirs 30 to 500), and as many examples as there are
(theirs 600 of a class). In the committed table `oscillating` counts examples at rest to rounding too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from plausible.core import Array, Params, Presentation, randomness
from plausible.networks.activations import identity, logistic
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.study.columns import option
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.study import Cell, Ours, Published, Study
from plausible.tasks.streams import Minibatches, rewarding
from plausible.tasks.task import Split, Task, correct

PC = "predictive-coding[settling=euler(64,0.1,halving=True)]"
RULES = ("backprop", PC)
NETWORK = MLP((32, 32), logistic, output("logistic-squared", "sum"), init=Glorot("normal"), bias=False)
FOREVER = 1_000_000  # epochs
HELD_OUT = slice(2000)  # validation examples that are looked at on the way
# Around the best rate of either rule, which lies far apart in the four conditions.
RATES = {
    "online": (0.1, 0.2, 0.5, 1.0, 2.0),
    "drift": (0.03, 0.05, 0.1, 0.2),
    "scarce": (0.05, 0.1, 0.2, 0.3, 0.5),
    "alternating": (0.03, 0.05, 0.1, 0.2),
}
EQUILIBRIUM = "predictive-coding[settling=euler(4000,0.2,tolerance=1e-5)]"


def interference(bench: Bench, rule: str, rate: float = 0.2) -> Iterator[Measured]:
    """1-1-2 linear units, all weights 1, x = 1, target (0, 1), one step; Fig. 3a-d. The second output was right."""
    network, x, y = linear(1), np.ones((1, 1)), np.array([[0.0, 1.0]])
    after = learned(network, rule, rate, {"W1": np.ones((1, 1)), "W2": np.ones((1, 2))}, x, y)[0]
    yield Measured("output", float(after[0, 0]), rate, layer="to be changed")
    yield Measured("output", float(after[0, 1]), rate, layer="right already")
    yield Measured("target alignment", cosine(after - 1, y - 1), rate)


def alignment(bench: Bench, rule: str, depth: int) -> Iterator[Measured]:
    """Linear layers of 64 units, normal input and target, one step of rate 1e-3 from Glorot's weights; Fig. 3e.

    At 15 layers one of five examples does not come to the tolerance within the steps given; `settled` says so.
    """
    network, roles = linear(*[64] * (depth - 1)), randomness(bench.seed)
    params, (x, y) = network.start(64, 64, roles.weights), roles.data.standard_normal((2, 1, 64))
    before = network.forward(params, x).activities[-1]
    after, seen = learned(network, rule, 1e-3, params, x, y)
    yield Measured("target alignment", cosine(after - before, y - before), depth)
    for name in ("residual", "settled"):
        if name in seen:
            yield Measured(name, seen[name], depth)


def linear(*hidden: int) -> MLP:
    """Without biases, in float64."""
    return MLP(hidden, identity, output("linear"), "float64", Glorot(), bias=False)


def learned(
    network: MLP, rule: str, rate: float, params: Params, x: Array, y: Array
) -> tuple[Array, dict[str, float]]:
    """The answer after one step of descent, and what the rule saw of itself."""
    shown = Presentation(x, y, lambda answer: -((answer - y) ** 2).sum(axis=1))
    start = registry.rule(rule, network), SGD(rate), params, None, SGD(rate).init(params)
    learner = Learner(*start, np.random.default_rng(0))
    ticks = list(learner.ticks([shown]))
    return network.forward(params, x).activities[-1], dict(ticks[0].step.internals)


def cosine(a: Array, b: Array) -> float:
    """Of the angle between two arrays."""
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


def mechanisms(depths: tuple[int, ...], seeds: int) -> list[Cell]:
    """Interference and alignment."""
    here, both = "studies.song2024", ("backprop", EQUILIBRIUM)
    found: list[Cell] = [Experiment(f"{here}:interference", (("rule", rule),)) for rule in both]
    for rule in both:
        for depth in depths:
            options = (("rule", rule), ("depth", depth))
            found += [Experiment(f"{here}:alignment", options, seed) for seed in range(seeds)]
    return found


def online(
    bench: Bench, rule: str, rate: float, task: str, batch: int, iterations: int
) -> Iterator[Measured]:
    """Examples one by one, or in minibatches; the error every 64th change, as the authors look at it; Fig. 4."""
    found = registry.task(task, randomness(bench.seed).data)
    yield from steadily(bench, rule, rate, found, found.train, batch, iterations, 64)


def drift(
    bench: Bench, rule: str, rate: float, task: str, per_class: int, iterations: int, every: int
) -> Iterator[Measured]:
    """After `every` changes five of ten classes trade their labels; batches of 32, the error every eighth change."""
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    maps = list(relabelled(roles.probes, found.n_out, iterations // every + 1))
    shown = Minibatches(32)(few(found.train, per_class, roles.data), found.kind, FOREVER, roles.order)
    stream = (renamed(part, maps[n // every]) for n, part in enumerate(islice(shown, iterations + 1)))

    def splits(number: int) -> Mapping[str, Split]:
        x, y, _ = found.validation.some(HELD_OUT)
        return {} if number % 8 else {"": Split(x, y[:, maps[number // every]])}

    yield from followed(bench, rule, rate, (found.n_in, found.n_out), stream, splits)


def scarce(
    bench: Bench, rule: str, rate: float, task: str, per_class: int, iterations: int
) -> Iterator[Measured]:
    """So many examples of every class, in batches of 32, the error every eighth change."""
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    yield from steadily(bench, rule, rate, found, few(found.train, per_class, roles.data), 32, iterations, 8)


def steadily(
    bench: Bench, rule: str, rate: float, task: Task, shown: Split, batch: int, iterations: int, every: int
) -> Iterator[Measured]:
    """The same examples again and again; the error after so many changes."""
    stream = Minibatches(batch)(shown, task.kind, FOREVER, randomness(bench.seed).order)
    held_out, sizes = task.validation.some(HELD_OUT), (task.n_in, task.n_out)
    yield from followed(
        bench, rule, rate, sizes, islice(stream, iterations + 1),
        lambda number: {} if number % every else {"": held_out},
    )  # fmt: skip


def alternating(
    bench: Bench, rule: str, rate: float, task: str, batch: int, iterations: int, every: int
) -> Iterator[Measured]:
    """Classes 0 to 4, and 5 to 9 with the same five outputs, take turns after `every` changes; the errors of both."""
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    halves = [half(found.train, part) for part in (0, 1)]
    streams = [Minibatches(batch)(each, found.kind, FOREVER, roles.order) for each in halves]
    stream = (next(streams[number // every % 2]) for number in range(iterations + 1))
    looked_at = found.validation.some(HELD_OUT)
    held_out = {"classes 0 to 4": half(looked_at, 0), "classes 5 to 9": half(looked_at, 1)}
    sizes = (found.n_in, halves[0].y.shape[1])
    yield from followed(bench, rule, rate, sizes, stream, lambda number: held_out)


def followed(
    bench: Bench,
    rule: str,
    rate: float,
    sizes: tuple[int, int],
    stream: Iterator[Presentation],
    splits: Callable[[int], Mapping[str, Split]],
) -> Iterator[Measured]:
    """Learn from `stream` in the authors' network; errors in per cent in `splits`, by name, before each change.

    With them goes what the rule saw of itself while it worked that change out, such as whether it had settled.
    """
    network, roles = NETWORK, randomness(bench.seed)
    learner = Learner.new(registry.rule(rule, network), SGD(rate), *sizes, roles)
    for tick in learner.ticks(stream):
        looked_at = splits(tick.number)
        for name, (x, y, _) in looked_at.items():
            right = correct(network.forward(tick.params, x).activities[-1], y)
            yield Measured("error", 100 * (1 - float(right.mean())), tick.number, "validation", name)
        seen = tick.step.internals if looked_at else {}
        for name, value in seen.items():
            if isinstance(value, int | float):
                yield Measured(name, float(value), tick.number)


def few(split: Split, per_class: int, rng: np.random.Generator) -> Split:
    """So many examples of every class, drawn without replacement."""
    order = rng.permutation(split.examples)
    labels = split.y[order].argmax(axis=1)
    return split.some(np.concatenate([order[labels == k][:per_class] for k in range(split.y.shape[1])]))


def half(split: Split, part: int) -> Split:
    """The first or the second half of the classes, with half of the outputs."""
    classes = split.y.shape[1] // 2
    mine = slice(part * classes, (part + 1) * classes)
    found = split.some(np.flatnonzero(split.y[:, mine].any(axis=1)))
    return Split(found.x, found.y[:, mine])


def relabelled(rng: np.random.Generator, classes: int, times: int) -> Iterator[NDArray[np.intp]]:
    """The class that every output stands for; half of them, drawn anew, move on by one each time."""
    meaning = np.arange(classes)
    for _ in range(times):
        yield meaning.copy()
        moved = rng.permutation(classes)[: classes // 2]
        meaning[moved] = meaning[np.roll(moved, 1)]


def renamed(shown: Presentation, meaning: NDArray[np.intp]) -> Presentation:
    """The same examples, with outputs that stand for other classes."""
    y = shown.y[:, meaning]
    return Presentation(shown.x, y, rewarding("classes", y, None))


def conditions(
    task: str,
    rates: Mapping[str, tuple[float, ...]],
    drifting: int,
    seeds: int,
    one_by_one: int,
    batches: tuple[int, ...] = (1,),
) -> list[Cell]:
    """Learning one by one, drift, for so many changes, small data and alternating tasks, at all their rates; Fig. 4."""
    here, found = "studies.song2024", []
    settings: list[tuple[str, dict[str, int]]] = [
        *(("online", {"batch": batch, "iterations": one_by_one}) for batch in batches),
        ("drift", {"per_class": 100, "iterations": drifting, "every": 64}),
        ("scarce", {"per_class": 4, "iterations": min(drifting, 200)}),
        ("scarce", {"per_class": 16, "iterations": min(drifting, 200)}),
        ("alternating", {"batch": 60, "iterations": min(drifting, 80), "every": 4}),
    ]
    for function, options in settings:
        for rule in RULES:
            for rate in rates[function]:
                given = {"rule": rule, "rate": rate, "task": task, **options}
                cell = Experiment(f"{here}:{function}", tuple(given.items()))
                found += [replace(cell, seed=seed) for seed in range(seeds)]
    return [*found]


def smoke() -> list[Cell]:
    """Seconds."""
    return [*mechanisms((2,), 1), *conditions("digits", dict.fromkeys(RATES, (0.1,)), 4, 1, 4)]


def fast() -> list[Cell]:
    """Fashion-MNIST: one by one, drifting, few, and in turns; half an hour. The committed table is of this scale."""
    return [
        *mechanisms((1, 2, 3, 5, 8, 11, 15), 5),
        *conditions("fashion-mnist", RATES, 3000, 5, 4096),
    ]


def long() -> list[Cell]:
    """The same for longer where examples come one by one, and with more seeds; hours."""
    lessons = conditions("fashion-mnist", RATES, 3000, 10, 12_800)
    return [*mechanisms((1, 2, 3, 5, 8, 11, 15), 5), *lessons]


def paper() -> list[Cell]:
    """One by one and in batches of 8, 16, 32 and 64 too, for 200 checks of 64 steps, and 10 seeds; days."""
    rates = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
    lessons = conditions("fashion-mnist", dict.fromkeys(RATES, rates), 3000, 10, 12_800, (1, 8, 16, 32, 64))
    return [*mechanisms(tuple(range(1, 16)), 20), *lessons]


def advantage(task: str, measure: str = "mean", **options: float) -> Ours:
    """Backprop's error less that of predictive coding, each at its best rate; one for a seed.

    Of the error on the way, the `mean` or the `min`; of cells with these options.
    """

    def ours(table: pd.DataFrame) -> list[float]:
        found = table[(table.task == task) & (table.metric == "error") & (table.epoch > 0)]
        for name, value in options.items():
            found = found[option(found, f"rule_{name}") == value]
        return fewer(found.assign(rule=option(found, "rule_rule"), rate=option(found, "rule_rate")), measure)

    return ours


def first_drift(table: pd.DataFrame) -> list[float]:
    """The advantage in what the first run of drifting labels was: 640 changes, three seeds, rates of 0.05, 0.1 and 0.2."""
    found = table[(table.task == "drift") & (table.metric == "error") & table.epoch.between(1, 640)]
    found = found[(found.seed < 3) & option(found, "rule_rate").isin([0.05, 0.1, 0.2])]
    return fewer(found.assign(rule=option(found, "rule_rule"), rate=option(found, "rule_rate")))


def fewer(errors: pd.DataFrame, measure: str = "mean") -> list[float]:
    """Backprop's error less that of predictive coding, in points, at the rate at which a rule's mean over seeds is least."""
    each = errors.groupby(["rule", "rate", "seed"], observed=True).value.agg(measure)
    best = dict(each.groupby(["rule", "rate"]).mean().unstack("rule").idxmin()) if len(each) else {}
    if not {*RULES} <= {*best}:
        return []
    ours, theirs = each[PC][best[PC]], each["backprop"][best["backprop"]]
    return [float(value) for value in (theirs - ours).dropna()]


# Of the conditions the paper's sign is known, and nothing else. Interference and alignment in closed form, 1-1-2, are held
# by tests (tests/identities/test_predictive_coding.py), and drawn.
SIGN = "[song2024], Fig. 4: its sign"
SETTLING = {"rule": "activity settles for 64 steps, 128 there but one by one"}
CHOSEN = "each rule at the best of its rates, by validation on the seeds that are compared"
SHORTER = {
    "rule": "64 settling steps, as there",
    "epochs": "4,096 changes, not 12,800, but at long and paper",
}
DRIFTING = SETTLING | {"data": "100 examples a class, not 120"}
FEW = {**SETTLING, "epochs": "200 changes, not up to 40,000 with an early stop"}
FIRST_RUN = (
    "this was the study's first run, of 640 changes, three seeds and three rates; it was then lengthened to the published "
    "3,000 changes, and later to five seeds and four rates"
)
CONDITIONS: tuple[tuple[str, Ours, Mapping[str, str], str], ...] = (
    ("at batch 1, 12,800 changes", advantage("online", batch=1, iterations=12_800), {}, CHOSEN),
    ("at batch 1, 4,096 changes", advantage("online", batch=1, iterations=4096), {"epochs": "4,096 changes, not 12,800"}, CHOSEN),
    ("where labels drift", advantage("drift"), DRIFTING, f"{CHOSEN}; lengthened after its first run had the other sign"),
    ("where labels drift, the first 640 changes", first_drift, DRIFTING | {"epochs": "640 changes, not 3,000"}, FIRST_RUN),
    ("with 4 examples a class", advantage("scarce", "min", per_class=4), FEW | {"data": "4 a class, not 60"}, CHOSEN),
    ("with 16 examples a class", advantage("scarce", "min", per_class=16), FEW | {"data": "16 a class, not 60 or 600"}, CHOSEN),
    ("where tasks take turns", advantage("alternating"), SETTLING | {"data": "batches of 60, and as many examples as there are"}, CHOSEN),
)  # fmt: skip
published = tuple(
    Published(
        f"advantage {where}, points", 0.0, 0.0, SIGN, "M", ours, side="at least",
        otherwise=(-0.1, "backprop ahead by a tenth of a point"), because="the sign, and nothing else, is known",
        differs=differs, hindsight=hindsight, runs=where,
    )
    for where, ours, differs, hindsight in CONDITIONS
)  # fmt: skip

study = Study(
    "song2024",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    published,
    (
        "error",
        "residual",
        "settling steps",
        "settled",
        "oscillating",
        "output",
        "target alignment",
    ),
)
