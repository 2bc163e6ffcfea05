"""Which code a run executes: all that is reached by names from its rule, task, optimiser and other parts.

Definitions are followed one by one, through imports, in the modules of the suite, of a user's own files and of the
packages that a run's parts come from. So a rule that is added to a file changes nothing for the other rules there.
Where names cannot tell (a module that is handed on, `globals()`, `import *`), the whole module counts. Statements of a
module that do more than bind names count for every module that imports it; a user's own module then counts whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from plausible.errors import BadInput
from plausible.registry.session import MAIN
from plausible.study.keys.search import Search
from plausible.study.keys.sources import (
    Thing,
    data_read,
    package,
)

ALL = "*"  # as the name in a root: the whole module

Root: TypeAlias = tuple[Thing, str]  # a module, and a name in it
Code: TypeAlias = tuple[tuple[str, str], ...]  # modules, with the digests of what is reached in them


class Reached(NamedTuple):
    """The code that is reached from some roots."""

    code: Code
    packages: frozenset[str]  # libraries that the suite's own code uses
    users: frozenset[str]  # libraries that other code uses
    untold: tuple[str, ...] = ()  # values of this session that no key can tell from others, each with why


_REACHED: dict[tuple[frozenset[Root], frozenset[str]], tuple[Search, Reached]] = {}
MOST = 4096  # results that are remembered


def reached_from(roots: Iterable[Root], followed: frozenset[str] = frozenset()) -> Reached:
    """The code that is reached from these names, each in a module.

    Nothing is imported or executed on the way. An earlier result is returned as long as no file has changed.

    Args:
        roots: the names to start from.
        followed: packages whose code counts; of others, the version counts.

    Raises:
        BadInput: for a file that is no Python, or is not there.
    """
    asked = frozenset(roots), followed
    if asked in _REACHED:
        search, result = _REACHED[asked]
        if holds(search):
            return result
    search = Search(followed)
    for thing, name in sorted(asked[0], key=str):
        if search.module(thing) is None:
            search.users.add(package(thing))
        elif name == ALL:
            search.whole(thing)
        else:
            search.name(thing, name)
        search.follow()
    while search.kin() or search.meant() or search.blind():
        search.follow()
    search.digests = data_read(search.modules)
    search.script = tuple(sorted(name for thing, name in asked[0] if thing == MAIN))
    search.values = search.live()
    code = tuple(sorted(search.code()))
    result = Reached(code, frozenset(search.packages), frozenset(search.users), tuple(search.untold()))
    if len(_REACHED) >= MOST:
        _REACHED.clear()
    _REACHED[asked] = search, result
    return result


def holds(search: Search) -> bool:
    """Whether nothing changed since a search; a file that is not there any more is a change."""
    try:
        return search.still_holds()
    except BadInput:
        return False
