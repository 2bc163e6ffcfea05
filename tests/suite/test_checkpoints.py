"""A run that was stopped goes on. Oracle: the same run, undisturbed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from numpy.random import MT19937

from plausible.networks.blocks import Blocks
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.registry import registry
from plausible.study import checkpoint
from plausible.study import course as run_module
from plausible.study.course import execute
from plausible.study.experiment import Bench, Experiment, Measured, perform
from plausible.study.run import Row
from plausible.study.streamed import streamed
from plausible.tasks.augmented import Shifted
from plausible.tasks.streams import Minibatches
from tests.suite.quick import OPTIMISERS, QUICK

MOVING = dataclasses.replace(QUICK, optimiser=SGD(0.05, momentum=0.9), epochs=4)
FAULTY = Experiment("tests.suite.test_checkpoints:once")
PARTICLES = "equilibrium-propagation[persistent=True,free=euler(3,0.5)]"  # far from rest after 3 steps


def once(bench: Bench) -> Iterator[Measured]:
    """An experiment of one number."""
    yield Measured("one", 1.0)


@pytest.mark.parametrize(
    ("rule", "optimiser"), [*((QUICK.rule, o) for o in OPTIMISERS), (PARTICLES, OPTIMISERS[0])], ids=repr
)
def test_a_run_that_was_stopped_ends_as_one_that_was_not(
    rule: str, optimiser: SGD, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, wherever it was stopped."""
    monkeypatch.setattr(run_module, "KEEP_EVERY", 0.0)
    run = dataclasses.replace(QUICK, rule=rule, optimiser=optimiser, epochs=4)
    whole = execute(run)
    for stops_at in (0.3, 0.75):
        file = tmp_path / f"{stops_at}.npz"

        def stop(fraction: float, stops_at: float = stops_at) -> None:
            if fraction >= stops_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            execute(run, stop, checkpoint=file)
        assert file.exists()
        first: list[float] = []
        resumed = execute(run, first.append, checkpoint=file)
        assert min(first) > 0, "it goes on, and does not begin anew"
        assert numbers(resumed.rows) == numbers(whole.rows)


@pytest.mark.parametrize("rule", ["predsim[head=zero]", "kernelised-bottleneck[kernel=gaussian]"])
def test_an_experiment_on_a_stream_that_was_stopped_ends_as_one_that_was_not(
    rule: str, tmp_path: Path
) -> None:
    """To the last bit, with dropout, running statistics, Adam's memory and images that are moved."""
    options = (("rule", rule), ("epochs", 1))
    experiment = Experiment("tests.suite.test_checkpoints:moved_digits", options, seed=1)
    whole = perform(experiment)
    assert whole.status == "done"
    for stops_at in (0.1, 0.5, 0.9):
        file = tmp_path / f"{stops_at}.npz"

        def stop(fraction: float, stops_at: float = stops_at) -> None:
            if fraction >= stops_at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            perform(experiment, stop, checkpoint=file)
        first: list[float] = []
        resumed = perform(experiment, first.append, checkpoint=file)
        assert min(first) > 0, "it goes on, and does not begin anew"
        assert numbers(resumed.rows) == numbers(whole.rows)


def moved_digits(bench: Bench, rule: str, epochs: int) -> Iterator[Measured]:
    """A rule on blocks with all that has a state, on digits that are moved."""
    network = Blocks((16, 16), norm="batch", dropout=0.1)
    stream = Shifted(Minibatches(64), most=1, shape=(8, 8))
    yield from streamed(bench, registry.rule(rule, network), Adam(1e-3), "digits", stream, epochs)


