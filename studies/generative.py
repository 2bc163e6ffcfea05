"""Does predictive coding downwards, without labels, rebuild and complete unseen images as well as principal components?

Images are rebuilt by their causes alone (`generated`), and with the help of settled layers (`reconstructed`), which may have
more units than there are causes, so that only the former is held against as many components; completed from their upper half.
Errors are squared, summed over images and pixels, and divided by the sum for the mean of the images that are judged. Beside
them: the mean training image; principal components; for the lower half, the components that fit the upper half best (least
squares), and what a normal distribution with these components and equal noise expects (probabilistic components).

Without hidden layers weight decay and prior act by their product alone (tests/identities/test_generative.py), so that of the
two decay is chosen: where completion by causes on validation, over both networks, is best. Less decay always rebuilds better;
that completion decides was settled with validation's results in sight. The test split is read by the chosen cells alone, at
their end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from plausible.core import Array, Params, randomness
from plausible.networks.activations import tanh
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Decay
from plausible.registry import registry
from plausible.rules.predictive.generative import GenerativePredictiveCoding, generated
from plausible.settling.relaxation import relaxation
from plausible.study.experiment import Bench, Experiment, Measured
from plausible.study.learner import Learner
from plausible.study.study import Cell, Study
from plausible.tasks.streams import Minibatches
from plausible.tasks.task import Task

PRIOR = 0.3
# Unknown pixels and causes follow each other slowly: without momentum, 400 steps leave an error of the steps.
ANSWERING: Any = {"steps": 400, "momentum": 0.9}
LOOKS = 5  # at validation, on the way
HELD_OUT = slice(1000)  # examples that are looked at


def downwards(
    bench: Bench, task: str, hidden: int, causes: int, settling: str, rate: float, decay: float, epochs: int,
    batch: int, examples: int, tested: int, images: int,
) -> Iterator[Measured]:  # fmt: skip
    """Learn images without labels; errors in validation on the way, and in the test split at the end, if `tested`.

    Args:
        hidden: tanh units between causes and image; 0 for none.
        examples: of the training split, the first.
        images: how many of the test split are left as pixels, the first of each class; of seed 0 only.
    """
    roles = randomness(bench.seed)
    found = registry.task(task, roles.data)
    network = MLP((hidden,) if hidden else (), tanh, output("linear"), init=Glorot("normal"))
    rule = GenerativePredictiveCoding(network, relaxation(settling), PRIOR, labels=False)
    learner = Learner.new(rule, Decay(SGD(rate, 0.9), decay), found.n_in, causes, roles)
    params = learner.params
    shown = found.train.some(slice(examples))
    stream = Minibatches(batch)(shown, found.kind, epochs, roles.order)
    answers, steps = (
        replace(rule, settling=replace(rule.settling, **ANSWERING)),
        -(-shown.examples // batch),
    )
    validation = found.validation.some(HELD_OUT).x
    for tick in learner.ticks(stream):
        epoch, within = divmod(tick.number, steps)
        if not within and epoch % max(epochs // LOOKS, 1) == 0:
            bench.progress(epoch / epochs)
            yield from judged(answers, params, validation, causes, epoch, "validation")
    yield from judged(answers, params, validation, causes, epochs, "validation")
    if tested:
        yield from judged(answers, params, found.test.x, causes, epochs, "test")
    if images and bench.seed == 0:
        yield from pixels(answers, params, found, causes, images)


def judged(
    rule: GenerativePredictiveCoding, params: Params, x: Array, causes: int, at: float, split: str
) -> Iterator[Measured]:
    """Errors of the images `x`, rebuilt and completed, by causes alone and with settled layers' help."""
    lower, down = slice(x.shape[1] // 2, None), rule.down()
    for metric, part, known in (("reconstruction", slice(None), None), ("completion", lower, upper(x))):
        settled = rule.causes(params, x, causes, None, known)
        alone = generated(down, params, settled.state[0])
        helped = rule.reconstructed(params, x, causes) if known is None else settled.state[-1]
        yield Measured(metric, error(alone[:, part], x[:, part]), at, split, "causes")
        yield Measured(metric, error(helped[:, part], x[:, part]), at, split, "settled")
        yield Measured("residual", float(settled.residual.max()), at, split, metric)


def upper(x: Array) -> Array:
    """1 for the pixels of the upper half, else 0, (n_in,)."""
    return (np.arange(x.shape[1]) < x.shape[1] // 2).astype(x.dtype)


def error(answer: Array, x: Array) -> float:
    """|answer - x|² over |x - mean of x|², both summed over all images and pixels."""
    return float(((answer - x) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum())


def pixels(
    rule: GenerativePredictiveCoding, params: Params, task: Task, causes: int, images: int
) -> Iterator[Measured]:
    """The first test image of each class: itself, rebuilt by its causes alone, and completed; at = image · n_in + pixel."""
    x = task.test.x[task.test.y.argmax(axis=0)[:images]]
    rebuilt = generated(rule.down(), params, rule.causes(params, x, causes, None).state[0])
    shown = {"original": x, "rebuilt": rebuilt, "completed": rule.completed(params, x, upper(x), causes)}
    for layer, values in shown.items():
        for at, value in enumerate(values.ravel()):
            yield Measured("pixel", round(float(value), 3), at, "test", layer)


def components(bench: Bench, task: str, causes: int, examples: int, tested: int) -> Iterator[Measured]:
    """The mean image, and as many principal components as causes, on the same images."""
    from sklearn.decomposition import PCA

    found = registry.task(task, randomness(bench.seed).data)
    x, half = found.train.some(slice(examples)).x.astype(float), found.n_in // 2
    mean, fitted = x.mean(axis=0), PCA(causes, svd_solver="full").fit(x)
    axes, covariance = fitted.components_, fitted.get_covariance()
    splits = {"validation": found.validation.some(HELD_OUT).x, **({"test": found.test.x} if tested else {})}
    for split, images in splits.items():
        above, below = images[:, :half] - mean[:half], images[:, half:]
        fit = np.linalg.lstsq(axes[:, :half].T, above.T, rcond=None)[0].T
        expected = above @ np.linalg.solve(covariance[:half, :half], covariance[:half, half:])
        rebuilt = fitted.inverse_transform(fitted.transform(images))
        yield Measured("reconstruction", error(mean, images), 0, split, "mean image")
        yield Measured("reconstruction", error(rebuilt, images), 0, split, "components")
        yield Measured("completion", error(mean[half:], below), 0, split, "mean image")
        yield Measured(
            "completion", error(mean[half:] + fit @ axes[:, half:], below), 0, split, "least squares"
        )
        yield Measured("completion", error(mean[half:] + expected, below), 0, split, "components")


def at(
    task: str, hidden: tuple[int, ...], causes: tuple[int, ...], decays: tuple[float, ...], chosen: float,
    seeds: int, **settings: str | float,
) -> list[Cell]:  # fmt: skip
    """Every decay with most causes, judged on validation; the chosen one with all, tested; and components."""
    here, found = "studies.generative", []
    for number in causes:
        examples = {"task": task, "causes": number, "examples": settings["examples"], "tested": 1}
        found.append(Experiment(f"{here}:components", tuple(examples.items())))
        for units in hidden:
            for decay in dict.fromkeys((*(decays if number == max(causes) else ()), chosen)):
                tested = int(decay == chosen)
                shown = 8 * tested * (units > 0) * (number == max(causes))
                given = {"task": task, "hidden": units, "causes": number, **settings, "decay": decay}
                options = {**given, "tested": tested, "images": shown}
                cell = Experiment(f"{here}:downwards", tuple(options.items()))
                found += [replace(cell, seed=seed) for seed in range(seeds)]
    return [*found]


def smoke() -> list[Cell]:
    """Seconds."""
    return digits((0, 16), (4,), (), 1, epochs=2, examples=200)


def fast() -> list[Cell]:
    """Digits; minutes."""
    return digits((0, 64), (8, 16, 32), (0.0003, 0.001, 0.003, 0.01), 5)


def long() -> list[Cell]:
    """And 10,000 images of Fashion-MNIST; an hour, most of it settling on its test images."""
    return [*fast(), *larger("fashion-mnist", (8, 32), 3)]


def paper() -> list[Cell]:
    """No published setting is followed: all images of MNIST and Fashion-MNIST, for longer; hours."""
    tasks = ("mnist", "fashion-mnist")
    return [
        *fast(),
        *(cell for task in tasks for cell in larger(task, (8, 16, 32, 64), 5, epochs=20, examples=50_000)),
    ]


def digits(
    hidden: tuple[int, ...], causes: tuple[int, ...], decays: tuple[float, ...], seeds: int,
    epochs: int = 60, examples: int = 1078,
) -> list[Cell]:  # fmt: skip
    """Images of 8 x 8 pixels."""
    return at(
        "digits", hidden, causes, decays, 0.003, seeds,
        settling="euler(50, 0.05)", rate=0.05, epochs=epochs, batch=32, examples=examples,
    )  # fmt: skip


def larger(
    task: str, causes: tuple[int, ...], seeds: int, epochs: int = 5, examples: int = 10_000
) -> list[Cell]:
    """Images of 28 x 28 pixels, whose variance is larger: steps of 0.05 without momentum overshoot."""
    return at(
        task, (0, 128), causes, (0.001, 0.003, 0.01), 0.003, seeds,
        settling="euler(30, 0.03, momentum=0.8)", rate=0.01, epochs=epochs, batch=100, examples=examples,
    )  # fmt: skip


study = Study(
    "generative",
    " ".join((__doc__ or "").partition("\n\n")[0].split()),
    {"smoke": smoke, "fast": fast, "long": long, "paper": paper},
    (),
    ("reconstruction", "completion", "residual", "pixel"),
)
