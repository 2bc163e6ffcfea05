"""Which runs of a store belong to which study and scale, as `plausible run` and `plausible tune` write it down.

    results/studies/<study>/<digest of the scale>.json    {"study": ..., "scale": ..., "keys": [...]}

A run may be a cell of several studies, and of several scales of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from plausible.errors import BadInput
from plausible.printing.remarks import remark
from plausible.study.store.stored import read_json
from plausible.writing import whole

FOLDER = "studies"


class Member(NamedTuple):
    """A run of a study at a scale, by the name of its key."""

    study: str
    scale: str
    key: str


def add(root: Path, study: str, scale: str, keys: Iterable[str]) -> None:
    """Write down that these runs belong to a study at a scale, beside those of before. Raises `OSError`."""
    file = root / FOLDER / study / f"{hashlib.sha256(scale.encode()).hexdigest()[:16]}.json"
    before = [member.key for member in of_file(file)] if file.exists() else []
    names = list(dict.fromkeys([*before, *keys]))
    if names == before:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as part:
        text = json.dumps({"study": study, "scale": scale, "keys": names}, indent=1)
        part.write_text(f"{text}\n", encoding="utf-8")


def read(root: Path) -> list[Member]:
    """All members of all studies. A file that cannot be read is named in a remark, and left out."""
    return [member for file in sorted((root / FOLDER).glob("*/*.json")) for member in of_file(file)]


def of_file(file: Path) -> Iterator[Member]:
    """The members in a file."""
    try:
        content = read_json(file)
        study, scale, keys = (content.get(name) for name in ("study", "scale", "keys"))
        if not (isinstance(study, str) and isinstance(scale, str) and isinstance(keys, list)):
            raise BadInput("it names no study, no scale or no runs")
        yield from (Member(study, scale, str(key)) for key in keys)
    except (BadInput, OSError) as error:
        remark(f"{file} is left where it is, and not used: {error}")
