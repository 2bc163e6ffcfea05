"""Every registered task keeps its promises, and one that breaks a promise is told which.

Oracle: what a task is (`plausible.tasks.task`), and faults made on purpose.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from plausible import contract
from plausible.errors import BadInput
from plausible.registry import registry
from plausible.tasks.filed import write
from plausible.tasks.task import Task

LARGE = {
    "mnist",
    "fashion-mnist",
    "mnist-rows",
    "tiny-shakespeare",
    "japanese-vowels",
}  # files, and seconds to load
SMALLER = {"clusters": "clusters[examples=1000]"}
TASKS = [
    pytest.param(SMALLER.get(task, task), marks=[pytest.mark.slow] if task in LARGE else [], id=task)
    for task in sorted(registry.registered("task"))
    if task != "arrays"  # it is nothing without a file
]


@pytest.mark.parametrize("task", TASKS)
def test_every_registered_task_keeps_every_promise(task: str) -> None:
    assert [
        finding for finding in contract.check(task, "task") if finding.verdict in ("broken", "not judged")
    ] == []


def test_a_task_of_ones_own_arrays_keeps_every_promise(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(60, 3))
    named = write(Task.from_arrays(x, np.repeat(["a", "b", "c"], 20)), tmp_path)
    verdicts = [finding.verdict for finding in contract.check(named, "task")]
    assert "kept" in verdicts
    assert not {*verdicts} & {"broken", "not judged"}


SOUND = """
import random
import numpy as np
from plausible.core import Measurement
from plausible.tasks.task import Recipe, Split, Task, one_hot

KEPT = []
CALLS = [0]

def report(layers):
    yield Measurement("size", "", float(np.abs(layers[-1]).mean()))

def mine(rng):
    x = rng.normal(size=(90, 4))
    labels = np.arange(90) % 3
    y = one_hot(labels, 3)
    parts = [Split(x[i : i + 30], y[i : i + 30]) for i in (0, 30, 60)]
    kind, recipe = "classes", Recipe((5,), "softmax", 2, 10, "sgd")
    return Task("mine", *parts, kind, recipe, report)
