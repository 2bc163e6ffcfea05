"""Studies that do what a published program does. Oracle: those programs, written out in plain numpy."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from plausible.core import randomness
from plausible.networks.activations import logistic
from plausible.networks.inits import Gaussian, HalfGlorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
from plausible.study.experiment import Bench, perform
from studies.akrout2019 import BATCH, as_logged, logged
from studies.hinton2022 import Penalised, as_remade, cooling

HIDDEN, EPOCHS = 12, 3


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """In degrees."""
    return float(np.degrees(np.arccos((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))))


def test_akrout2019_learns_from_the_whole_file_in_its_order() -> None:
    """Batches of 128 in order, the incomplete last one left out; biases drawn, and moved by a mean divided again."""
    roles = randomness(0)
    task = registry.task("digits", roles.data)
    x, y = (np.concatenate([part[i] for part in (task.train, task.validation)]).astype(float) for i in (0, 1))
    sizes = (x.shape[1], HIDDEN, y.shape[1])
    network = MLP((HIDDEN,), logistic, output("logistic"), init=HalfGlorot())
    rule = FeedbackAlignment(network, feedback=Gaussian((HIDDEN + sizes[-1]) ** -0.5))
    start, _ = rule.init(sizes[0], sizes[-1], roles.weights)
    w, back = [start["W1"].astype(float), start["W2"].astype(float)], start["B2"].astype(float)
    b = [roles.weights.normal(0, (n + m) ** -0.5, m) for n, m in pairwise(sizes)]

    def deltas(batch: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, ...]:
        h = 1 / (1 + np.exp(-(batch @ w[0] + b[0])))
        top = 1 / (1 + np.exp(-(h @ w[1] + b[1]))) - truth
        return h, top, top @ back * h * (1 - h), top @ w[1].T * h * (1 - h)

    expected: dict[tuple[str, float], float] = {}
    for epoch in range(EPOCHS):
        for first in range(0, len(x) // BATCH * BATCH, BATCH):
            batch = x[first : first + BATCH]
            h, top, low, _ = deltas(batch, y[first : first + BATCH])
            for layer, (below, delta) in enumerate(((batch, low), (h, top))):
                w[layer] = w[layer] - 0.2 / BATCH * below.T @ delta
                b[layer] = b[layer] - 0.2 / BATCH * delta.mean(axis=0)
        _, _, felt, true = deltas(x[:1], y[:1])
        expected["weight angle", epoch] = angle(back, w[1].T)
        expected["delta angle", epoch] = angle(felt, true)

    made = list(logged(Bench(0), "feedback-alignment", EPOCHS, HIDDEN, "digits"))
    found = {(one.metric, one.at): one.value for one in made if one.metric != "accuracy"}
    assert found.keys() == expected.keys()
    assert [found[name] for name in expected] == pytest.approx([*expected.values()], abs=1e-2)


def test_the_cells_of_akrout2019_are_the_four_rules_of_the_logs() -> None:
    rules = [dict(cell.options)["rule"] for cell in as_logged("mnist", 500, 51, 3)]  # type: ignore[union-attr]
    assert len(rules) == 12
    assert {*rules} == {
        "backprop",
        "feedback-alignment",
        "kolen-pollack",
        "accumulating-weight-mirror",
    }


def test_a_penalty_is_carried_on_by_momentum() -> None:
    """Two steps of v ← 0.9 v + (g + λ w), w ← w - η v, as torch's SGD has them."""
    w, v, params, optimiser = 2.0, 0.0, {"W1": np.array([2.0])}, Penalised(SGD(0.1, momentum=0.9), 0.5)
    memory = optimiser.init(params)
    for gradient in (1.0, -3.0):
        v = 0.9 * v + gradient + 0.5 * w
        w -= 0.1 * v
        optimiser.apply(params, {"W1": np.array([-gradient])}, memory)
    assert params["W1"][0] == pytest.approx(w, abs=1e-12)


def test_the_rate_of_the_remake_falls_in_a_line_from_the_middle_epoch_on() -> None:
    rate = cooling(1.0, 0.0, epochs=10, steps=7).inner.rate  # type: ignore[attr-defined]
    by_epoch = [rate(7 * epoch) for epoch in range(10)]
    assert by_epoch == pytest.approx([1, 1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4])  # 2 (1 + 10 - 6) / 10 = 1
    assert rate(7 * 7 - 1) == 1


def test_the_remake_goes_on_from_where_it_was_stopped(tmp_path: Path) -> None:
    (cell,) = as_remade("digits", 16, 2, 10, 1)

    def stop(fraction: float) -> None:
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(cell, progress=stop, checkpoint=tmp_path / "half.npz")  # type: ignore[arg-type]
    rest = perform(cell, checkpoint=tmp_path / "half.npz")  # type: ignore[arg-type]
    whole = perform(cell)  # type: ignore[arg-type]
    assert [row.value for row in rest.rows] == [row.value for row in whole.rows]
