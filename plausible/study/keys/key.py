"""The key of a run: all that its numbers depend on, as far as code shows it, and little else.

Four parts: the resolved *spec*; the *data*, as they are after loading; the *code*; and the *versions* of the libraries
that compute. The code is that which the run reaches by name, as syntax trees without comments and docstrings, so that
a changed equation makes another key and a changed explanation does not. Of a user's own module only the definitions
that are reached count where its top level only defines (`plain.py` lists what that means); else the whole module
counts, with all modules of the user's that it imports in any branch. What no key knows stands in docs/studies.md.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, singledispatch
from typing import Any, NamedTuple
from uuid import uuid4

from plausible.registry import registry
from plausible.registry.encoding import CLASS, decode, encode, fileless, json_text
from plausible.registry.session import MAIN, is_in_session
from plausible.study.course import reference_of
from plausible.study.experiment import Experiment
from plausible.study.keys import roots
from plausible.study.keys.data import data_digest
from plausible.study.keys.reach import Reached
from plausible.study.keys.roots import Roots
from plausible.study.keys.search import DATA
from plausible.study.keys.sources import shown_name
from plausible.study.run import Run
from plausible.study.work import Work

LIBRARIES = (
    "numpy",
    "scipy",
    "brian2",
)  # libraries that compute: those that the suite's own code uses in a run are in its key
PYTHON = "python"
ONCE = "value of "  # how the part of a key begins that no other key has, as a value cannot be told
PARTS = {CLASS, "spec", "data", "code", "versions", "roots"}


@dataclass(frozen=True)
class Key:
    """The parts of a key; equal parts mean equal numbers."""

    spec: str
    data: str
    code: tuple[tuple[str, str], ...]  # module, digest of its syntax tree
    versions: tuple[tuple[str, str], ...]  # library, version
    roots: tuple[str, ...] = ()  # the names from which the code was followed, each as "module:name"

    @cached_property
    def name(self) -> str:
        """The key as 32 hexadecimal digits."""
        return name_of(encode(self))

    @property
    def code_digest(self) -> str:
        """The code as 16 hexadecimal digits, for tables."""
        return digest(json.dumps(self.code))[:16]

    @property
    def of_session(self) -> bool:
        """Whether the code of this session is part of it."""
        return any(name == MAIN for name, _ in self.code)

    @property
    def untold(self) -> list[str]:
        """What no key can tell from others: with any of these, no other key equals this one."""
        return [name.removeprefix(ONCE) for name, _ in self.code if name.startswith(ONCE)]

    def differences(self, stored: Key) -> list[str]:
        """The differences between this key and a stored one, in words; [] if they are equal.

        Under another minor version of Python the same code has another digest, so that code is not compared then.
        """
        words = [
            f"the {part} changed" for part in ("spec", "data") if getattr(self, part) != getattr(stored, part)
        ]
        python = dict(self.versions).get(PYTHON) != dict(stored.versions).get(PYTHON)
        for what in ("versions",) if python else ("code", "versions"):
            now, then = by_name(getattr(self, what)), by_name(getattr(stored, what))
            for name in sorted(now.keys() | then.keys()):
                if now.get(name) != then.get(name):
                    words.append(difference(what, name, then.get(name), now.get(name)))
        return words


def read_key(parts: Mapping[str, Any]) -> Key:
    """The key with these parts, given as JSON. Raises `BadInput` if they make no key."""
    texts, pairs = (
        [parts.get("spec"), parts.get("data")],
        [*listed(parts.get("code")), *listed(parts.get("versions"))],
    )
    roots = parts.get("roots", [])
    plain = all(type(pair) is list and len(pair) == 2 for pair in pairs) and type(roots) is list
    texts += [*(text for pair in pairs for text in pair), *roots] if plain else [None]
    if not (plain and parts.keys() <= PARTS and all(type(text) is str for text in texts)):
        decoded: Key = decode(parts, Key)  # slower, but its error says what is wrong
        return decoded
    code, libraries = (tuple(map(tuple, parts[what])) for what in ("code", "versions"))
    key = Key(parts["spec"], parts["data"], code, libraries, tuple(roots))
    vars(key)["name"] = name_of(parts)  # from the stored parts, even if a key of today has others
    return key


def listed(parts: Any) -> list[Any]:
    """A list unchanged; for anything else, a list that fits no key."""
    return parts if type(parts) is list else [None]


def name_of(parts: Mapping[str, Any]) -> str:
    """The name of a key with these parts, given as JSON. `roots` say where `code` is from, and are left out of it."""
    # the class as it was written first, so that the names of folders stay
    named = {name: part for name, part in parts.items() if name != "roots"}
    named[CLASS] = "plausible.study.key:Key"
    return digest(json.dumps(named, sort_keys=True, separators=(",", ":")))[:32]


def by_name(parts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Digests or versions by name; two files may have one name."""
    by_part: dict[str, str] = {}
    for name, value in parts:
        by_part[name] = f"{by_part[name]} {value}" if name in by_part else value
    return by_part


