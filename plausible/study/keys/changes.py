"""What has changed since a run was stored. No file that the result names is executed to tell."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from plausible.errors import BadInput, is_real
from plausible.registry import specs
from plausible.registry.encoding import SHORT, canonical, origins
from plausible.registry.names import file_of, is_in_file, is_relative, named, needed
from plausible.registry.registry import full_name
from plausible.registry.session import is_in_session
from plausible.study.keys.data import data_digest
from plausible.study.keys.key import Key, digest, key, key_of, spec_of
from plausible.study.keys.reach import Root
from plausible.study.keys.roots import Roots
from plausible.study.keys.search import DATA
from plausible.study.keys.sources import package
from plausible.study.store.stored import Stored
from plausible.study.work import Work
from plausible.tasks.fetch import here_only

LARGEST = 1e7  # the largest `size_of` of a task whose data are made only to see whether they changed
NOT_LOOKED_AT = "the data were not looked at"


def changes(stored: Stored, execute: bool = False) -> list[str]:
    """The changes for which a stored run would be run again, in words; [] if it would not.

    A file that its rule or task names is read and compared, and executed only with `execute`. Nothing is downloaded.

    Raises:
        BadInput: if it cannot be told: a file is not there, or would have to be executed or downloaded; or something
            that the run names is not registered any more; or a file is named relative to an unknown folder.
    """
    with here_only():
        return found_changes(stored, execute)


def found_changes(stored: Stored, execute: bool) -> list[str]:
    """See `changes`."""
    run = stored.run
    for kind, text in run.named().items():
        check_registered(kind, named(text))
        check_there(kind, text)
        # as in older stores: in this folder, the file of that name may be another one
        if is_relative(text):
            raise BadInput(
                f"{text!r} is named relative to a folder that is not known: run it again, if it is in doubt"
            )
    executed = execute or (run.registered and not files_of(run))
    now = key(run, stored.key.data) if executed else key_unexecuted(run, stored.key)
    differences = now.differences(stored.key)
    if not run.data:
        return differences
    if differences:  # the run is computed again anyway: its data, which may take long, need not be made
        return [*differences, NOT_LOOKED_AT]
    if file_of(run.data) and not execute:
        raise BadInput(
            f"the data of task {run.data!r} are known only when its file is executed: --execute-files"
        )
    if size_of(run.data) > LARGEST and not execute:
        raise BadInput(
            f"the data of task {SHORT.repr(run.data)} are too many to be made for this: --execute-files"
        )
    return replace(now, data=data_digest(run.data, run.seed)).differences(stored.key)


def check_registered(kind: str, name: str) -> None:
    """Raise `BadInput` for a name that is neither registered nor in a file: a package is gone that a run needs."""
    if not (is_in_file(name) or is_in_session(name)):
        try:
            full_name(kind, name)
        except BadInput as error:
            raise needed(f"{kind} {name!r}") from error


def check_there(kind: str, text: str) -> None:
    """Raise `BadInput` for a name in a file of a user's own that is not where the run found it."""
    file = None if is_relative(text) else file_of(text)
    if file is not None and not file.is_file():
        raise BadInput(f"it needs {kind} {text!r}, whose file is not there: put it back where it lay")


def size_of(task: str) -> float:
    """The product of the numbers among a task's options: a bound on how large its data are."""
    values = map(specs.guess, specs.parse(task).options.values())
    return math.prod(max(float(abs(value)), 1.0) for value in values if is_real(value))


def files_of(run: Work) -> list[Path]:
    """The user's own files that a run names, and those of the classes that it holds."""
    held = (place for place in origins(run) if isinstance(place, Path))
    places = [*map(file_of, run.named().values()), *held]
    return list(dict.fromkeys(file for file in places if file is not None))


def key_unexecuted(run: Work, stored: Key) -> Key:
    """The key of a run whose code is followed from the stored roots, so that nothing is executed.

    It tells as much as `key`: code that would name other roots has itself changed. The data are taken to be the stored
    ones.

    Raises:
        BadInput: if a file is not there, or what it defines is known only when it is executed.
    """
    files = {file.name: file for file in files_of(run)}
    then = {name for name, _ in stored.code}
    for name, file in files.items():
        if name not in then:
            raise BadInput(f"what {str(file)!r} defines is known only when it is executed: --execute-files")
    for name in then:
        if name.startswith(f"{DATA} "):
            raise BadInput(
                f"that {name} is read is known only when what reads it is executed: --execute-files"
            )
    start = Roots(dict.fromkeys([run.engine, *unnamed(stored, files)]), followed(stored))
    spec = digest(canonical(spec_of(run)))
    return key_of(spec, stored.data, start, {name for name, _ in stored.versions})


def unnamed(stored: Key, files: dict[str, Path]) -> list[Root]:
    """The roots of a stored run's code, with the paths of its files as they are now. Raises `BadInput`."""
    roots: list[Root] = []
    for text in stored.roots:
        module, _, name = text.rpartition(":")
        if module.endswith(".py") and module not in files:
            raise BadInput(f"{text!r} is in a file that the run does not name: --execute-files")
        roots.append((files.get(module, module), name))
    return roots


def followed(stored: Key) -> frozenset[str]:
    """The packages whose code is in a stored key."""
    return frozenset(package(name) for name, _ in stored.code)
