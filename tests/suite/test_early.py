"""What can be refused where it is given is refused there, in one line. Oracle: the arguments' own descriptions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plausible as pl
from plausible.study.course import Course
from plausible.study.tuning.design import Design
from tests.processes import finished

X = np.random.default_rng(0).normal(size=(100, 3))
Y = np.arange(100) % 2
MOONS = "two-moons[examples=100]"
NOT_RAN: Any = {"hidden": (4,), "epochs": 1}


def compared(tmp_path: Path, **given: Any) -> object:
    """A comparison in this process, which would be stored."""
    return pl.compare(["fa"], MOONS, seeds=1, workers=0, store=tmp_path / "results", **NOT_RAN, **given)


def of_study(name: str, **given: Any) -> object:
    """What a study is asked for."""
    return getattr(pl.studies["accuracy"], name)(scale="smoke", **given)


CASES: dict[str, tuple[Callable[[Path], object], str]] = {
    "an optimiser that there is not": (
        lambda _: pl.Task.from_arrays(X, Y, optimiser="x"),
        "optimiser='x' of a task: unknown optimiser 'x': expected one of adam, ",
    ),
    "an option that there is not": (
        lambda _: pl.Task.from_arrays(X, Y, optimiser="adam[rat=1]"),
        "unknown option 'rat' of optimiser 'adam': did you mean 'rate'",
    ),
    "a rate below zero": (
        lambda _: pl.Task.from_arrays(X, Y, optimiser="sgd[rate=-1]"),
        "the learning rate is -1.0: expected a finite number of at least 0",
    ),
    "an open bracket": (lambda _: pl.Task.from_arrays(X, Y, optimiser="adam[rate=1"), "cannot be read"),
    "minibatches for whole epochs": (
        lambda _: pl.Task.from_arrays(X, Y, optimiser="rprop"),
        "the batch size is 32 and the training split has 60 examples: expected a batch size of at least 60",
    ),
    "a probe for a criterion": (
        lambda _: pl.fit("fa", MOONS, until=pl.probes.Alignment(), **NOT_RAN),  # type: ignore[arg-type]
        r"until is Alignment.*: expected a criterion, such as 'within\[margin=0.2\]', or None",
    ),
    "a schedule in a loop": (lambda _: pl.ticks("fa", MOONS, schedule="x"), "unknown schedule 'x'"),
    "patience in a loop": (lambda _: pl.ticks("fa", MOONS, patience=0), "patience is 0: expected a positive"),
    "a word for whether weights are kept": (
        lambda folder: compared(folder, keep_weights="no"),
        "keep_weights is 'no': expected True or False",
    ),
    "a number for whether runs are made again": (
        lambda folder: compared(folder, retry_failed=2),
        "retry_failed is 2: expected True or False",
    ),
    "the same of a study": (
        lambda _: of_study("run", keep_weights="no"),
        "keep_weights is 'no': expected True",
    ),
    "and again": (
        lambda _: of_study("run", retry_failed="no"),
        "retry_failed is 'no': expected True or False",
    ),
    "a pattern that is a number": (
        lambda _: of_study("status", only=3),
        "only is 3: expected a pattern for names",
    ),
    "a share that is a word": (
        lambda _: of_study("tune", trials=1, share="x"),
        "the share of epochs is 'x': expected a number above 0, up to 1",
    ),
    "a design that is a number": (
        lambda _: of_study("tune", trials=1, design=3),
        "design is 3: expected a plausible.study.tuning.design.Design, or None",
    ),
    "a word for whether files are executed": (
        lambda folder: pl.load(folder / "x.npz", execute_files="no"),  # type: ignore[arg-type]
        "execute_files is 'no': expected True or False",
    ),
    "in results": (
        lambda folder: pl.results(store=folder, execute_files="no"),  # type: ignore[arg-type]
        "execute_files is 'no': expected True or False",
    ),
    "in a question of why": (
        lambda folder: pl.why("0", store=folder, execute_files="no"),  # type: ignore[arg-type]
        "execute_files is 'no': expected True or False",
    ),
    "in tables that are verified": (
        lambda _: pl.verify("goodness", execute_files="no"),  # type: ignore[arg-type]
        "execute_files is 'no': expected True or False",
    ),
    "whether runs hold": (lambda _: pl.results(holds="no"), "holds is 'no': expected True"),  # type: ignore[arg-type]
    "all that can be removed": (
        lambda _: pl.removable("yes"),  # type: ignore[arg-type]
        "everything is 'yes': expected True or False",
    ),
    "a key that is a number": (
        lambda folder: (compared(folder), pl.why(3, store=folder / "results")),  # type: ignore[arg-type]
        "the key of a run is 3: expected a word, as the column key of the long table has it",
    ),
    **{
        f"what is no table, {call.__name__}": (
            lambda _, call=call: call(3),  # type: ignore[misc]
            "the table is 'int': expected a frame in long form, as pl.results, ",
        )
        for call in (pl.beside, pl.seed_by_seed, pl.across, pl.profiles)
    },
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_at_the_call(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line; of what would learn, before anything learns."""
    call, said = CASES[case]
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "other"))
    if case != "a key that is a number":  # which needs a run
        monkeypatch.setattr(Course, "learn", lambda *given: pytest.fail("it learned"))
        monkeypatch.setattr(Course, "ticks", lambda *given: pytest.fail("it learned"))
    with pytest.raises(pl.BadInput, match=said) as refused:
        call(tmp_path)
    assert "\n" not in str(refused.value)


def test_an_argument_that_a_loop_does_not_have_is_told_of_the_loop() -> None:
    with pytest.raises(TypeError, match=r"^ticks\(\) got an unexpected keyword argument 'epoch'$"):
        pl.ticks("fa", MOONS, epoch=1)  # type: ignore[call-arg]


def test_what_is_right_is_taken() -> None:
    """Also truth values of numpy, an optimiser with options, and one that learns from whole epochs."""
    assert pl.Task.from_arrays(X, Y, optimiser="adam[rate=0.01]", standardise=np.bool_(True)).n_in == 3  # type: ignore[arg-type]
    assert pl.Task.from_arrays(X, Y, optimiser="rprop", batch_size=60).recipe.batch_size == 60
    assert Design().finalists > 0


def test_a_session_that_has_asked_for_nothing_else_is_told_too(tmp_path: Path) -> None:
    """The check of names comes with the name, as nothing else has imported it."""
    code = "import plausible as pl\nX = [[0.1], [0.2], [0.3], [0.4], [0.5], [0.6]]\n"
    code += "pl.Task.from_arrays(X, [0, 1] * 3, optimiser='x')"
    ended = finished([sys.executable, "-c", code], cwd=tmp_path, check=False)
    assert "BadInput: optimiser='x' of a task: unknown optimiser 'x'" in ended.stderr