"""

BREAKAGES = {
    "nothing": ("", "", ""),
    "numpy's global generator": ("rng.normal(size=(90, 4))", "np.random.normal(size=(90, 4))", "the global generator of numpy"),
    "Python's global generator": ("rng.normal(size=(90, 4))", "rng.normal(size=(90, 4)) * random.random()", "the global generator of Python"),
    "a generator of its own": ("rng.normal(size=(90, 4))", "np.random.default_rng().normal(size=(90, 4))", "draw from rng only"),
    "what an earlier call left": ("    labels", "    CALLS[0] += 1; x += CALLS[0]\n    labels", "draw from rng only"),
    "draws that are thrown away": ("x = rng.normal(size=(90, 4))", "rng.normal(); x = np.arange(360.0).reshape(90, 4)", "all seeds give the same examples"),
    "another size at every seed": ("x = rng.normal(size=(90, 4))", "x = rng.normal(size=(90, rng.integers(3, 9999)))", "differ from seed to seed"),
    "one array for all": ("    labels", "    KEPT[:] = KEPT or [x.copy()]; KEPT[0][:] = x; x = KEPT[0]\n    labels", "changed the examples of the first"),
    "a report that writes": ("kind, recipe, report)", "kind, recipe, lambda layers: (parts[2].x.fill(0), *report(layers))[1:])", "its report changed the examples"),
    "complex numbers": ("x = rng.normal(size=(90, 4))", "x = rng.normal(size=(90, 4)) * 1j", "expected a numpy array of real numbers"),
    "another kind": ('"classes", Recipe', '"klasses", Recipe', "expected 'classes' or 'values'"),
    "no recipe": ('Recipe((5,), "softmax", 2, 10, "sgd")', "None", "the recipe of mine is None"),
    "validation is train": ("for i in (0, 30, 60)", "for i in (0, 0, 60)", "the train and the validation split of mine lie in one memory"),
    "rows of train in test": ("    parts = [", "    x[60:] = x[:30]\n    parts = [", "the train and the test split of mine share 100 %"),
    "one class": ("np.arange(90) % 3", "np.arange(90) * 0", "there is nothing to learn"),
    "a class that is never learned": ("np.arange(90) % 3", "np.arange(90) // 30", "nothing to learn"),
    "a class in test alone": ("np.arange(90) % 3", "np.where(np.arange(90) < 60, np.arange(90) % 2, 1 + np.arange(90) % 2)", "classes [2] are in the test split"),
    "a class in validation alone": ("np.arange(90) % 3", "np.where(np.arange(90) // 30 == 1, np.arange(90) % 3, np.arange(90) % 2)", "classes [2] are in the validation split"),
    "constant values": ('kind, recipe = "classes"', 'parts = [part._replace(y=part.y * 0 + 1) for part in parts]; kind, recipe = "values"', "the same in all of its answers"),
    "an optimiser that there is not": ('"sgd")', '"sdg")', "did you mean 'sgd'"),
    "an option that the optimiser has not": ('"sgd")', '"sgd[rat=1]")', "did you mean 'rate'"),
    "one class and softmax": ("y = one_hot(labels, 3)", "y = (labels[:, None] > 0) * 1.0", "softmax"),
    "an optimiser of whole epochs": ('"sgd")', '"rprop")', "rprop learns from whole epochs"),
    "a window without time": ('"sgd")', '"sgd", window=3)', "its recipe names a window"),
    "a report of nothing": ('    yield Measurement("size", "", float(np.abs(layers[-1]).mean()))', "    return []", "its report measures nothing"),
    "a report of arrays": ("float(np.abs(layers[-1]).mean())", "layers[-1]", "expected a number"),
    "a report that raises": ('    yield Measurement("size"', '    raise KeyError("size")\n    yield Measurement("size"', "it raises KeyError: 'size' ("),
    "an exception": ("    labels =", "    raise RuntimeError('no data today')\n    labels =", "RuntimeError: no data today ("),
    "leaving": ("    labels =", "    raise SystemExit(0)\n    labels =", "SystemExit: 0 ("),
    "no task": ("    return Task(", "    return tuple; Task(", "returned type: expected a plausible.tasks.task.Task"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), BREAKAGES.values(), ids=list(BREAKAGES))
def test_a_broken_promise_of_a_task_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in SOUND
    text = SOUND.replace(old, new, 1) if old else SOUND
    file = tmp_path / "task.py"
    file.write_text(text)
    findings = contract.check(f"{file}:mine")
    problems = [finding.problem for finding in findings if finding.problem]
    if not expected:
        assert problems == []
    else:
        assert any(expected in problem for problem in problems), findings
        assert all("\n" not in problem for problem in problems)


def test_a_task_that_cannot_be_made_is_told_so_once(tmp_path: Path) -> None:
    file = tmp_path / "task.py"
    file.write_text(SOUND.replace("for i in (0, 30, 60)", "for i in (0, 0, 0)"))
    first, *others = contract.check(f"{file}:mine")
    assert "share no example" in first.problem
    assert {(finding.verdict, finding.words) for finding in others} == {("not judged", "it cannot be made")}


def test_a_task_that_can_be_made_at_some_seeds_only_is_told_at_which_it_cannot(tmp_path: Path) -> None:
    file = tmp_path / "task.py"
    file.write_text(
        SOUND.replace(
            "    labels =", "    x[0, 0] = np.nan if rng.random() < 0.2 else x[0, 0]\n    labels ="
        ).replace("rng.normal(size=(90, 4))", "np.arange(360.0).reshape(90, 4) + 0 * rng.normal()")
    )
    problems = [finding.problem for finding in contract.check(f"{file}:mine") if finding.problem]
    assert any("at seed 1: x in the train split of mine has 1 NaN" in problem for problem in problems), (
        problems
    )


def test_a_file_tells_what_is_a_task_and_a_name_what_kind_it_is(tmp_path: Path) -> None:
    file = tmp_path / "task.py"
    file.write_text(SOUND)
    assert contract.kind_of(f"{file}:mine") == "task"
    assert [contract.kind_of(name) for name in ("fa", "digits", "adam", "tm")] == [
        "rule",
        "task",
        "optimiser",
        "task",
    ]
    with pytest.raises(BadInput, match=r"unknown name 'digitz': did you mean 'digits'"):
        contract.kind_of("digitz")
    with pytest.raises(BadInput, match="unknown kind 'tasks'"):
        contract.check("digits", "tasks")
