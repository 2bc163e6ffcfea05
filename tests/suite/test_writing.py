"""What is written is whole or not there, and nothing is written through a link. Oracle: what the module promises."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from plausible.study import checkpoint
from plausible.writing import whole


def test_a_file_takes_its_place_at_the_end_alone(tmp_path: Path) -> None:
    file = tmp_path / "table.txt"
    file.write_text("before")
    with whole(file) as name:
        name.write_text("after")
        assert file.read_text() == "before"
    assert file.read_text() == "after"
    with suppress(ZeroDivisionError), whole(file) as name:
        name.write_text(str(1 / 0))
    assert file.read_text() == "after"
    assert [file] == list(tmp_path.iterdir())


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    with whole(tmp_path / "written") as name:
        name.write_text("")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("plain", "written")]
    assert modes[0] == modes[1]


@pytest.mark.parametrize(
    "guess",
    [f".file.{os.getpid()}", ".file.tmp", "file.tmp", ".file-"],
    ids=["the process", ".file.tmp", "file.tmp", ".file-"],
)
def test_names_that_can_be_guessed_are_never_written_to(guess: str, tmp_path: Path) -> None:
    """Somebody else's link at a name beside the output leads to a file of the user's; it stays as it is."""
    mine = tmp_path / "mine"
    mine.write_text("precious")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / guess).symlink_to(mine)
    with whole(folder / "file") as name:
        name.write_text("new")
    checkpoint.save(folder / "file", {"w": np.zeros(2)})
    assert mine.read_text() == "precious"
    assert (folder / guess).is_symlink()


def test_a_link_in_the_place_of_the_output_is_replaced_and_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("precious")
    (tmp_path / "file").symlink_to(mine)
    with whole(tmp_path / "file") as name:
        name.write_text("new")
    assert mine.read_text() == "precious"
    assert not (tmp_path / "file").is_symlink()
