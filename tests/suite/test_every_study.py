"""Every command serves every study, or says in one line what that study offers. Oracle: that promise.

Nothing learns here: in the place of workers stands an executor whose runs end at once, with numbers out of the air.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from zlib import crc32

import pytest

from plausible.core import randomness
from plausible.plotting import committed as figures
from plausible.registry import registry
from plausible.study import statistics
from plausible.study.experiment import Experiment
from plausible.study.keys import changes
from plausible.study.keys import key as key_module
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store
from plausible.study.study import candidates, find
from tests.suite.command import Ended, command


@cache
def score(task: str) -> str:
    """What answers to a task are scored by."""
    kind = registry.task(task, randomness(0).data).kind
    return "accuracy" if kind == "classes" else "normalised error"


def outcome(run: Run | Experiment) -> Outcome:
    """A run that is done, with measurements as a run's are."""
    value = crc32(str(run).encode()) / 2**32
    if isinstance(run, Experiment):
        rows = [
            Row(run.task, run.rule, run.seed, at, at, 0.1, "train", "made up", "", value * at)
            for at in (1, 2)
        ]
        return Outcome(run, "done", "", rows)  # type: ignore[arg-type]
    head = (registry.label(run.task, "task"), registry.label(run.rule), run.seed)
    rows = [
        Row(*head, epoch, 10, 0.1, split, score(run.task), "", value * (0.5 + epoch / 2 / run.epochs))
        for epoch in (0, run.epochs)
        for split in (("train", "validation", "test") if epoch and run.test else ("train", "validation"))
    ]
    rows.append(Row(*head, run.epochs, 10, 0.1, "train", "gradient angle", "W1", 90 * value))
    return Outcome(run, "done", "", rows)


class AtOnce:
    """An executor without workers."""

    def submit(
        self, run: Run, limit: float | None, checkpoint: Path | None, key: object = None, keep: bool = False
    ) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_result(outcome(run))
        return future

    def heard(self) -> Iterator[tuple[Run, float]]:
        yield from ()


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs end as they begin, keys are made without the data, and few samples are drawn again."""

    @contextmanager
    def executor(*_: object, **__: object) -> Iterator[AtOnce]:
        yield AtOnce()

    for user in ("campaign", "tune"):
        monkeypatch.setattr(f"plausible.study.{user}.executor", executor)
    for module in (key_module, changes):  # both, so that none keeps what the other had for a moment
        monkeypatch.setattr(module, "data_digest", lambda task, seed: f"{task} {seed}")
    for resampled in (statistics.mean_interval, statistics.interquartile_mean, statistics.paired_test):
        quick = partial(resampled, resamples=20)
        monkeypatch.setattr(f"plausible.report.comparisons.{resampled.__name__}", quick)
    monkeypatch.setattr("plausible.study.trials.best_of_bands", lambda scores: ([0.0] * len(scores),) * 2)


def served(ended: Ended) -> bool:
    """Whether a command did something; else it has said why not, in one line."""
    assert "Traceback" not in ended.err
    if ended.code in (0, 1):
        assert ended.out
        return True
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    return False


NAMES = sorted(file.stem for file in candidates())


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", NAMES)
def test_every_command_serves_every_study(
    name: str, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = find(name)
    cells = study.cells("smoke")
    runs = [cell for cell in cells if isinstance(cell, Run | Experiment)]

    def told(*arguments: str) -> Ended:
        return command(*arguments, capsys=capsys)

    empty = told("report", name, "--scale", "smoke")
    assert (empty.code, f"plausible run {name} --scale smoke" in empty.err) == (2, True)
    assert served(told("run", name, "--scale", "smoke"))
    assert f"{len(runs)}  done" in told("status", name, "--scale", "smoke").out
    assert "nothing changed" in told("why", key(runs[0]).name).out

    reported = told("report", name, "--scale", "smoke")
    assert served(reported), reported.err
    assert json.loads(told("report", name, "--scale", "smoke", "--json").out)

    reproduced = told("reproduce", name, "--scale", "smoke")
    assert served(reproduced) == bool(study.published)
    assert study.published or f"plausible report {name}" in reproduced.err

    assert name in figures.drawable()  # and is drawn, from its committed table, in test_figures
    assert served(told("export", name, "--scale", "smoke", "--folder", str(tmp_path)))
    assert (tmp_path / f"{name}.parquet").is_file()

    fewest = ("--trials", "1", "--final-seeds", "2", "--widenings", "0")
    tuned = told("tune", name, "--scale", "smoke", *fewest)
    learn = [run for run in runs if isinstance(run, Run)]
    if served(tuned):
        assert (store.root / "tuning" / f"{name}-tuning.parquet").is_file()
    else:
        assert "nothing to tune" in tuned.err
    assert learn or "nothing to tune" in tuned.err
