"""Remarks beside the results: they go to the hearers, if there are any, else to standard error in plain lines."""

from __future__ import annotations

import sys
from collections.abc import Callable

from plausible.printing.words import visible

HEARERS: list[Callable[[str], None]] = []  # the command's terminal, where there is one


def remark(line: str) -> None:
    """Say something in one line; line breaks of a name or a path in it are shown."""
    for hear in HEARERS:
        hear(line)
    if not HEARERS and sys.stderr is not None:
        print(visible(line, keep="\t"), file=sys.stderr)
