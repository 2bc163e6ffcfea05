"""The key of a run: everything that its numbers depend on, and nothing else.

Four parts: the resolved *spec*; the *data*, as they are after loading; the *code* of the modules that the run
imports, as syntax trees without comments and docstrings, so that a changed equation makes another key and a changed
explanation does not; and the *versions* of the libraries that compute.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from plausible.core import randomness
from plausible.errors import BadInput, first_line
from plausible.optimise.nested import members
from plausible.registry import files, registry
from plausible.registry import specs as named
from plausible.registry.encoding import CLASS, canonical, encode
from plausible.study.course import reference_of
from plausible.study.experiment import Experiment
from plausible.study.run import Run
from plausible.tasks.task import Task

ENGINE = "plausible.study.course"  # what executes a run; what schedules, stores and draws it is not part of the key
EXPERIMENTER = "plausible.study.experiment"
LONGEST = 2**22  # bytes of a file of Python
LIBRARIES = ("numpy", "scipy", "brian2")  # those of them that a run imports are in its key


@dataclass(frozen=True)
class Key:
    """The parts of a key; equal parts mean equal numbers."""

    spec: str
    data: str
    code: tuple[tuple[str, str], ...]  # module, digest of its syntax tree
    versions: tuple[tuple[str, str], ...]  # library, version

    @cached_property
    def name(self) -> str:
        """The key as 32 hexadecimal digits."""
        # the class as it was first written, so that folders keep their names
        parts = encode(self) | {CLASS: "plausible.study.key:Key"}
        return digest(json.dumps(parts, sort_keys=True, separators=(",", ":")))[:32]

    def differences(self, stored: Key) -> list[str]:
        """What makes this key another one than a stored key, in words; nothing if they are equal."""
        found = [
            f"the {part} changed" for part in ("spec", "data") if getattr(self, part) != getattr(stored, part)
        ]
        for what in ("code", "versions"):
            now, then = dict(getattr(self, what)), dict(getattr(stored, what))
            for name in sorted(now.keys() | then.keys()):
                if now.get(name) != then.get(name):
                    found.append(difference(what, name, then.get(name), now.get(name)))
        return found


def difference(what: str, name: str, then: str | None, now: str | None) -> str:
    """One difference, in words."""
    if what == "versions":
        return f"{name} is {now or 'not there'}, was {then or 'not there'}"
    if then is None or now is None:
        return f"the module {name} is {'new' if then is None else 'no longer used'}"
    return f"the code of {name} changed"


def key(run: Run | Experiment, data: str = "") -> Key:
    """The key of a run. Raises `BadInput` if the run names something that does not exist.

    Where `data` is given, it is taken for the digest of the data, which are not made.
    """
    if isinstance(run, Experiment):
        code, packages = code_of((EXPERIMENTER, run.load().__module__))
        return Key(digest(canonical(run)), "", code, versions(packages))
    rule, task = registry.rule(run.rule, run.network), registry.load("task", named.parse(run.task).name)
    things = [
        type(rule),
        type(run.network),
        task,
        *map(type, members(run.optimiser).values()),
        type(run.until),
    ]
    if reference_of(rule):  # of the instance, whose options may decide
        things.append(registry.load("rule", named.parse(reference_of(rule)).name))
    modules = [ENGINE, *(thing.__module__ for thing in things)]
    code, packages = code_of(tuple(modules))
    return Key(
        digest(canonical(spec_of(run))), data or data_digest(run.task, run.seed), code, versions(packages)
    )


def spec_of(run: Run) -> Run:
    """The run with its names resolved: initials and full names give one key, and so do paths to one file."""
    return replace(run, rule=registry.placeless(run.rule), task=registry.placeless(run.task, "task"))


def digest(text: str | bytes) -> str:
    """SHA-256, in hexadecimal digits."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


_FIXED: dict[str, str] = {}  # digests of tasks that draw nothing from their generator


def data_digest(task: str, seed: int) -> str:
    """The digest of every number of a task at a seed."""
    if task not in _FIXED:
        rng = randomness(seed).data
        before = str(rng.bit_generator.state)
        found = digest_of(registry.task(task, rng))
        if str(rng.bit_generator.state) != before:
            return found
        _FIXED[task] = found
    return _FIXED[task]


