"""Processes that start without this one's main module.

`multiprocessing` executes the main script again in every process that it starts: a script without an
`if __name__ == "__main__"` would start its study again there, and one that Python read from a pipe is in no file.
Workers need nothing of it, as runs travel as JSON.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import spawn
from typing import Any

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
