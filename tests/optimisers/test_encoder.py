"""The encoder of [fahlman1988]. Oracle: a plain re-run of it, which shares nothing with this project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from baselines.offset_backprop import OffsetBackprop
from plausible.core import Optimiser, Params, Presentation, Rule
from plausible.optimise.quickprop import Quickprop
from plausible.optimise.sgd import SGD
from plausible.probes.criterion import Within
from plausible.train import train
from tests.oracles import encoder


def epochs_to_criterion(rule: Rule, optimiser: Optimiser, shown: Presentation, seed: int) -> int:
    """After how many epochs of learning the network knows all patterns; looked at before each change."""
    params, _ = rule.init(shown.x.shape[1], shown.y.shape[1], np.random.default_rng(seed))
    return epochs_from(params, rule, optimiser, shown)


def epochs_from(params: Params, rule: Rule, optimiser: Optimiser, shown: Presentation) -> int:
    """The same from given weights."""
    for tick in train(rule, optimiser, params, None, [shown] * 1000, np.random.default_rng(0)):
        if Within(0.4)(rule.respond(tick.params, None, shown.x, np.random.default_rng(0))[-1], shown.y):
            return tick.number
    raise AssertionError("not solved")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "optimiser", "mean", "deviation"),
    [
        ({"offset": 0.0, "atanh": False, "tolerance": 0.1}, SGD(1.7), 137.7, 53.0),
        ({"atanh": False, "tolerance": 0.1}, SGD(1.7), 77.2, 23.0),
        ({}, Quickprop(1.5), 16.2, 2.2),
    ],
    ids=["descent", "descent with offset", "quickprop"],
)
def test_the_encoder_takes_as_many_epochs_as_in_an_independent_run(
    settings: dict[str, Any], optimiser: Optimiser, mean: float, deviation: float
) -> None:
    """Mean and standard deviation of 100 trials of a plain re-run of [fahlman1988], 10-5-10, criterion 40-20-40.

    Ours are the mean of 600 trials, whose own error is small beside the standard error of those 100, which it has to
    be within. All are solved. Errors below 0.1 count as 0 where there is no artanh, as in the author's program: without
    that, descent takes 125 epochs and 65 with the offset.
    """
    network, shown = encoder(10, 5)
    rule = OffsetBackprop(network, **settings)
    epochs = [epochs_to_criterion(rule, optimiser, shown, seed) for seed in range(600)]
    assert abs(np.mean(epochs) - mean) < deviation / 100**0.5
    assert np.std(epochs) == pytest.approx(deviation, rel=0.25)  # of 100 trials with a long tail


@pytest.mark.parametrize(
    ("settings", "optimiser", "printed"),
    [
        ({"offset": 0.0, "atanh": False, "tolerance": 0.1}, SGD(1.7), (137.7, 68, 320, 53.0)),
        ({"atanh": False, "tolerance": 0.1}, SGD(1.7), (77.2, 40, 172, 23.0)),
        ({}, SGD(0.5), (66.3, 45, 98, 12.0)),
        ({}, Quickprop(1.5), (16.2, 12, 26, 2.2)),
        ({}, Quickprop(1.0), (18.0, 13, 25, 2.9)),
    ],
    ids=["descent", "offset", "artanh", "quickprop", "rate 1"],
)
def test_from_the_same_weights_it_takes_just_as_many(
    settings: dict[str, Any], optimiser: Optimiser, printed: tuple[float, int, int, float]
) -> None:
    """The independent run's own 100 starts: numpy's generator of seeds 0 to 99, W1, b1, W2, b2 uniform on ±1.

    Mean, least and most epochs as printed there, within one unit of the last digit, and all are solved. Two settings of
    Quickprop there, without artanh or an unsplit rate, come out 0.2 and 0.7 epochs apart: something in them differs.
    """
    network, shown = encoder(10, 5)
    rule, epochs = OffsetBackprop(network, **settings), []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        shapes = {"W1": (10, 5), "b1": (5,), "W2": (5, 10), "b2": (10,)}
        params = {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()}
        epochs.append(epochs_from(params, rule, optimiser, shown))
    mean, least, most, deviation = printed
    assert np.mean(epochs) == pytest.approx(mean, abs=0.1)
    assert (min(epochs), max(epochs)) == (least, most)
    assert np.std(epochs) == pytest.approx(deviation, abs=1)
