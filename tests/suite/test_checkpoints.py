"""A run that was stopped goes on. Oracle: the same run, undisturbed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from plausible.optimise.sgd import SGD
from plausible.study import checkpoint
from plausible.study import run as run_module
from plausible.study.run import execute
from tests.suite.quick import OPTIMISERS, QUICK

PARTICLES = "equilibrium-propagation[persistent=True,free=euler(3,0.5)]"  # far from rest after 3 steps


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
        resumed = execute(run, checkpoint=file)
        assert numbers(resumed.rows) == numbers(whole.rows)


def numbers(rows: list[run_module.Row]) -> list[object]:
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
