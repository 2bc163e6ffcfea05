"""Links and locks that lie in wait in a store are removed or left, and never followed.

Oracle: what lies outside the store, to the last byte.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from filelock import FileLock

from plausible.study.engine import Claims
from plausible.study.keys.key import key
from plausible.study.store.store import Store
from tests.suite.command import command
from tests.suite.hostile import STUDY, files, json_of, read_by_all, table_of
from tests.suite.quick import QUICK


def links(folder: Path, outside: Path) -> None:
    """Links of all kinds, and a folder with one in it."""
    (folder / "to-a-folder").symlink_to(outside)
    (folder / "to-a-file").symlink_to(outside / "precious.txt")
    (folder / "to-nothing").symlink_to(outside / "nothing")
    (folder / "to-itself").symlink_to(folder / "to-itself")
    (folder / "nested").mkdir()
    (folder / "nested" / "link").symlink_to(outside)
    (folder / "a-file").write_text("left")


def test_links_in_writing_are_removed_and_never_followed(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links(store.root / "writing", outside)
    precious = files(outside)
    assert command("clean", capsys=capsys)[:2] == (0, "6 left over and 0 stale removed\n")
    assert list((store.root / "writing").iterdir()) == []
    assert files(outside) == precious


@pytest.mark.parametrize("folder", ["runs", "quarantine", "locks", "checkpoints"])
def test_links_elsewhere_are_left_alone(
    folder: str, place: Path, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / folder).mkdir(exist_ok=True)
    links(store.root / folder, outside)
    precious = files(outside)
    assert read_by_all(store, tmp_path, capsys) == []
    assert command("clean", "--all", "--yes", capsys=capsys).code == 0
    assert files(outside) == precious


def test_a_stale_run_behind_a_link_costs_the_link_alone(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_of("status.json", lambda s: s["key"].update(data="other"))(place)
    old = dataclasses.replace(key(QUICK), data="other")
    table_of(lambda t: t.set_column(0, "key", pa.array([old.name] * len(t))))(place)
    place.rename(outside / "theirs")
    (store.runs / old.name).symlink_to(outside / "theirs")
    precious = files(outside)
    ended = command("clean", "--all", "--yes", capsys=capsys)
    assert ended == (0, "0 left over and 1 stale removed\n", "")
    assert not os.path.lexists(store.runs / old.name)
    assert files(outside) == precious


def test_a_damaged_run_behind_a_link_is_left(
    place: Path, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "spec.json").write_text("{")
    place.rename(outside / "theirs")
    place.symlink_to(outside / "theirs")
    precious = files(outside)
    told = read_by_all(store, tmp_path, capsys)
    assert f"{place} is a link, and not used: spec.json is no JSON" in told
    assert place.is_symlink()
    assert files(outside) == precious


@pytest.mark.parametrize(
    "name", ["runs", "writing", "locks", "quarantine", "checkpoints", "tuning", "compare", "compare-2"]
)
@pytest.mark.parametrize("kind", ["link", "file"])
def test_folders_of_a_store_are_folders(
    name: str,
    kind: str,
    tmp_path: Path,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "hostile"
    root.mkdir()
    if kind == "link":
        (root / name).symlink_to(outside)
    else:
        (root / name).write_text("in the way")
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(root))
    (outside / ".t.parquet-x").mkdir()  # as `clean` would look for it in tuning/
    (outside / ".t.parquet-x" / "t.parquet").write_text("precious")
    os.utime(outside / ".t.parquet-x", (0, 0))
    precious = files(outside)
    for line in (["clean", "--all", "--yes"], ["tune", "accuracy"], ["compare", "--task", "xor"]):
        ended = command(*line, capsys=capsys)
        assert (ended.code, ended.err.count("\n")) == (2, 1), line
        assert f"{name}' is a link or a file" in ended.err
    assert files(outside) == precious


@pytest.mark.parametrize("target", ["precious.txt", "made"])
def test_the_lock_of_comparisons_is_no_link(
    target: str, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / "locks" / "compare.lock").symlink_to(outside / target)
    precious = files(outside)
    small = ["--rules", "fa", "--seeds", "1", "--epochs", "1", "--hidden", "4", "--workers", "1"]
    ended = command("compare", "--task", "xor", *small, capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1), "before anything runs"
    assert "is no file: expected a lock, or nothing; move it away" in ended.err
    assert files(outside) == precious


def test_half_a_run_whose_lock_is_a_link_is_in_nobody_s_use(
    store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether somebody holds what lies outside is no matter, and it is not opened to see."""
    (store.root / "writing" / f"{'0' * 32}-x").mkdir()
    (store.root / "locks" / f"{'0' * 32}.lock").symlink_to(outside / "precious.txt")
    precious = files(outside)
    with FileLock(outside / "precious.txt"):
        (outside / "precious.txt").write_bytes(precious["precious.txt"])
        assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
    assert files(outside) == precious


def test_a_link_to_a_whole_run_in_writing_is_not_put_in_its_place(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.rename(outside / "theirs")
    (store.root / "writing" / f"{place.name}-x").symlink_to(outside / "theirs")
    precious = files(outside)
    assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
    assert not os.path.lexists(place)
    assert files(outside) == precious


def test_locks_that_nobody_holds_are_removed_and_held_ones_left(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    free, held, other = (store.root / "locks" / f"{name}.lock" for name in ("0" * 32, "1" * 32, "mine"))
    for file in (free, other):
        file.write_text("")
    with FileLock(held):
        assert command("clean", "--dry-run", capsys=capsys).out.splitlines() == [
            f"left over: {free}",
            "1 left over and 0 stale would be removed",
        ]
        assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
        assert sorted((store.root / "locks").iterdir()) == [held, other]


def test_a_run_that_is_there_leaves_no_lock(place: Path, store: Store) -> None:
    """As where two processes share a store, and one asks for what the other has just stored."""
    assert Claims(store).claim(QUICK) == "there"
    assert list((store.root / "locks").iterdir()) == []


@pytest.mark.parametrize("kind", ["a folder", "a link", "a link to nothing", "a pipe"])
def test_a_lock_that_is_no_file_is_refused(
    kind: str, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = store.root / "locks" / f"{key(QUICK).name}.lock"
    makers: dict[str, Callable[[], Any]] = {
        "a folder": lock.mkdir,
        "a link": lambda: lock.symlink_to(outside / "precious.txt"),
        "a link to nothing": lambda: lock.symlink_to(outside / "made"),
        "a pipe": lambda: os.mkfifo(lock),
    }
    makers[kind]()
    precious = files(outside)
    study = tmp_path / "study.py"
    study.write_text(STUDY)
    ended = command("run", str(study), "--scale", "smoke", "--workers", "1", capsys=capsys)
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert f"error: {str(lock)!r} is no file: expected a lock, or nothing; move it away\n" in ended.err
    assert files(outside) == precious
