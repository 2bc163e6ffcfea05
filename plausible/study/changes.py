"""What has changed since a run was stored, found without executing a file that the result names."""

from __future__ import annotations

from pathlib import Path

from plausible import registry
from plausible.errors import BadInput
from plausible.optimise.nested import members
from plausible.study.experiment import Experiment
from plausible.study.key import (
    ENGINE,
    EXPERIMENTER,
    Key,
    code_from,
    data_digest,
    digest,
    key,
    spec_of,
    versions,
)
from plausible.study.names import file_of, is_relative
from plausible.study.run import Run
from plausible.study.spec import canonical
from plausible.study.stored import Stored
from plausible.tasks.fetch import here_only


def changes(stored: Stored, execute: bool = False) -> list[str]:
    """Why a stored run would be run again, in words; nothing if it would not.

    A file that its rule or task names is read and compared, and executed only with `execute`. Nothing is downloaded.

    Raises:
        BadInput: if that cannot be told: a file is not there, or would have to be executed or downloaded; or something
            that the run names is not registered any more, or is in a file named from an unknown folder on.
    """
    with here_only():
        return found_changes(stored, execute)


def found_changes(stored: Stored, execute: bool) -> list[str]:
    """See `changes`."""
    run = stored.run
    for text in () if isinstance(run, Experiment) else (run.rule, run.task):
        # as older stores have it: the file of that name in this folder may be another one
        if is_relative(text):
            raise BadInput(
                f"{text!r} is named relative to a folder that is not known: run it again, if it is in doubt"
            )
    if execute or not (isinstance(run, Experiment) or files_of(run)):
        return key(run).differences(stored.key)
    now = key_unexecuted(run, stored.key)
    found = now.differences(stored.key)
    if not found and isinstance(run, Run) and file_of(run.task):
        raise BadInput(
            f"the data of task {run.task!r} are known only when its file is executed: --execute-files"
        )
    return found


def files_of(run: Run) -> list[Path]:
    """The user's own files that a run names."""
    optimisers = [registry.USER_FILES.get(type(part).__module__) for part in members(run.optimiser).values()]
    return [file for file in (file_of(run.rule), file_of(run.task), *optimisers) if file is not None]


def key_unexecuted(run: Run | Experiment, stored: Key) -> Key:
    """The key of a run, if the modules that it imports are those that it imported when it was stored.

    That is no weaker: a module that imports another one than then has changed itself. The data of a task in a user's
    file are taken to be the stored ones.

    Raises:
        BadInput: if a file is not there, or a class that it names comes from another one.
    """
    then = [name for name, _ in stored.code]
    if isinstance(run, Experiment):
        code, packages = code_from([EXPERIMENTER, *then])
        return Key(digest(canonical(run)), "", code, versions(packages))
    files = files_of(run)
    for file in files:
        if file.name not in then:
            raise BadInput(f"what {str(file)!r} defines is known only when it is executed: --execute-files")
    named = {file.name for file in files}
    modules = [name for name in then if name not in named]
    code, packages = code_from([ENGINE, *modules, *(file.resolve() for file in files)])
    data = stored.data if file_of(run.task) else data_digest(run.task, run.seed)
    return Key(digest(canonical(spec_of(run))), data, code, versions(packages))
