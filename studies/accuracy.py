"""How accurate is each rule on the same data, from the same start, under the same budget?

    plausible tune accuracy --scale tuned --only "*@digits*/*" --trials 40 --share 0.5 --finalists 5 --final-seeds 20
    plausible tune accuracy --scale tuned --only "*mnist/*" --trials 12 --share 0.3 --final-seeds 3

give every rule the same number of trials, run the best of them in full on seeds of their own, and the winner on fresh
ones; `plausible run accuracy` runs every rule with the setting of the task's recipe. What is tuned is the rate of every
rule, and of feedback alignment and its direct form the scale of the feedback too: the authors of the first chose both by
hand [lillicrap2016]; the author of the second the rate, at a fixed scale [noekland2016]. Network, activation, first
weights, batch size, momentum and the cosine schedule are held alike.

Digits are split anew by every seed, as the 360 test images of the one fixed split have been looked at by many studies.
Settings are chosen on the validation splits of other seeds, which hold images that the fresh seeds test: the choice is
one of some dozens of settings, and by a mean over twenty splits.
"""

from __future__ import annotations

from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.study.compare import RULES, Comparison
from plausible.study.study import Cell, Study, cells

TASKS = ("digits[split=seed]", "mnist", "fashion-mnist")


def smoke() -> list[Cell]:
    """Two moons, in seconds."""
    network = MLP(hidden=(8,), output=output("softmax"))
    return cells(["two-moons[examples=200]"], RULES, [network], SGD(0.05, momentum=0.9), 2, 32, seeds=2)


def fast() -> list[Cell]:
    """As `plausible compare` runs them: digits in seconds, MNIST and Fashion-MNIST in a quarter of an hour each."""
    return [run for task in TASKS for run in Comparison(task, RULES, seeds=5).runs()]


def tuned() -> list[Cell]:
    """Digits on twenty seeds, in minutes; MNIST and Fashion-MNIST on ten in a smaller network, an hour each to tune."""
    images = (Comparison(task, RULES, 10, epochs=10, hidden=(256, 256)) for task in TASKS[1:])
    return [run for task in (Comparison(TASKS[0], RULES, seeds=20), *images) for run in task.runs()]


def paper() -> list[Cell]:
    """Ten seeds, and five times as many epochs, in hours."""
    lengths = zip(TASKS, (200, 100, 100), strict=True)
    return [
        run for task, epochs in lengths for run in Comparison(task, RULES, seeds=10, epochs=epochs).runs()
    ]


question = " ".join((__doc__ or "").partition("\n\n")[0].split())
scales = {"smoke": smoke, "fast": fast, "tuned": tuned, "paper": paper}
study = Study("accuracy", question, scales, answers=True)
