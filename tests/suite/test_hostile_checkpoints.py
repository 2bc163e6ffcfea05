"""Checkpoints that somebody made to do harm are as none. Oracle: the same run without one."""

from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plausible.study import checkpoint
from plausible.study.course import execute
from plausible.study.run import Outcome
from tests.suite.quick import QUICK


class Pickled:
    """What a pickle makes of itself where it is opened: a file."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return os.mkdir, (str(self.canary),)


def header(shape: tuple[int, ...]) -> bytes:
    """A numpy file that says it is large, and is not."""
    made = io.BytesIO()
    np.lib.format.write_array_header_1_0(made, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return made.getvalue()


def archive(method: int = zipfile.ZIP_STORED, **parts: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in parts.items():
            file.writestr(f"{name}.npy", content)
    return made.getvalue()


def saved(**parts: Any) -> bytes:
    made = io.BytesIO()
    np.savez(made, **parts)
    return made.getvalue()


def outline(text: str, **parts: Any) -> bytes:
    return saved(outline=np.array(text), **parts)


CHECKPOINTS: dict[str, Callable[[Path], bytes]] = {
    "a pickle among the arrays": lambda canary: outline(
        '{"dict": {"a": {"array": 0}}}', **{"0": np.array([Pickled(canary)], dtype=object)}
    ),
    "a pickle as the outline": lambda canary: saved(outline=np.array(Pickled(canary), dtype=object)),
    "a bomb": lambda canary: archive(zipfile.ZIP_DEFLATED, outline=bytes(2**26)),
    "an array that says it is an exabyte": lambda canary: archive(
        **{"0": header((2**57,)), "outline": header(())}
    ),
    "lists in lists": lambda canary: outline('{"list": [' * 5000 + "1" + "]}" * 5000),
    "an array that is not there": lambda canary: outline('{"dict": {"a": {"array": 7}}}'),
    "a kind that there is not": lambda canary: outline('{"eval": "1"}'),
    "two kinds at once": lambda canary: outline('{"dict": {}, "list": []}'),
    "a list": lambda canary: outline('{"list": [1, 2]}'),
    "no outline": lambda canary: saved(a=np.zeros(3)),
    "no archive": lambda canary: b"PK\x03\x04nonsense",
    "nothing that a run goes on from": lambda canary: outline('{"dict": {"rows": {"list": []}}}'),
    "weights of other shapes": lambda canary: outline(
        '{"dict": {"params": {"dict": {"W1": {"array": 0}}}, "memory": 0, "state": 0, "noise": 0, "probes": 0, '
        '"rows": {"list": []}, "counters": {"dict": {"rule": 0}}}}',
        **{"0": np.zeros(3)},
    ),
}


@pytest.mark.parametrize("make", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_hostile_checkpoint_is_as_none(
    make: Callable[[Path], bytes], outcome: Outcome, tmp_path: Path
) -> None:
    canary, file = tmp_path / "canary", tmp_path / "c.npz"
    file.write_bytes(make(canary))
    there = execute(QUICK, checkpoint=file)
    assert not canary.exists()
    assert there.status == "done"
    shown = [row._replace(seconds=0.0) for row in there.rows if row.metric != "examples per second"]
    assert shown == [row._replace(seconds=0.0) for row in outcome.rows if row.metric != "examples per second"]


def test_a_checkpoint_unpacks_to_no_more_than_its_own_size(tmp_path: Path) -> None:
    made = io.BytesIO()
    np.savez_compressed(made, **{"outline": np.array('{"dict": {"a": {"array": 0}}}'), "0": np.zeros(2**23)})
    (tmp_path / "c.npz").write_bytes(made.getvalue())
    tracemalloc.start()
    assert checkpoint.load(tmp_path / "c.npz") is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22


def test_a_checkpoint_that_is_no_file_is_as_none(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "device", ""):
        assert checkpoint.load(tmp_path / name) is None