def digest_of(task: Task) -> str:
    """The digest of a task's arrays, with their shapes and dtypes."""
    total = hashlib.sha256()
    for name, split in task.splits.items():
        for array in split:
            if array is not None:
                total.update(f"{name} {array.dtype} {array.shape}".encode())
                total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


@cache
def versions(packages: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The versions of the libraries that compute, of those that are used and installed."""
    installed = {d.metadata["Name"].lower() for d in importlib.metadata.distributions()}
    used = [name for name in LIBRARIES if name in packages & installed]
    return tuple((name, importlib.metadata.version(name)) for name in used)


Code: TypeAlias = tuple[tuple[str, str], ...]


@cache
def code_of(modules: tuple[str, ...]) -> tuple[Code, frozenset[str]]:
    """`code_from` modules alone, once a process: those of a file that changed are new ones."""
    return code_from(modules)


def code_from(things: Iterable[str | Path]) -> tuple[Code, frozenset[str]]:
    """The modules that `things` import, of the suite and of their own packages, each with the digest of its code.

    Nothing is imported or executed on the way.

    Args:
        things: names of modules, and files that a user wrote.

    Returns:
        The modules, and the names of all packages that they import.

    Raises:
        BadInput: for a file that is no Python.
    """
    waiting = list(things)
    ours = {"plausible", "baselines", *(package(thing) for thing in waiting)}
    found, packages = {}, set()
    while waiting:
        thing = waiting.pop()
        packages.add(package(thing))
        source = source_of(thing) if package(thing) in ours and thing not in found else None
        if source is None:
            continue
        try:
            found[thing], used = parsed(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise BadInput(f"{shown_name(thing)!r} is no Python ({first_line(error)})") from error
        waiting += used
    return tuple(sorted((shown_name(name), code) for name, code in found.items())), frozenset(packages)


@lru_cache(512)
def parsed(source: str) -> tuple[str, tuple[str, ...]]:
    """The digest of a module's code, and what it imports; studies share most modules. Raises what `ast.parse` does."""
    tree = ast.parse(source)
    return digest(ast.dump(without_docstrings(tree))), tuple(imported(tree))


def package(thing: str | Path) -> str:
    """The package that a module is in; a file is in none."""
    return "" if isinstance(thing, Path) else thing.partition(".")[0]


def shown_name(module: str | Path) -> str:
    """The name of a module; of a user's own file, the file's name, wherever it lies."""
    file = module if isinstance(module, Path) else files.USER_FILES.get(module)
    return str(module) if file is None else file.name


def source_of(module: str | Path) -> str | None:
    """The source of a module, or None if there is no such module or it has no source. Raises `BadInput`."""
    file = module if isinstance(module, Path) else files.USER_FILES.get(module) or origin(module)
    if file is None:
        return None
    if not file.is_file() or file.stat().st_size > LONGEST:
        raise BadInput(
            f"{str(file)!r} is not there, or no file of Python: expected one of up to {LONGEST} bytes"
        )
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{str(file)!r} cannot be read: {first_line(error)}") from error


def origin(module: str) -> Path | None:
    """Where the source of a module is, or None; unlike `importlib.util.find_spec`, without importing its package."""
    places: Any = None
    name = ""
    for part in module.split("."):
        name = f"{name}.{part}" if name else part
        specs = (finder.find_spec(name, places) for finder in sys.meta_path)
        spec = next(filter(None, specs), None)
        if spec is None:
            return None
        places = spec.submodule_search_locations
        if places is None and name != module:
            return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def imported(tree: ast.AST) -> list[str]:
    """The modules that a syntax tree imports, wherever it does; `from a import b` may mean a module `a.b`."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def without_docstrings(tree: ast.Module) -> ast.Module:
    """A syntax tree without docstrings and other texts that stand alone."""
    for node in ast.walk(tree):
        body: Any = getattr(node, "body", None)
        if isinstance(body, list):
            body[:] = [part for part in body if not lone_text(part)] or [ast.Pass()]
    return tree


def lone_text(node: ast.AST) -> bool:
    """Whether a statement is a text and nothing else."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
