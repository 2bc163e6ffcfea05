"""The study of images rebuilt and completed. Oracle: what its docstrings promise, and small cases by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from plausible.networks.activations import tanh
from plausible.networks.inits import Glorot
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.registry import registry
from plausible.rules.predictive.generative import GenerativePredictiveCoding
from plausible.settling.relaxation import relaxation
from plausible.study.experiment import Bench, Experiment, perform
from studies.generative import ANSWERING, PRIOR, components, error, fast, upper

SMALL = {"settling": "euler(10, 0.05)", "rate": 0.05, "epochs": 1, "batch": 50, "examples": 100, "decay": 0.0}


def test_an_error_is_relative_to_the_variance_of_what_is_judged() -> None:
    x = np.array([[0.0, 1.0], [2.0, 1.0]])
    assert error(x, x) == 0.0
    assert error(np.ones((2, 2)), x) == 1.0  # their mean
    assert error(np.array([[0.0, 2.0], [2.0, 1.0]]), x) == 0.5


def test_the_upper_half_is_known() -> None:
    assert upper(np.zeros((3, 16))).reshape(4, 4).tolist() == [[1.0] * 4] * 2 + [[0.0] * 4] * 2


def test_more_components_rebuild_more_and_all_of_them_everything() -> None:
    """And what a normal distribution expects of the lower half beats the mean."""
    rebuilt = []
    for number in (8, 32, 64):
        measured = components(Bench(0), "digits", number, 1078, 1)
        found = {(m.metric, m.split, m.layer): m.value for m in measured}
        assert 0.999 < found["reconstruction", "validation", "mean image"] < 1.05
        rebuilt.append(found["reconstruction", "test", "components"])
        if number < 60:  # with all of them the pixels that are always 0 have no variance to invert
            assert found["completion", "test", "components"] < found["completion", "test", "mean image"]
    assert rebuilt[0] > rebuilt[1] > rebuilt[2]
    assert rebuilt[2] < 1e-12


def test_what_is_completed_has_settled() -> None:
    """Without hidden layers the completion is a ridge regression; the study's steps come to its error within 0.001."""
    task, rng = registry.task("digits", np.random.default_rng(0)), np.random.default_rng(1)
    how = replace(relaxation("euler(50, 0.05)"), **ANSWERING)
    network = MLP((), tanh, output("linear"), init=Glorot("normal"))
    rule = GenerativePredictiveCoding(network, how, PRIOR, labels=False)
    params, _ = rule.init(64, 32, rng)
    x, w = task.validation.x, params["W1"][:, :32]
    causes = np.linalg.solve(w @ w.T + PRIOR * np.eye(32), w @ (x[:, :32] - params["b1"][:32]).T).T
    expected = (causes @ params["W1"] + params["b1"])[:, 32:]
    found = rule.completed(params, x, upper(x), 32)[:, 32:]
    assert abs(error(found, x[:, 32:]) - error(expected, x[:, 32:])) < 1e-3


def test_the_test_split_is_read_by_chosen_cells_alone() -> None:
    """One decay is chosen, and pixels come from one seed."""
    for tested in (0, 1):
        given = {"task": "digits", "hidden": 4, "causes": 3, **SMALL, "tested": tested, "images": 2 * tested}
        for seed in (0, 1):
            outcome = perform(Experiment("studies.generative:downwards", tuple(given.items()), seed))
            assert outcome.status == "done", outcome.reason
            splits = {row.split for row in outcome.rows}
            assert splits == ({"validation", "test"} if tested else {"validation"})
            pixels = [row for row in outcome.rows if row.metric == "pixel"]
            assert len(pixels) == (3 * 2 * 64 if tested and not seed else 0)
    options = [dict(cell.options) for cell in fast() if isinstance(cell, Experiment)]
    read = [given for given in options if given["tested"] and "decay" in given]
    assert {given["decay"] for given in read} == {0.003}
