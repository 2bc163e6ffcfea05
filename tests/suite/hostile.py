"""How tests spoil a stored run, and what every command that reads it says. A run that is good lies beside it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from plausible.study.store.store import Store
from tests.suite.command import command
from tests.suite.quick import QUICK

GOOD = dataclasses.replace(QUICK, seed=1)
STUDY = f"""
from plausible.study.study import Study
from tests.suite.quick import QUICK
from dataclasses import replace
study = Study("mine", "Is it safe?", {{"smoke": lambda: [QUICK, replace(QUICK, seed={GOOD.seed})]}})
"""


def files(folder: Path) -> dict[str, bytes]:
    """What the regular files below a folder hold."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.is_symlink()
    }


def read_by_all(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What every command that reads a store says on standard error, but of the study's own files and its figure."""
    study = tmp_path / "study.py"
    study.write_text(STUDY)
    told = []
    for line in (
        ["status", str(study), "--scale", "smoke"],
        *(["why", folder.name] for folder in store.folders()),
        ["clean"],
        ["quarantine", "list"],
        ["export", str(study), "--scale", "smoke", "--folder", str(tmp_path / "tables")],
    ):
        ended = command(*line, capsys=capsys)
        assert ended.code in (0, 2), ended
        assert "Traceback" not in ended.err + ended.out
        assert "\x1b" not in ended.err + ended.out
        own = ("executed ", "no figure draws it yet: ")
        told += [text for text in ended.err.splitlines() if not text.startswith(own)]
    return told


def json_of(file: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """A hostile run whose JSON is changed."""

    def spoil(place: Path) -> None:
        value = json.loads((place / file).read_text())
        change(value)
        (place / file).write_text(json.dumps(value))

    return spoil


def text_of(file: str, old: str, new: str) -> Callable[[Path], None]:
    """A hostile run with another text in a file."""

    def spoil(place: Path) -> None:
        text = (place / file).read_text()
        assert old in text
        (place / file).write_text(text.replace(old, new, 1))

    return spoil


def table_of(change: Callable[[pa.Table], pa.Table], **options: Any) -> Callable[[Path], None]:
    """A hostile run with another table."""

    def spoil(place: Path) -> None:
        table = pyarrow.parquet.read_table(place / "metrics.parquet")
        pyarrow.parquet.write_table(change(table), place / "metrics.parquet", **options)

    return spoil


def put(file: str, make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """A hostile run with something else in the place of a file."""

    def spoil(place: Path) -> None:
        (place / file).unlink()
        make(place / file)

    return spoil


def raising(error: BaseException) -> Callable[..., Any]:
    """What fails, whatever it is given."""

    def fails(*given: Any, **named: Any) -> Any:
        raise error

    return fails
