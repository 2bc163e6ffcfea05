"""A file of data is shut to a rule at work by whatever name, in whatever context, and before any task was read.

Oracle: the operating system says which names stand for one file; all of them are refused alike, and no other file is.
"""

# ruff: noqa: PTH104, PTH105, PTH123, SIM115  # each way of opening a file is wanted as it is

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from plausible.core import AT_WORK, at_work, rule_at_work
from plausible.registry import registry
from plausible.tasks import shut
from plausible.tasks.shut import Shut, folders
from tests.processes import finished

DIGITS = Path(datasets.__file__).parent / "data" / "digits.csv.gz"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data in it, and with other names for them and for what lies there; it is the working folder."""
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    (data / "own").mkdir(parents=True)
    elsewhere.mkdir()
    for file in (data / "own" / "x.txt", elsewhere / "far.txt", tmp_path / "other.txt"):
        file.write_text("1\n")
    monkeypatch.setenv("PLAUSIBLE_DATA", str(data))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.txt").symlink_to(data / "own" / "x.txt")
    (tmp_path / "hard.txt").hardlink_to(data / "own" / "x.txt")
    (tmp_path / "linked").symlink_to(data)
    (data / "led").symlink_to(elsewhere)  # data lie on another disk
    (tmp_path / "digits").symlink_to(DIGITS.parent)
    return tmp_path


def in_folder(path: str, name: str) -> int:
    """Open a file by its name in a folder that is open."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.open(name, os.O_RDONLY, dir_fd=descriptor)
    finally:
        os.close(descriptor)


OPEN: dict[str, Callable[[], Any]] = {
    "a link": lambda: open("link.txt"),
    "a link to its folder": lambda: open("linked/own/x.txt"),
    "a hard link": lambda: open("hard.txt"),
    "a relative path": lambda: open("data/own/../own/x.txt"),
    "bytes": lambda: open(b"link.txt"),
    "a Path": lambda: Path("link.txt").read_text(),
    "os.open": lambda: os.open("link.txt", os.O_RDONLY),
    "os.open, to write too": lambda: os.open("hard.txt", os.O_RDWR),
    "the folder": lambda: os.open("data", os.O_RDONLY),
    "a path from the folder above": lambda: in_folder(".", "data/own/x.txt"),
    "a path from the root": lambda: in_folder("/", str(Path("hard.txt").absolute())[1:]),
    "numpy": lambda: np.loadtxt("link.txt"),
    "what a link in the folder leads to": lambda: open("elsewhere/far.txt"),
    "an address": lambda: sqlite3.connect(f"file:{Path('link.txt').absolute()}?mode=ro", uri=True),
    "another place": lambda: os.rename("data/own/x.txt", "moved.txt"),
    "another place of its folder": lambda: os.replace("linked/own", "moved"),
    "scikit-learn's by a link": lambda: open("digits/digits.csv.gz", "rb"),
}


@pytest.mark.parametrize("name", OPEN)
def test_a_file_of_data_is_refused_by_all_of_its_names(name: str) -> None:
    with at_work("mine"), pytest.raises(Shut, match="of data was asked for while rule 'mine' was at work"):
        OPEN[name]()


def test_so_is_one_that_was_opened_before(folder: Path) -> None:
    with (folder / "data" / "own" / "x.txt").open() as held, at_work("mine"):
        for again in (held.fileno(), f"/dev/fd/{held.fileno()}"):
            with pytest.raises(Shut, match="of data was asked for"):
                open(again, closefd=False) if isinstance(again, int) else open(again)


def test_so_is_one_that_a_task_was_read_from(folder: Path) -> None:
    np.savetxt(folder / "own.csv", np.random.default_rng(0).normal(size=(40, 3)))
    (folder / "own.py").write_text(
        "from pathlib import Path\nimport numpy as np\nfrom plausible.tasks.task import Task\n"
        "def mine(rng):\n    x = np.loadtxt(Path(__file__).with_name('own.csv'))\n"
        "    return Task.from_arrays(x, np.arange(len(x)) % 2)\n"
    )
    (folder / "second.csv").hardlink_to(folder / "own.csv")
    registry.task(f"{folder / 'own.py'}:mine", np.random.default_rng(0))
    with at_work("mine"), pytest.raises(Shut, match=r"file 'second.csv' of data was asked for"):
        (folder / "second.csv").read_text()


def test_other_files_are_open_to_it(folder: Path) -> None:
    """Files of one's own beside the data, under any name, and whatever is only written."""
    (folder / "mine.txt").hardlink_to(folder / "other.txt")
    with at_work("mine"):
        assert Path("other.txt").read_text() == Path("mine.txt").read_text() == "1\n"
        assert os.read(in_folder(".", "other.txt"), 1) == b"1"
        os.rename("other.txt", "renamed.txt")
        with open("link.txt", "w") as file:
            file.write("2\n")
        with pytest.raises(FileNotFoundError):
            open("none.txt")
    assert (folder / "data" / "own" / "x.txt").read_text() == "2\n"


def test_data_may_lie_where_a_link_leads(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAUSIBLE_DATA", str(folder / "linked"))
    assert str(folder / "data") + os.sep in folders()
    with at_work("mine"), pytest.raises(Shut, match=r"file 'x.txt' of data"):
        (folder / "data" / "own" / "x.txt").read_text()


def test_a_number_that_another_file_has_by_now_is_no_data(folder: Path) -> None:
    """A file of data is gone, and the file system gives its number to the next one."""
    (folder / "read.csv").write_text("1\n")
    shut.guard([str(folder / "read.csv")])
    about = (folder / "other.txt").stat()
    shut.SAME[shut.number(about)] = str(folder / "read.csv")
    with at_work("mine"):
        assert Path("other.txt").read_text() == "1\n"


def test_a_context_of_its_own_opens_nothing() -> None:
    with at_work("mine"):
        for asked in (lambda: registry.task("digits", np.random.default_rng(0)), lambda: DIGITS.read_bytes()):
            with pytest.raises(Shut, match="was asked for while rule 'mine' was at work"):
                Context().run(asked)
        with at_work(""):
            assert Context().run(rule_at_work) == ""
        assert Context().run(rule_at_work) == "mine"
    assert rule_at_work() == AT_WORK.get() == ""


@pytest.mark.parametrize("path", ["data/own/x.txt", "digits/digits.csv.gz"])
def test_nothing_has_to_be_read_before(path: str) -> None:
    """A new process, in which no task was made."""
    told = "from plausible.core import at_work; import plausible.contract\nwith at_work('mine'): open({!r}, 'rb')"
    run = finished([sys.executable, "-c", told.format(path)], check=False)
    assert run.returncode != 0
    assert "of data was asked for while rule 'mine' was at work" in run.stderr


def test_nothing_is_looked_at_where_no_rule_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens files by the thousand is not held up."""
    shut.guard()
    monkeypatch.setattr(shut, "name_of_data", lambda *given, **more: pytest.fail("it was looked at"))
    assert Path("data/own/x.txt").read_text() == "1\n"
