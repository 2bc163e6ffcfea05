"""The folder that a site is written to: nothing outside of it is touched, and nothing in it that is not the site's."""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from plausible.errors import BadInput, require
from plausible.writing import whole

LIST = "site.txt"  # the files of a site; it says that `report --html` wrote the folder
FIRST = "A site that plausible report --html wrote, and writes anew. Its files:"
PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")


def file_of(name: str) -> str:
    """The name of a file for whatever has a name: that, where it is plain; else what is plain of it, and a digest.

    The digest tells apart what is the same but for capitals and signs. No name leads out of a folder.

    >>> from plausible.site.folder import file_of
    >>> file_of("feedback-alignment"), file_of("../../x")[:2]
    ('feedback-alignment', 'x-')
    """
    if PLAIN.fullmatch(name):
        return name
    plain = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:60]
    return f"{plain}-{zlib.crc32(name.encode('utf-8', 'surrogatepass')):08x}".lstrip("-")


def checked(folder: Path) -> None:
    """Raise `BadInput` unless a site can be written to `folder`: it is not there, is empty, or holds a site."""
    expected = "a new or an empty folder, or one that this command has written before"
    require(not folder.is_symlink() or folder.is_dir(), "--out", str(folder), expected)
    if not folder.exists():
        return
    require(folder.is_dir(), "--out", str(folder), expected)
    if any(folder.iterdir()):
        listed(folder, expected)


def listed(folder: Path, expected: str) -> list[str]:
    """The files that an earlier site in `folder` says it consists of. Raises `BadInput` if none is there."""
    told = folder / LIST
    try:
        lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    except (OSError, ValueError):
        lines = []
    require(lines[:1] == [FIRST], "--out", str(folder), expected)
    return lines[1:]


def inside(folder: Path, name: str) -> Path:
    """The place of a site's file. Raises `BadInput` where a name, or a link in the folder, leads out of it."""
    parts = PurePosixPath(name).parts
    place = folder.joinpath(*parts)
    good = bool(parts) and ".." not in parts and not PurePosixPath(name).is_absolute()
    good = good and place.parent.resolve().is_relative_to(folder.resolve())
    require(
        good, "a file of the site", name, f"one inside of {str(folder)!r}: remove the links in that folder"
    )
    return place


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a site: its files by their names, which have slashes, and their list; files of an earlier one are removed.

    Raises:
        BadInput: if the folder holds anything but an earlier site, or cannot be written.
    """
    checked(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = listed(folder, "") if (folder / LIST).is_file() else []
        with whole(
            folder / LIST
        ) as told:  # first, so that a folder that is half written is known as a site's
            told.write_text("\n".join([FIRST, *sorted({*before, *files})]) + "\n", encoding="utf-8")
        for name, content in files.items():
            place = inside(folder, name)
            place.parent.mkdir(parents=True, exist_ok=True)
            with whole(place) as new:
                new.write_bytes(content)
        remove(folder, {*before} - {*files})
        with whole(folder / LIST) as told:
            told.write_text("\n".join([FIRST, *sorted(files)]) + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"the site cannot be written to {str(folder)!r} ({reason}): make room, or choose another folder"
        ) from error


def remove(folder: Path, names: Collection[str]) -> None:
    """Remove files of an earlier site that are not a part of this one. A name that leads elsewhere is left alone."""
    for name in names:
        try:
            place = inside(folder, name)
        except BadInput:
            continue
        if place.is_file() and place.suffix in (".html", ".csv", ".svg", ".png", ".pdf", ".css", ".js"):
            place.unlink()
