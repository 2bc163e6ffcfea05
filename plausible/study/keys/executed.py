"""Whether the code that a process executes, and the data that it learns from, are those of a key.

A key is made when a run is handed out. Files may change before a worker reads them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from plausible.registry import files, registry
from plausible.study.keys.data import data_digest, digest_of
from plausible.study.keys.followed import is_suite
from plausible.study.keys.key import Key, key
from plausible.study.keys.roots import named
from plausible.study.keys.search import DATA
from plausible.study.keys.sources import Changed, is_followed
from plausible.study.work import Work
from plausible.tasks.task import Task


@contextmanager
def as_keyed(run: Work, expected: Key) -> Iterator[None]:
    """A context in which a run is executed, with the code and the data of its key.

    They are compared when the run has made its task and before it learns; and at its end, if it has imported more.

    Raises:
        Changed: if they are others.
    """
    check(run, expected, expected.data)
    before = set(sys.modules)

    def hear(text: str, task: Task) -> None:
        if text == run.data:
            token = registry.MADE.set(deaf)
            try:
                check(run, expected, made_digest(text, run.seed, task))
            finally:
                registry.MADE.reset(token)
            before.update(sys.modules)

    token = registry.MADE.set(hear)
    try:
        yield
    finally:
        registry.MADE.reset(token)
    new = sys.modules.keys() - before
    if any(name in files.USER_FILES or is_followed(name, frozenset()) for name in new):
        check(run, expected, expected.data)


def deaf(text: str, task: Task) -> None:
    """Take no note of a task that is made."""


def check(run: Work, expected: Key, data: str) -> None:
    """Raise `Changed` unless the key of a run, with this digest of its data, is the expected one.

    A file that one process alone has read so far while it imported, as another had it in a cache, is not compared.
    """
    differences = key(run, data).differences(expected)
    one_sided = [
        words for words in differences if words.startswith(f"the {DATA} ") and not words.endswith("changed")
    ]
    if set(differences) > set(one_sided):
        raise Changed("; ".join(words for words in differences if words not in one_sided))


def made_digest(text: str, seed: int, task: Task) -> str:
    """The digest of a task that was made; of the suite's own, which come from files alone, it is remembered."""
    return data_digest(text, seed) if is_suite(named("task", text)[0]) else digest_of(task)
