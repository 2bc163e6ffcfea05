"""Processes that start without this one's main module, and import no file because it lies in their folder.

`multiprocessing` executes the main script again in every process that it starts: a script without an
`if __name__ == "__main__"` would start its study again there, and one that Python read from a pipe is in no file.
Workers need nothing of it, as runs travel as JSON. They import the suite from where this process has it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from pathlib import Path
from typing import Any

HOME = str(Path(__file__).parents[3])  # the folder that the suite is imported from
SAFE, PLACES = "PYTHONSAFEPATH", "PYTHONPATH"
MAIN = "init_main"  # how the items begin that tell a process which main module to execute

_LOCK = threading.Lock()
_APART: Counter[str] = Counter()  # names of processes, with the number of contexts that ask for them
_USUAL: Any = spawn.get_preparation_data


@contextmanager
def without_main(name: str) -> Iterator[None]:
    """A context in which processes called `name` start without the main module; all others start as ever."""
    with _LOCK:
        _APART[name] += 1
        spawn.get_preparation_data = prepared
    try:
        yield
    finally:
        with _LOCK:
            _APART[name] -= 1
            if not any(_APART.values()):
                spawn.get_preparation_data = _USUAL


def prepared(name: str) -> dict[str, Any]:
    """What a process called `name` is told before it begins."""
    told: dict[str, Any] = _USUAL(name)
    return {key: value for key, value in told.items() if not (_APART[name] and key.startswith(MAIN))}


@contextmanager
def safe_path() -> Iterator[None]:
    """A context in which Python processes that start import nothing from their current folder.

    Where the suite itself was found there, as by `python -m plausible` in a clone, they find it nevertheless, and not
    another one that is installed.
    """
    before = {name: os.environ.get(name) for name in (SAFE, PLACES)}
    os.environ[SAFE] = "1"
    if HOME not in sys.path[1:]:
        os.environ[PLACES] = os.pathsep.join([HOME, *filter(None, [before[PLACES]])])
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
