"""What accuracy does a rule give up for each objection to backpropagation that it removes, and at what cost?

    plausible run plausibility_performance --scale tuned

Accuracy and multiply-adds are those of the runs without stress of the study `stress`, and shared with it; see there how
rates were chosen. Rules of spikes stand beside backprop with as many hidden units, with the constants that
`spikes_on_tasks` chose on digits, on MNIST too; what they compute are no multiply-adds. How many objections are left is measured, too: each rule is audited on its own code
(`plausible.plausibility.objections`), and the counts stand in the table beside the accuracy. An objection counts one,
whether it is small or large: the axis orders rules, and measures no distance. The two rules of spikes whose run takes a
minute and more, urbanczik-senn and diehl-cook, are missing.

What it found: objections and losses have a rank correlation of -0.54 on digits and -0.64 on MNIST, so that removing
objections goes with losing accuracy; groups of competing neurons that spike once have 5 left, and lose 1.2 and 2.1 points;
first-spike STDP has 2 left, and loses 3.3 points on digits and 29 on MNIST; at the cost of backprop, dual propagation has
two objections fewer and loses nothing that can be told.
"""

from __future__ import annotations

from plausible.study.experiment import Experiment
from plausible.study.study import Cell, Study
from studies.stress import DIGITS, MNIST, RULES, SPIKES, USUAL, alone, features, patient, spiking, usual

AUDIT = "plausible.plausibility.objections:objections"


def audited(rules: tuple[str, ...]) -> list[Cell]:
    """The audit of each rule."""
    return [Experiment(AUDIT, (("rule", rule),)) for rule in rules]


def smoke() -> list[Cell]:
    """Two rules on few images, in seconds."""
    return [*alone(usual(DIGITS, USUAL[:2], 8, 1), 1), *audited(USUAL[:2])]


def fast() -> list[Cell]:
    """Ten rules on digits, three seeds: a minute."""
    return [*alone(usual(DIGITS, USUAL[:10], 32, 4), 3), *audited(USUAL[:10])]


def tuned() -> list[Cell]:
    """All rules on ten seeds, digits and a part of MNIST."""
    settings = (
        usual(DIGITS, USUAL, 32, 4),
        usual(MNIST, USUAL, 64, 2),
        patient(DIGITS, 32, 40),
        patient(MNIST, 64, 20),
        features(DIGITS, 100, 9),
        features(MNIST, 100, 9),
    )
    spikes = [*spiking(DIGITS, SPIKES, 10, 10), *spiking(MNIST, SPIKES, 3, 10)]
    return [*(cell for each in settings for cell in alone(each, 10)), *spikes, *audited((*RULES, *SPIKES))]


def paper() -> list[Cell]:
    """Twenty seeds in wider layers and longer: hours."""
    settings = (
        usual(DIGITS, USUAL, 128, 40),
        usual(MNIST, USUAL, 256, 10),
        patient(DIGITS, 128, 400),
        patient(MNIST, 256, 100),
        features(DIGITS, 500, 30),
        features(MNIST, 500, 30),
    )
    spikes = [*spiking(DIGITS, SPIKES, 20, 20), *spiking(MNIST, SPIKES, 10, 20)]
    return [*(cell for each in settings for cell in alone(each, 20)), *spikes, *audited((*RULES, *SPIKES))]


study = Study(
    "plausibility_performance",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "tuned": tuned, "paper": paper},
)
