"""An input that cannot be used: what is given, and a word that the one line about it has to hold.

`{here}` is a folder of the test's own in which the `FILES` of `bad_files.py` lie, and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

QUICK = "compare --task two-moons[examples=100] --hidden 4 --epochs 1 --seeds 1"


class Bad(NamedTuple):
    """A command line, a part of what is said of it, and variables of the environment."""

    line: str
    told: str
    environment: dict[str, str] = {}  # noqa: RUF012  # never changed