def difference(what: str, name: str, then: str | None, now: str | None) -> str:
    """One difference, in words."""
    if what == "versions":
        name = name.capitalize() if name == PYTHON else name
        return f"{name} is {now or 'not there'}, was {then or 'not known'}"
    if then is None or now is None:
        kind = "" if name.startswith(f"{DATA} ") else "module "
        return f"the {kind}{name} is {'new' if then is None else 'not used any more'}"
    return f"the {name} changed" if name.startswith(f"{DATA} ") else f"the code of {name} changed"


def key(run: Work, data: str = "") -> Key:
    """The key of a run. Raises `BadInput` if the run names something that does not exist.

    If `data` is given, it is taken for the digest of the data, and the data are not made.
    """
    known = begun(run)
    seed = {"seed": run.seed} if "seed" in known.spec else {}
    data = data or (data_digest(run.data, run.seed) if run.data else "")
    return key_of(digest(json_text(known.spec | seed)), data, known.roots)


def key_of(spec: str, data: str, start: Roots, used: Iterable[str] = ()) -> Key:
    """The key of a run whose code starts from `start`; the versions of the libraries `used` are in it, too."""
    reached = start.reached()
    written = sorted(f"{shown_name(thing)}:{name}" for thing, name in start.names)
    once = tuple((f"{ONCE}{what}", uuid4().hex) for what in reached.untold)
    return Key(
        spec, data, once + reached.code, versions(libraries(reached) | frozenset(used)), tuple(written)
    )


@singledispatch
def roots_of(run: Work) -> Roots:
    """The roots of a run's code: the engine, and all that the run names or holds. Raises `BadInput`."""
    return roots.of([run.engine], [run])


@roots_of.register
def roots_of_experiment(run: Experiment) -> Roots:
    """The function, what performs it, and the rules, tasks and optimisers that its options name."""
    function = run.load()
    place = roots.placed(run.function) if ":" in run.function else (function.__module__, function.__name__)
    words = [value for _, value in run.options if isinstance(value, str)]
    return roots.of([run.engine, place, *roots.meant(words)], [])


@roots_of.register
def roots_of_run(run: Run) -> Roots:
    """Rule, task, reference, and the classes of all fields."""
    rule = registry.rule(run.rule, run.network)
    reference = reference_of(rule)  # asked of the instance, as options may decide
    names = [run.engine, roots.named("rule", run.rule), roots.named("task", run.task)]
    fields = [getattr(run, name) for name in run.__dataclass_fields__]
    return roots.of([*names, *([roots.named("rule", reference)] if reference else [])], [rule, *fields])


class Begun(NamedTuple):
    """The parts that keys of runs which differ only in their seeds have in common."""

    values: tuple[Any, ...]  # held, so that no other object gets the identity of one of them
    roots: Roots
    spec: dict[str, Any]  # as JSON


_BEGUN: dict[Any, Begun] = {}


def begun(run: Work) -> Begun:
    """The common parts of the keys of a run's seeds; made once if rule and task are registered. `BadInput`."""
    values: tuple[Any, ...] = ()
    if run.registered and not any(map(is_in_session, run.named().values())):
        values = tuple((name, value) for name, value in sorted(vars(run).items()) if name != "seed")
    mark = marked(values)
    known = _BEGUN.get(mark) if values else None
    if known is None:
        known = Begun(values, roots_of(run), encode(spec_of(run), fileless))
        if len(_BEGUN) >= roots.MOST:
            _BEGUN.clear()
        if values:
            _BEGUN[mark] = known
    return known


def marked(value: Any) -> Any:
    """A mark that tells a value from all others: also 1 from 1.0, and an object from another that equals it."""
    if isinstance(value, tuple):
        return tuple(map(marked, value))
    return (type(value), value) if isinstance(value, str | int | float) or value is None else id(value)


def spec_of(run: Work) -> Work:
    """The run with its names resolved: initials and full names give one key, and so do paths to one file."""
    return run.renamed(lambda kind, text: registry.placeless(text, kind))


def digest(text: str | bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def libraries(reached: Reached) -> frozenset[str]:
    """The libraries whose versions are in a key: of the suite's own, those that compute; of other code, all."""
    users = {name for name in reached.users if name not in sys.stdlib_module_names}
    return frozenset(users | (reached.packages & {*LIBRARIES}))


@cache
def versions(packages: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The minor version of Python, and the versions of these libraries, of those that are installed."""
    by_library = {PYTHON: f"{sys.version_info.major}.{sys.version_info.minor}"}
    for name in sorted(packages):
        with suppress(importlib.metadata.PackageNotFoundError):
            by_library[name] = importlib.metadata.version(distribution(name))
    return tuple(by_library.items())


def distribution(name: str) -> str:
    """The name of the distribution that installs a package: scikit-learn for `sklearn`."""
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return next(iter(importlib.metadata.packages_distributions().get(name, [])), name)
    return name
