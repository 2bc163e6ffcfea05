"""A result tells which file its rule is in, from wherever it is read. Oracle: two folders with one file name each."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from plausible.registry.names import whole_path
from plausible.study.engine import Claims
from plausible.study.keys.changes import changes
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.cleaning import stale
from plausible.study.store.store import Store
from tests.suite.quick import QUICK, RULE, mine

HERE = replace(QUICK, rule="./mine.py:Mine")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a run of ./mine.py:Mine; the current folder is another one with another ./mine.py."""
    mine(tmp_path / "a", RULE)
    mine(tmp_path / "b", RULE.replace("2 *", "3 *"))
    store = Store(tmp_path / "results")
    monkeypatch.chdir(tmp_path / "a")
    store.save(key(HERE), Outcome(HERE, "done"))
    monkeypatch.chdir(tmp_path / "b")
    return store


def test_a_run_of_a_relative_file_is_not_stale_in_another_folder(store: Store, tmp_path: Path) -> None:
    (stored,) = store
    assert stored.run.rule == f"{tmp_path / 'a' / 'mine.py'}:Mine"
    assert stale(store) == []
    assert changes(stored, execute=True) == []
    mine(tmp_path / "a", RULE.replace("2 *", "4 *"))  # its own file
    assert changes(stored)[0] == "the code of mine.py changed"


def test_a_key_is_the_same_however_the_file_is_named(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path / "a")
    (stored,) = store
    assert key(HERE).name == key(stored.run).name == stored.folder.name
    assert Claims(store).outcome(HERE).run == HERE  # who asked for it finds it under that name


def test_an_old_run_of_a_relative_file_is_neither_stale_nor_removed(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    (stored,) = store
    file = stored.folder / "spec.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"rule": "./mine.py:Mine"}))
    assert stale(store) == stale(store, execute=True) == []
    assert "named relative to a folder that is not known" in capsys.readouterr().err


@pytest.mark.parametrize("what", ["rule", "task"])
def test_files_in_the_home_folder_are_written_from_there(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path.resolve()))
    monkeypatch.chdir(tmp_path)
    store, run = Store(tmp_path / "results"), replace(QUICK, **{what: "sub/mine.py:Mine[a=1]"})
    folder = store.save(key(QUICK), Outcome(run, "done"))
    assert json.loads((folder / "spec.json").read_text())[what] == "~/sub/mine.py:Mine[a=1]"


def test_what_could_not_be_read_again_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a[1] [x").mkdir()
    monkeypatch.chdir(tmp_path / "a[1] [x")
    assert whole_path("./mine.py:Mine[a=1]") == f"{tmp_path}/a[1] [x/mine.py:Mine[a=1]"
    for name in ("a\nb",):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        assert whole_path("./mine.py:Mine") == "./mine.py:Mine"
    for text in ("backprop", "fa[b=2]", "~/mine.py:Mine", "/x/mine.py:Mine"):
        assert whole_path(text) == text
