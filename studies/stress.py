"""How much of its accuracy does each rule keep, late, by noise, in few bits, with held signs or lost synapses?

    plausible run stress --scale tuned       # a quarter of an hour of a core
    plausible run stress --scale long        # what RATES was chosen by

Every rule learns alone, and under each stress at some of three strengths, on the same seeds: what is read is the
difference on each seed. The accuracy is that of the test split at the end, answered under the stress. What the stresses
are says `plausible.plausibility.stress`; signs are held by the optimiser `held-signs`. Network, activation, first weights,
batch, epochs and momentum are held alike. The rate of each rule is the one of a grid, factors of about 3 apart, that had
the best mean validation accuracy, without stress, on two seeds that are measured nowhere else. It is not chosen anew under
stress, so that a rule which would keep more at another rate is shown as it is. MNIST is a part of 5,000 images, at rates
chosen there. Feedback that a rule does not have cannot be stressed, nor can activity that does not come from the network's
activation: these combinations are skipped, with the reason. Of rules of spikes those of first spikes are there, with
their own defaults, on digits, under jitter of the spikes that come in; runs of the others take minutes.

What it found stands in docs/plausibility.md: noise in activity costs the rules most whose teaching signal is a difference
of activities; delays cost all rules most of what they learn; changes of few bits, half of the synapses lost and signs that
are held cost most rules next to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plausible.networks.activations import tanh
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.held_signs import HeldSigns
from plausible.optimise.sgd import SGD
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
}
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
WEAK, MIDDLE, STRONG = range(3)
FEW = ("weight_noise", "lost")
DIGITS, MNIST = TASKS = "digits[split=seed]", "mnist-part"
CHOOSING = (Scores("validation", ("end",)),)
ENDING = (Scores("test", ("end",)),)  # nothing is measured on the way
FRESH = 1000  # the first of the seeds that rates are chosen on


RULES = (*RATES,)
SLOWEST = ("global-error-vector-broadcasting",)  # which costs as much as all others together
SLOW = (  # those that settle for longest
    "equilibrium-propagation",
    "vector-field-equilibrium-propagation",
    "self-predicting-microcircuit",
)


def network(hidden: int) -> MLP:
    """Two layers of tanh units, for all rules alike."""
    return MLP((hidden, hidden), tanh, output("softmax"))


def descent(task: str, rule: str) -> SGD:
    """Gradient descent with momentum, at the rate of a rule."""
    return SGD(RATES[rule][TASKS.index(task)], momentum=0.9)


def texts(rule: str, levels: Sequence[int], stresses: Sequence[str]) -> list[str]:
    """A rule under each of the stresses, as on the command line, at these of their strengths."""
    return [
        f"stressed[rule={rule},{stress}={STRENGTHS[stress][level]}]"
        for stress in stresses
        for level in levels
    ]


def alone(task: str, rules: Sequence[str], hidden: int, epochs: int, seeds: int) -> list[Cell]:
    """Each rule without stress; what it costs is counted, too."""
    bare = {rule: descent(task, rule) for rule in rules}
    made = cells([task], rules, [network(hidden)], bare, epochs, 32, seeds)
    return [probed(cell, (*ENDING, Cost())) for cell in made]


def strained(
    task: str,
    rules: Sequence[str],
    hidden: int,
    epochs: int,
    seeds: int,
    levels: Sequence[int] = (MIDDLE,),
    stresses: Sequence[str] = tuple(STRENGTHS),
) -> list[Cell]:
    """Each rule under each stress, and with signs held; where one cannot be had, skipped with the reason."""
    bare = {rule: descent(task, rule) for rule in rules}
    stressed = {text: optimiser for rule, optimiser in bare.items() for text in texts(rule, levels, stresses)}
    held = [{rule: HeldSigns(bare[rule], SIGNS[level]) for rule in rules} for level in levels]
    return [
        probed(cell, ENDING)
        for optimisers in (*held, stressed)
        for cell in cells([task], [*optimisers], [network(hidden)], optimisers, epochs, 32, seeds)
    ]


def timed(rules: Sequence[str], levels: Sequence[int], epochs: int, seeds: int) -> list[Cell]:
    """Rules of first spikes on digits, alone and with spikes that come in sooner or later."""
    moved = [f"stressed[rule={rule},jitter={JITTER[level]}]" for level in levels for rule in rules]
    made = cells([DIGITS], [*rules, *moved], [MLP((100,))], SGD(1.0), epochs, 1000, seeds)
    return [probed(cell, ENDING) for cell in made]


def probed(cell: Cell, probes: tuple[Probe, ...]) -> Cell:
    """A cell that measures this alone."""
    if isinstance(cell, Skipped):
        return Skipped(probed(cell.run, probes), cell.reason)  # type: ignore[arg-type]
    return replace(cell, probes=probes)  # type: ignore[type-var, call-arg]


def smoke() -> list[Cell]:
    """Two rules on few images, in seconds."""
    return [*alone(DIGITS, RULES[:2], 8, 1, 1), *strained(DIGITS, RULES[:2], 8, 1, 1)]


def fast() -> list[Cell]:
    """Ten rules on digits, three seeds, the middle strengths: a minute."""
    return [*alone(DIGITS, RULES[:10], 32, 4, 3), *strained(DIGITS, RULES[:10], 32, 4, 3)]


def tuned() -> list[Cell]:
    """All rules on ten seeds: digits at one strength, the quick ones at two, and on MNIST under few stresses at one."""
    most = [rule for rule in RULES if rule not in SLOWEST]
    quick = [rule for rule in most if rule not in SLOW]
    return [
        *alone(DIGITS, RULES, 32, 4, 10),
        *strained(DIGITS, most, 32, 4, 10),
        *alone(MNIST, RULES, 64, 2, 10),
        *strained(MNIST, quick, 64, 2, 10, stresses=FEW),
        *strained(DIGITS, quick, 32, 4, 10, (STRONG,)),
        *strained(DIGITS, SLOWEST, 32, 4, 10, stresses=FEW),
        *timed(FIRST, (WEAK, MIDDLE, STRONG), 4, 10),
    ]


def rates() -> list[Cell]:
    """Every rule at every rate of the grid, on two seeds of their own; the test split is not read."""
    found = []
    for task, hidden, epochs in ((DIGITS, 32, 4), (MNIST, 64, 2)):
        for rate in GRID:
            made = cells([task], RULES, [network(hidden)], SGD(rate, momentum=0.9), epochs, 32, 2)
            runs = [cell for cell in made if isinstance(cell, Run)]
            found += [replace(run, seed=FRESH + run.seed, test=False, probes=CHOOSING) for run in runs]
    return found


def paper() -> list[Cell]:
    """Twenty seeds in wider layers and longer, all strengths on both: hours."""
    images = (DIGITS, RULES, 128, 40, 20), (MNIST, RULES, 256, 10, 20)
    usual = [cell for each in images for cell in (*alone(*each), *strained(*each, (WEAK, MIDDLE, STRONG)))]
    return [*usual, *timed(FIRST, (WEAK, MIDDLE, STRONG), 20, 20)]


study = Study(
    "stress",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "tuned": tuned, "long": rates, "paper": paper},
    metrics=("accuracy", "multiply-adds per example"),
)
