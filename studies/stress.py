"""How much of its accuracy does each rule keep, late, by noise, in few bits, with held signs or lost synapses?

    plausible run stress --scale tuned       # an hour of a core
    plausible run stress --scale long        # what RATES was chosen by

Every rule learns alone, and under each stress at some of three strengths, on the same seeds: what is read is the
difference on each seed. The accuracy is that of the test split at the end, answered under the stress. What the
stresses are says `plausible.plausibility.stress`; signs are held by the optimiser `held-signs`. Network, activation,
first weights, batch, epochs and momentum are held alike. The rate of each rule is the one of a grid, factors of about
3 apart, that had the best mean validation accuracy, without stress, on two seeds that are measured nowhere else
(`UNSTEADY`: five). It is not chosen anew under stress, so that a rule which would keep more at another rate is shown
as it is. MNIST is a part of 5,000 images, at rates chosen there. Rules that learn from noise or from a reward, and
columns of excitatory and inhibitory units, have learned next to nothing in so few epochs: they learn for ten times as
many. Features that compete learn in one wide layer, and are then read out. Each of these groups stands beside
backprop in its own setting, at rates chosen in the same way. Feedback that a rule does not have cannot be stressed,
nor can activity that does not come from the network's activation: these combinations are skipped, with the reason. Of
rules of spikes those of first spikes are there, with their own defaults, on digits, under jitter of the spikes that
come in; runs of the others take minutes.

What it found stands in docs/plausibility.md: noise in activity costs the rules most whose teaching signal is a difference
of activities; delays cost most of what is learned at large rates, and little at small ones; changes of few bits, half of
the synapses lost and signs that are held cost most rules next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from plausible.core import Optimiser
from plausible.networks.activations import relu, tanh
from plausible.networks.inits import Gaussian
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.adam import Adam
from plausible.optimise.held_signs import HeldSigns
from plausible.optimise.relative import Relative
from plausible.optimise.sgd import SGD
from plausible.optimise.staged import Staged
from plausible.probes.cost import Cost
from plausible.probes.performance import Scores
from plausible.probes.probe import Probe
from plausible.study.run import Run
from plausible.study.study import Cell, Skipped, Study, cells

GRID = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
RATES = {  # by rule, those on digits and on MNIST; the best of GRID, as the top of this file says
    "backprop": (0.1, 0.1),
    "feedback-alignment": (0.1, 0.03),
    "direct-feedback-alignment": (0.3, 0.03),
    "direct-random-target-projection": (0.3, 0.1),
    "uniform-sign-feedback": (0.1, 0.03),
    "fixed-random-sign-feedback": (0.1, 0.03),
    "kolen-pollack": (0.1, 0.03),
    "weight-mirror": (0.1, 0.03),
    "symmetric-alignment": (0.1, 0.03),
    "pepita": (1.0, 0.3),
    "forward-forward": (0.1, 0.03),
    "predictive-coding": (0.3, 0.03),
    "fixed-prediction-coding": (0.1, 0.1),
    "zero-divergence-learning": (0.1, 0.1),
    "relaxed-predictive-coding": (0.03, 0.01),
    "equilibrium-propagation": (0.1, 0.03),
    "dual-propagation": (0.1, 0.03),
    "vector-field-equilibrium-propagation": (0.03, 0.03),
    "self-predicting-microcircuit": (0.3, 0.03),
    "layerwise-classifiers": (0.1, 0.03),
    "fixed-classifiers": (0.3, 0.03),
    "difference-target-propagation": (0.1, 0.03),
    "direct-difference-target-propagation": (0.03, 0.03),
    "global-error-vector-broadcasting": (0.03, 0.03),
    "decorrelated[rule=backprop]": (0.3, 0.1),
    "dann": (0.1, 0.1),
}
PATIENT = {  # rules that learn from noise or a reward, and columns, in ten times as many epochs: by task, as above
    "backprop": (0.1, 0.1),
    "node-perturbation": (0.003, 0.001),
    "forward-gradient": (0.003, 0.001),
    "agrel": (0.01, 0.003),
    "brainprop": (0.03, 0.01),
    "column-ei": (0.03, 0.03),
}
FEATURES = {  # features that compete, in 3 epochs, and a read-out of them in 6: by task, the best of both grids
    "krotov-hopfield": ((0.01, 0.3), (0.3, 0.01)),
    "soft-hebb": ((0.3, 1.0), (0.1, 0.1)),
}
TOGETHER = (
    0.01,
    0.01,
)  # the best of READ of backprop in the network of features, all of which it learns at once
LOWER = (0.0003, 0.001, *GRID[:5])  # the grid of rules that learn from noise
UNSTEADY = ("agrel", "brainprop")  # whose seeds are far apart: their rates are chosen on five
RELATIVE, READ = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0), (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
STRENGTHS: dict[str, tuple[float, ...]] = {  # of each stress, weak to strong
    "delay": (2, 8, 32),
    "asleep": (0.5, 0.8, 0.95),
    "weight_noise": (0.1, 0.3, 1.0),
    "feedback_noise": (0.3, 1.0, 3.0),
    "activity_noise": (0.1, 0.3, 1.0),
    "target_noise": (0.1, 0.3, 1.0),
    "weight_bits": (6, 4, 2),
    "update_bits": (6, 4, 2),
    "lost": (0.25, 0.5, 0.75),
    "lost_feedback": (0.25, 0.5, 0.75),
}
SIGNS = (0.5, 0.75, 1.0)  # the shares of units whose signs are held, as far
JITTER = (1.0, 3.0, 10.0)  # steps, of 50 in which a line spikes once
FIRST = ("s2-stdp", "first-spike-reward-stdp")  # rules of first spikes
SPIKES = (  # with what `spikes_on_tasks` chose on digits, and as they are by default
    "s2-stdp[rate=0.03439,gap=0.1437]",
    "paired-competing-neurons[rate=0.1213,gap=0.137]",
    "neuronal-competition-groups[rate=0.6169,gap=0.1256]",
    "first-spike-stdp[plus=0.01551,theta=0.2285]",
    "first-spike-reward-stdp",
    "kinase[rate=0.01569,back=1.846]",
    "event-driven-feedback[rate=0.01393,gain=3.336]",
    "mstdpet[rate=0.01569,gain=10.42]",
    "reward-stdp[rate=0.02029,gain=5.15]",
)
WEAK, MIDDLE, STRONG = range(3)
FEW = ("weight_noise", "lost")
DIGITS, MNIST = TASKS = "digits[split=seed]", "mnist-part"
CHOOSING = (Scores("validation", ("end",)),)
ENDING = (Scores("test", ("end",)),)  # nothing is measured on the way
BATCH = 20  # of examples that features are learned from
EXAMPLES = {DIGITS: 1078, MNIST: 5000}
FRESH = 1000  # the first of the seeds that rates are chosen on


USUAL = (*RATES,)
RULES = (*dict.fromkeys([*RATES, *PATIENT, *FEATURES]),)
SLOWEST = ("global-error-vector-broadcasting",)  # which costs as much as all others together
DEAR = ("decorrelated[rule=backprop]",)  # with as many inputs as pixels of MNIST
SLOW = (  # those that settle for longest
    "equilibrium-propagation",
    "vector-field-equilibrium-propagation",
    "self-predicting-microcircuit",
)


class Setting(NamedTuple):
    """In what rules learn, each by its optimiser."""

    task: str
    optimisers: Mapping[str, Optimiser]
    network: MLP
    epochs: int
    batch: int = 32

    def cells(self, optimisers: Mapping[str, Optimiser], seeds: int) -> list[Cell]:
        """These rules in the setting, seed by seed."""
        return cells(
            [self.task], [*optimisers], [self.network], optimisers, self.epochs, self.batch, seeds
        )  # fmt: skip


def network(hidden: int) -> MLP:
    """Two layers of tanh units, for all rules alike."""
    return MLP((hidden, hidden), tanh, output("softmax"))


def descent(task: str, rule: str) -> SGD:
    """Gradient descent with momentum, at the rate of a rule."""
    return SGD(RATES[rule][TASKS.index(task)], momentum=0.9)


def usual(task: str, rules: Sequence[str], hidden: int, epochs: int) -> Setting:
    """What most rules learn in."""
    return Setting(task, {rule: descent(task, rule) for rule in rules}, network(hidden), epochs)


def patient(task: str, hidden: int, epochs: int) -> Setting:
    """The same for rules that take longer."""
    place = TASKS.index(task)
    optimisers = {rule: SGD(rates[place], momentum=0.9) for rule, rates in PATIENT.items()}
    return Setting(task, optimisers, network(hidden), epochs)


def features(task: str, units: int, epochs: int) -> Setting:
    """A layer whose features are learned in a third of the epochs, and read out in the others, as in `illing2019`."""
    place = TASKS.index(task)
    optimisers: dict[str, Optimiser] = {"backprop": Adam(TOGETHER[place])}
    optimisers |= {rule: staged(task, *rates[place], epochs) for rule, rates in FEATURES.items()}
    return Setting(task, optimisers, wide(units), epochs, BATCH)


def wide(units: int) -> MLP:
    """One layer of rectified units with large weights, from small ones one unit would win all."""
    return MLP((units,), relu, bias=False, init=Gaussian(0.5))


def staged(task: str, rate: float, read: float, epochs: int) -> Staged:
    """Changes relative to the largest of them, then the read-out's."""
    return Staged(Relative(SGD(rate)), Adam(read), ("W1",), epochs // 3 * -(-EXAMPLES[task] // BATCH))


def texts(rule: str, levels: Sequence[int], stresses: Sequence[str]) -> list[str]:
    """A rule under each of the stresses, as on the command line, at these of their strengths."""
    return [
        f"stressed[rule={rule},{stress}={STRENGTHS[stress][level]}]"
        for stress in stresses
        for level in levels
    ]


def alone(setting: Setting, seeds: int) -> list[Cell]:
    """Each rule without stress; what it costs is counted, too."""
    return [probed(cell, (*ENDING, Cost())) for cell in setting.cells(setting.optimisers, seeds)]


def strained(
    setting: Setting,
    seeds: int,
    levels: Sequence[int] = (MIDDLE,),
    stresses: Sequence[str] = tuple(STRENGTHS),
) -> list[Cell]:
    """Each rule under each stress, and with signs held; where one cannot be had, skipped with the reason."""
    bare = setting.optimisers
    stressed = {text: optimiser for rule, optimiser in bare.items() for text in texts(rule, levels, stresses)}
    held = [{rule: HeldSigns(bare[rule], SIGNS[level]) for rule in bare} for level in levels]
    return [
        probed(cell, ENDING) for optimisers in (*held, stressed) for cell in setting.cells(optimisers, seeds)
    ]


def timed(rules: Sequence[str], levels: Sequence[int], epochs: int, seeds: int) -> list[Cell]:
    """Rules of first spikes on digits, alone and with spikes that come in sooner or later."""
    moved = [f"stressed[rule={rule},jitter={JITTER[level]}]" for level in levels for rule in rules]
    made = cells([DIGITS], [*rules, *moved], [MLP((100,))], SGD(1.0), epochs, 1000, seeds)
    return [probed(cell, ENDING) for cell in made]


def spiking(task: str, rules: Sequence[str], epochs: int, seeds: int) -> list[Cell]:
    """Rules of spikes, without stress, beside backprop with as many hidden units and its rate above."""
    beside = Setting(
        task, {"backprop": descent(task, "backprop")}, MLP((100,), tanh, output("softmax")), epochs
    )
    made = cells([task], rules, [MLP((100,))], SGD(1.0), epochs, 1000, seeds)
    return [*alone(beside, seeds), *(probed(cell, (*ENDING, Cost())) for cell in made)]


def probed(cell: Cell, probes: tuple[Probe, ...]) -> Cell:
    """A cell that measures this alone."""
    if isinstance(cell, Skipped):
        return Skipped(probed(cell.run, probes), cell.reason)  # type: ignore[arg-type]
    return replace(cell, probes=probes)  # type: ignore[type-var, call-arg]


def smoke() -> list[Cell]:
    """Two rules on few images, in seconds."""
    two = usual(DIGITS, USUAL[:2], 8, 1)
    return [*alone(two, 1), *strained(two, 1)]


def fast() -> list[Cell]:
    """Ten rules on digits, three seeds, the middle strengths: a minute."""
    ten = usual(DIGITS, USUAL[:10], 32, 4)
    return [*alone(ten, 3), *strained(ten, 3)]


def tuned() -> list[Cell]:
    """All rules on ten seeds: digits at one strength, the quick ones at two, and on MNIST under few stresses at one."""
    most = [rule for rule in USUAL if rule not in SLOWEST]
    quick = [rule for rule in most if rule not in SLOW]
    small = [rule for rule in quick if rule not in DEAR]
    digits, mnist = usual(DIGITS, quick, 32, 4), usual(MNIST, small, 64, 2)
    apart = patient(DIGITS, 32, 40), features(DIGITS, 100, 9)
    larger = patient(MNIST, 64, 20), features(MNIST, 100, 9)
    return [
        *alone(usual(DIGITS, USUAL, 32, 4), 10),
        *strained(usual(DIGITS, most, 32, 4), 10),
        *alone(usual(MNIST, USUAL, 64, 2), 10),
        *strained(mnist, 10, stresses=FEW),
        *strained(digits, 10, (STRONG,)),
        *strained(usual(DIGITS, SLOWEST, 32, 4), 10, stresses=FEW),
        *timed(FIRST, (WEAK, MIDDLE, STRONG), 4, 10),
        *(cell for each in apart for cell in (*alone(each, 10), *strained(each, 10))),
        *(cell for each in larger for cell in (*alone(each, 10), *strained(each, 10, stresses=FEW))),
    ]


def rates() -> list[Cell]:
    """Every rule at every rate of the grid, on two seeds of their own; the test split is not read."""
    found: list[Cell] = []
    most, slow = ((DIGITS, 32, 4), (MNIST, 64, 2)), ((DIGITS, 32, 40), (MNIST, 64, 20))
    both = *product([USUAL], GRID, most), *product([(*PATIENT,)], LOWER, slow)
    for rules, rate, (task, hidden, epochs) in both:
        setting = Setting(task, {}, network(hidden), epochs)
        step = SGD(rate, momentum=0.9)
        for seeds, some in ((2, {*rules} - {*UNSTEADY}), (5, {*rules} & {*UNSTEADY})):
            found += setting.cells({rule: step for rule in rules if rule in some}, seeds)
    for task, rate, read in product(TASKS, RELATIVE, READ):
        two: dict[str, Optimiser] = dict.fromkeys(FEATURES, staged(task, rate, read, 9))
        found += features(task, 100, 9).cells({"backprop": Adam(read), **two}, 2)
    runs = [cell for cell in found if isinstance(cell, Run)]
    return [replace(run, seed=FRESH + run.seed, test=False, probes=CHOOSING) for run in runs]


def paper() -> list[Cell]:
    """Twenty seeds in wider layers and longer, all strengths on both: hours."""
    settings = (
        usual(DIGITS, USUAL, 128, 40),
        usual(MNIST, USUAL, 256, 10),
        patient(DIGITS, 128, 400),
        features(DIGITS, 500, 30),
        patient(MNIST, 256, 100),
        features(MNIST, 500, 30),
    )
    levels = (WEAK, MIDDLE, STRONG)
    every = [cell for each in settings for cell in (*alone(each, 20), *strained(each, 20, levels))]
    return [*every, *timed(FIRST, levels, 20, 20)]


study = Study(
    "stress",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "tuned": tuned, "long": rates, "paper": paper},
    metrics=("accuracy", "multiply-adds per example"),
)