def changed(tree: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A checkpoint with something else in the place of what it held, of its counters where such a one is named."""
    counters = {name: changes.pop(name) for name in set(changes) & set(run_module.COUNTERS)}
    return {**tree, **changes, "counters": {**tree["counters"], **counters}}


HOSTILE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a number far behind the end": lambda t: changed(t, number=10**9),
    "a number before the beginning": lambda t: changed(t, number=-5),
    "a number between two measurements": lambda t: changed(t, number=3),
    "a word for a number": lambda t: changed(t, number="x"),
    "truth for a number": lambda t: changed(t, number=True),
    "words for examples": lambda t: changed(t, examples="x"),
    "examples without end": lambda t: changed(t, examples=10**30),
    "seconds that are none": lambda t: changed(t, seconds=float("nan")),
    "a loss that is a word": lambda t: changed(t, before="x"),
    "no failures": lambda t: changed(t, failures=None),
    "failures that are numbers": lambda t: changed(t, failures={"a": 3}),
    "a traceback that is a list": lambda t: changed(t, traceback=[]),
    "no noise": lambda t: changed(t, noise={}),
    "noise of another kind": lambda t: changed(t, noise=MT19937(0).state),
    "noise that is no dictionary": lambda t: changed(t, noise=3),
    "noise of too many bits": lambda t: changed(
        t, noise={**t["noise"], "state": {"state": 2**200, "inc": 2**200}}
    ),
    "probes that are words": lambda t: changed(t, probes="x"),
    "rows of words": lambda t: changed(t, rows=[["x"] * 10]),
    "rows of another run": lambda t: changed(t, rows=[[*row[:2], 7, *row[3:]] for row in t["rows"]]),
    "rows that are short": lambda t: changed(t, rows=[row[:5] for row in t["rows"]]),
    "a row that is a number": lambda t: changed(t, rows=[3]),
    "a memory that is a number": lambda t: changed(t, memory=3),
    "a memory of nothing": lambda t: changed(t, memory={}),
    "a memory of other shapes": lambda t: changed(t, memory={name: np.zeros(7) for name in t["memory"]}),
    "a state that is a word": lambda t: changed(t, state="x"),
    "weights that are not finite": lambda t: changed(
        t, params={n: np.full_like(w, np.nan) for n, w in t["params"].items()}
    ),
    "rows of nothing without end": lambda t: changed(t, state={"a": np.zeros((10**12, 0))}),
}


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run that was stopped half way has left."""
    file = tmp_path_factory.mktemp("stopped") / "c.npz"

    def stop(fraction: float) -> None:
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as often:
        often.setattr(run_module, "KEEP_EVERY", 0.0)
        with pytest.raises(KeyboardInterrupt):
            execute(MOVING, stop, checkpoint=file)
    tree = checkpoint.load(file)
    assert tree is not None
    return tree


@pytest.mark.parametrize("spoil", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_checkpoint_costs_itself_alone(
    spoil: Callable[[dict[str, Any]], dict[str, Any]], stopped: dict[str, Any], tmp_path: Path
) -> None:
    """The run begins anew. Oracle: the same run without a checkpoint."""
    checkpoint.save(tmp_path / "c.npz", spoil(stopped))
    fractions: list[float] = []
    ended = execute(MOVING, fractions.append, checkpoint=tmp_path / "c.npz")
    assert (ended.status, ended.reason) == ("done", "")
    assert fractions[0] == 0.0
    assert numbers(ended.rows) == numbers(execute(MOVING).rows)


@pytest.mark.parametrize("shape", [(10**12, 0), (2**40, 0, 3)])
def test_a_table_of_nothing_without_end_is_no_checkpoint(shape: tuple[int, ...], tmp_path: Path) -> None:
    text = '{"dict": {"state": {"table": {"list": [{"array": 0}, {"array": 1}]}}}}'
    parts = {"0": np.zeros(shape, np.uint8), "1": np.zeros(shape)}
    np.savez(tmp_path / "c.npz", outline=np.array(text), **parts)
    assert checkpoint.load(tmp_path / "c.npz") is None


def test_an_array_stands_in_one_place(tmp_path: Path) -> None:
    """Else two weights would be one, and a short text could make a long table of one array."""
    np.savez(
        tmp_path / "c.npz",
        outline=np.array('{"dict": {"W1": {"array": 0}, "W2": {"array": 0}}}'),
        **{"0": np.zeros(3)},
    )
    assert checkpoint.load(tmp_path / "c.npz") is None


def test_a_small_compressed_checkpoint_is_none(tmp_path: Path) -> None:
    """Also where it unpacks to less than its own size, as none is written here that is compressed."""
    made = {"outline": np.array('{"dict": {"a": {"array": 0}}}'), "0": np.zeros(1)}
    np.savez(tmp_path / "plain.npz", **made)
    assert checkpoint.load(tmp_path / "plain.npz") is not None
    np.savez_compressed(tmp_path / "c.npz", **made)
    with (tmp_path / "c.npz").open("ab") as file:
        file.write(bytes(10_000))  # behind the archive's end
    with ZipFile(tmp_path / "c.npz") as archive:
        assert sum(part.file_size for part in archive.infolist()) < (tmp_path / "c.npz").stat().st_size
    assert checkpoint.load(tmp_path / "c.npz") is None


@pytest.mark.parametrize("rows", [None, 3, ["x"], [["x"] * 10], [[1] * 3]], ids=repr)
def test_a_checkpoint_that_is_none_of_an_experiment_is_as_none(rows: Any, tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c.npz", {"rows": rows})
    ended = perform(FAULTY, checkpoint=tmp_path / "c.npz")
    assert (ended.status, len(ended.rows)) == ("done", 1)


def numbers(rows: list[Row]) -> list[object]:
    """Everything but time."""
    return [row._replace(seconds=0.0) for row in rows if row.metric != "examples per second"]


def test_checkpoints_hold_arrays_and_words_only(tmp_path: Path) -> None:
    tree = {
        "a": np.arange(3.0),
        "b": [1, (2.5, "x", None)],
        "c": {"d": np.eye(2, dtype="float32")},
        "e": 2**100,
        "f": {b"one": (np.arange(2), np.eye(2)), b"two": (np.ones(2, int), np.zeros((2, 2)))},
        "g": {},
    }
    checkpoint.save(tmp_path / "c.npz", tree)
    found = checkpoint.load(tmp_path / "c.npz")
    assert found is not None
    assert np.array_equal(found["a"], tree["a"])
    assert found["b"] == tree["b"]
    assert found["c"]["d"].dtype == np.float32
    assert found["e"] == 2**100
    assert list(found["f"]) == [b"one", b"two"]
    for name, arrays in tree["f"].items():
        assert all(map(np.array_equal, found["f"][name], arrays))
    assert found["g"] == {}
    uneven = {b"one": (np.arange(2),), b"two": (np.arange(3),)}
    for bad in (object(), np.array([object()]), uneven, {b"one": (1,), b"three": (1,)}, {b"a": (), "b": ()}):
        with pytest.raises(checkpoint.NotStorable):
            checkpoint.save(tmp_path / "c.npz", {"a": bad})
    assert [file.name for file in tmp_path.iterdir()] == ["c.npz"]
    (tmp_path / "c.npz").write_bytes(b"PK\x03\x04half")
    assert checkpoint.load(tmp_path / "c.npz") is None
    assert checkpoint.load(tmp_path / "nothing.npz") is None
