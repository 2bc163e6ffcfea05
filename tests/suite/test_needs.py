"""Reading a store changes nothing in it whose files are whole, and says what is needed. Oracle: the files, before."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plausible.registry import files, names
from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Run
from plausible.study.store import store as stores
from plausible.study.store.store import Store
from tests.suite.command import command, computed
from tests.suite.quick import QUICK

OWN = """
from dataclasses import dataclass
from helper import GAIN
from plausible.optimise.sgd import SGD

@dataclass(frozen=True)
class Mine(SGD):
    rate: float = GAIN
"""
READERS = (
    ("clean",),
    ("clean", "--all", "--dry-run"),
    ("clean", "--all", "--dry-run", "--execute-files"),
    ("clean", "--all", "--yes"),
    ("clean", "--all", "--yes", "--execute-files"),
    ("quarantine", "list"),
)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below, and what is in it."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def own(store: Store, tmp_path: Path) -> Path:
    """The folder of a stored run whose optimiser is in a file, beside one that needs nothing."""
    (tmp_path / "helper.py").write_text("GAIN = 0.1\n")
    (tmp_path / "own.py").write_text(OWN)
    run: Run = replace(QUICK, optimiser=files.from_file(f"{tmp_path}/own.py", "Mine")(0.2))
    computed([QUICK, run], store)
    return store.runs / key(run).name


def forget() -> None:
    """As in a process that has executed no file."""
    for name in list(files.USER_FILES):
        del files.USER_FILES[name]
        sys.modules.pop(name, None)


def test_why_of_a_run_with_a_part_in_a_file_executes_it_when_told_and_names_the_file_that_changed(
    own: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(store.root)
    forget()
    ended = command("why", own.name, capsys=capsys)
    assert (ended.code, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert f"cannot be compared: it needs '{tmp_path / 'own.py'}'" in ended.err
    assert "--execute-files" in ended.err
    ended = command("why", own.name, "--execute-files", capsys=capsys)
    assert ended.out == "nothing changed: this result is used\n"
    assert f"executed {tmp_path / 'own.py'}\n" in ended.err
    (tmp_path / "helper.py").write_text("GAIN = 0.2\n")
    ended = command("why", own.name, "--execute-files", capsys=capsys)
    assert ended.out == "the code of helper.py changed\nthe data were not looked at\n"
    assert contents(store.root) == before


def an_optimiser_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own.py").unlink()
    forget()
    return f"it needs '{tmp_path / 'own.py'}', which is not there"


def a_file_that_defines_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own.py").write_text("Other = 1\n")
    forget()
    return f"it needs '{tmp_path / 'own.py'}'"


def a_file_that_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own.py").write_text("raise KeyError('W3')\n")
    forget()
    return f"it needs '{tmp_path / 'own.py'}'"


def a_package_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """As where an extra was installed once, and is not in this environment."""
    there = names.registered()
    monkeypatch.setattr(names, "registered", lambda: {n: p for n, p in there.items() if n != "optimiser:sgd"})
    return "it needs 'optimiser:sgd', which is not registered here: install the package that brings it"


GONE: list[Callable[[Path, pytest.MonkeyPatch], str]] = [
    an_optimiser_that_is_gone,
    a_file_that_defines_nothing_any_more,
    a_file_that_raises,
    a_package_that_is_gone,
]


@pytest.mark.parametrize("gone", GONE)
def test_nothing_of_a_store_is_moved_where_what_a_run_needs_is_gone(
    gone: Callable[[Path, pytest.MonkeyPatch], str],
    own: Path,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = contents(store.root)
    words = gone(tmp_path, monkeypatch)
    if gone is a_package_that_is_gone:
        own = store.runs / key(QUICK).name
        monkeypatch.setattr("plausible.study.store.stored.alike", names_anew)
    ended = command("why", own.name, capsys=capsys)
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    for line in READERS:
        ended = command(*line, capsys=capsys)
        assert ended.code == 0
        assert "Traceback" not in ended.err
        assert line == ("clean",) or own.name in ended.err + ended.out  # which reads no result
        assert contents(store.root) == before
    assert len(Store().load()) > 0
    assert contents(store.root) == before


def names_anew(text: str) -> Any:
    """Decoding that remembers nothing of before."""
    import json

    from plausible.registry.encoding import decode

    return decode(json.loads(text))


def test_a_store_that_may_only_be_read_is_read(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As on a disk that is mounted so, also where it lacks the folders that only writing needs."""
    computed([QUICK], store)
    (store.root / "locks").rmdir()

    def refused(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    for name in ("mkdir", "rename", "unlink", "write_text", "rmdir"):
        monkeypatch.setattr(Path, name, refused)
    monkeypatch.setattr(stores, "MANY", 1)  # many enough for a pack
    monkeypatch.setattr("tempfile.mkdtemp", refused)
    monkeypatch.setattr("pyarrow.OSFile", refused)
    assert command("why", key(QUICK).name, capsys=capsys).out == "nothing changed: this result is used\n"
    assert len(Store().load()) > 0
    assert [stored.run for stored in Store()] == [QUICK]


def test_a_pack_of_tables_holds_runs_whose_parts_are_gone(
    own: Path,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Which are said, where they are left out, and come back."""
    monkeypatch.setattr(stores, "MANY", 1)
    first = Store().load()
    assert (store.root / "pack.arrow").is_file()
    an_optimiser_that_is_gone(tmp_path, monkeypatch)
    before = contents(store.root)
    again = Store().load()
    told = capsys.readouterr().err
    assert own.name in set(again.key) or f"{own} is left where it is, and not used: it needs " in told
    assert contents(store.root) == before
    (tmp_path / "own.py").write_text(OWN)
    files.from_file(f"{tmp_path}/own.py", "Mine")
    assert set(Store().load().key) == set(first.key) == {own.name, key(QUICK).name}


def test_execution_is_as_it_was(own: Path, store: Store) -> None:
    """The optimiser of the file is the one that was computed with."""
    stored = store.read(own)
    assert stored is not None
    assert [row.value for row in execute(stored.run).rows if "second" not in row.metric] == [
        row.value for row in stored.outcome().rows if "second" not in row.metric
    ]


@pytest.mark.parametrize(("kind", "name"), [("rule", "gone-rule"), ("task", "gone-task")])
def test_why_names_the_rule_or_task_that_a_run_needs(
    kind: str, name: str, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of a package that is not in this environment: nothing is moved."""
    folder = store.save(key(QUICK), Outcome(QUICK, "done", rows=[]))
    spec = folder / "spec.json"
    stored = json.loads(spec.read_text(encoding="utf-8"))
    spec.write_text(json.dumps(stored | {kind: name}), encoding="utf-8")
    ended = command("why", folder.name, capsys=capsys)
    assert f"it needs {kind} '{name}', which is not registered here: install" in ended.out + ended.err
    assert folder.is_dir()
