"""The names that stand for classes in a stored spec, so that whoever wrote it cannot choose what reading it imports.

A class is named by its kind and its registered name, as "optimiser:sgd"; a class in a user's own file by FILE.py:Name.
Values, such as activations, are named likewise. Kinds are those of `plausible.registry.kinds`.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from plausible.errors import BadInput, Lacking, first_line
from plausible.registry import files, kinds
from plausible.registry.brackets import head
from plausible.registry.kinds import KINDS
from plausible.registry.session import MAIN, in_session, is_in_session, name_in_session
from plausible.registry.specs import files_in, placed_task, refiled, task_file

PLACES = {  # the suite's own classes that are of no registered kind
    "run": "plausible.study.run:Run",
    "experiment": "plausible.study.experiment:Experiment",
    "key": "plausible.study.keys.key:Key",
    "relaxation": "plausible.settling.relaxation:Relaxation",
    "divisive": "plausible.networks.normalised:Divisive",
    "circuit": "plausible.spiking.circuit:Circuit",
    "circuit:group": "plausible.spiking.circuit:Group",
    "circuit:projection": "plausible.spiking.circuit:Projection",
    "circuit:regular": "plausible.spiking.circuit:Regular",
    "circuit:recorder": "plausible.spiking.circuit:Recorder",
    "circuit:table": "plausible.spiking.circuit:Table",
    "circuit:spikes": "plausible.spiking.circuit:Spikes",
}
BEFORE = {  # places that older stores wrote instead of names; these stay, wherever the classes move
    "plausible.study.run:Run": "run",
    "plausible.study.experiment:Experiment": "experiment",
    "plausible.study.key:Key": "key",
    "plausible.networks:MLP": "network:mlp",
    "plausible.recurrent_network:RNN": "network:rnn",
    "plausible.optimise.schedules:Steps": "schedule:steps",
    "plausible.optimise.schedules:Levels": "schedule:levels",
    "plausible.optimise.schedules:Cosine": "schedule:cosine",
    "plausible.functions:Zero": "init:zero",
    "plausible.functions:Uniform": "init:uniform",
    "plausible.functions:Gaussian": "init:gaussian",
    "plausible.functions:Glorot": "init:glorot",
    "plausible.half_glorot:HalfGlorot": "init:half-glorot",
    "plausible.functions:He": "init:he",
    "plausible.functions:Orthogonal": "init:orthogonal",
    "plausible.probes.criterion:Within": "criterion:within",
    "plausible.optimise.sgd:SGD": "optimiser:sgd",
    "plausible.optimise.adam:Adam": "optimiser:adam",
    "plausible.optimise.rmsprop:RMSprop": "optimiser:rmsprop",
    "plausible.optimise.bold_driver:BoldDriver": "optimiser:bold-driver",
    "plausible.optimise.delta_bar_delta:DeltaBarDelta": "optimiser:delta-bar-delta",
    "plausible.optimise.rprop:Rprop": "optimiser:rprop",
    "plausible.optimise.quickprop:Quickprop": "optimiser:quickprop",
    "plausible.optimise.wrappers:Decay": "optimiser:decay",
    "plausible.optimise.wrappers:Clipped": "optimiser:clipped",
    "plausible.optimise.wrappers:Grouped": "optimiser:grouped",
    "plausible.optimise.wrappers:Manhattan": "optimiser:manhattan",
}


@cache
def registered() -> dict[str, EntryPoint]:
    """Where each class is that can stand in a spec: what has a kind by "kind:name", other classes by their names."""
    classes = [kind for kind, about in KINDS.items() if about.form == "class"]
    of_kinds = {f"{kind}:{name}": point for kind in classes for name, point in kinds.registered(kind).items()}
    return of_kinds | {name: EntryPoint(name, place, "") for name, place in PLACES.items()}


@cache
def _names() -> dict[str, str]:
    """Names by places."""
    return {point.value: name for name, point in registered().items()}


def name_of(cls: type) -> str:
    """The name of a class. Raises `BadInput` for one that is registered nowhere."""
    place = f"{cls.__module__}:{cls.__qualname__}"
    if cls.__module__ in files.USER_FILES:
        return in_file(files.USER_FILES[cls.__module__], cls)
    if cls.__module__ == MAIN:
        return name_in_session(cls)
    if place in _names():
        return _names()[place]
    package = cls.__module__.partition(".")[0]
    for name, point in registered().items():  # registered by another place than its own
        if point.module.partition(".")[0] == package and point.load() is cls:
            return name
    raise BadInput(
        f"class {place} is registered nowhere, so that its results could not be read: expected an entry point under "
        f"{', '.join(kind.group for kind in KINDS.values())}, or a class in a file that is named FILE.py:Name"
    )


def in_file(file: Path, cls: type) -> str:
    """The name of a class in a user's own file. Raises `BadInput` for one that does not stand at the top of it."""
    if getattr(sys.modules[cls.__module__], cls.__qualname__, None) is not cls:
        raise BadInput(
            f"class {cls.__qualname__} of {str(file)!r} cannot be named, so that its results could not be read: "
            "expected a class at the top of the file, under its own name"
        )
    return f"{file}:{cls.__qualname__}"


def name_of_value(kind: str, value: Any, alike: Callable[[Any], bool]) -> str:
    """The name of a value, such as an activation.

    Args:
        kind: what it is.
        value: with a `name` and a function, `value`.
        alike: whether another value is this one.

    Raises:
        BadInput: if it is registered nowhere, and does not stand at the top of a user's file.
    """
    points = kinds.registered(kind)
    likely = {value.name: points[value.name]} if value.name in points else {}
    for name, point in (likely | points).items():
        if alike(loaded(point)):
            return name
    home = getattr(
        value.value, "__module__", ""
    )  # the module that defines its function, as other modules may import the value
    modules = sorted(files.USER_FILES, key=lambda name: (name != home, str(files.USER_FILES[name])))
    for module in modules:
        for name, thing in vars(sys.modules[module]).items():
            if type(thing) is type(value) and alike(thing):
                return f"{files.USER_FILES[module]}:{name}"
    for name, thing in vars(sys.modules[MAIN]).items():
        if type(thing) is type(value) and alike(thing):
            return f"{MAIN}:{name}"
    raise BadInput(
        f"{kind} {value.name!r} is registered nowhere, so that its results could not be read: expected one of "
        f"{', '.join(points)}, an entry point under {KINDS[kind].group}, or a value at the top of a file, FILE.py:NAME"
    )


def value_of(kind: str, name: str, execute: bool = False) -> Any:
    """The value that a name stands for. Raises `BadInput`, as `class_of` does."""
    points = kinds.registered(kind)
    if is_in_file(name) or is_in_session(name):
        return in_executed(name, execute)
    if name not in points:
        raise needed(f"{kind} {name!r}")
    return loaded(points[name])


def needed(what: str) -> Lacking:
    """The error for a thing that a stored run names, and that is not registered here."""
    return Lacking(f"it needs {what}, which is not registered here: install the package that brings it")


def class_of(name: str, execute: bool = False) -> type:
    """The dataclass that a name stands for. Without `execute`, no file is executed that has not been already.

    Raises:
        BadInput: if nothing is registered under the name, or it cannot be imported, or the name is that of a class in a
            file which this process has not executed.
    """
    name = BEFORE.get(name, name)
    if is_in_file(name) or is_in_session(name):
        cls: Any = in_executed(name, execute)
    elif name in registered():
        cls = loaded(registered()[name])
    else:
        raise needed(repr(name))
    if not isinstance(cls, type) or not dataclasses.is_dataclass(cls):
        raise BadInput(f"{name!r} is no dataclass")
    return cls


def origin_of(kind: str, name: str) -> str | Path:
    """The module, or the user's own file, that holds the code of a name in a spec.

    `kind` is that of a value, such as "activation", and "" for a class, whose name holds its kind. Nothing is imported.
    """
    if is_in_file(name):
        return files.path_of(name.rpartition(":")[0])
    if is_in_session(name):
        return MAIN
    return (kinds.registered(kind) if kind else registered())[BEFORE.get(name, name)].module


def is_in_file(name: str) -> bool:
    """Whether a name is FILE.py:Name."""
    file, colon, _ = name.rpartition(":")
    return bool(colon) and file.endswith(".py")


def in_executed(name: str, execute: bool) -> Any:
    """What FILE.py:Name or __main__:Name stands for. Raises `BadInput`; `Lacking` for want of it."""
    if is_in_session(name):
        return in_session(name)
    file, _, attribute = name.rpartition(":")
    if execute:
        return files.from_file(file, attribute)
    there = vars(files.executed(file))
    if attribute not in there:
        raise Lacking(f"it needs {name!r}, which the file does not define")
    return there[attribute]


def loaded(point: EntryPoint) -> Any:
    """The class or value that an entry point names. Raises `BadInput` if it cannot be imported."""
    try:
        return point.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise Lacking(f"{point.group} {point.name!r} cannot be imported: {reason}") from error


def file_of(text: str) -> Path | None:
    """The user's own file that a rule, task or class is named by, as in FILE.py:Name; None if it is registered.

    Raises:
        BadInput: if it can be no path.
    """
    file, colon, _ = named(text).rpartition(":")
    return files.path_of(file) if colon and file.endswith(".py") else None


def named(text: str) -> str:
    """The name in a rule or task, without options. Of a text that a table has cut short, as much as is a name."""
    try:
        return head(text)[0]
    except BadInput:
        return text.partition("[")[0].strip()


def whole_path(text: str) -> str:
    """A rule or task whose files, its own and those in its options, are named by their whole paths.

    A text that could not be read with whole paths stays as it is: a folder with a comma cannot stand inside of options.
    """

    def whole(file: str) -> str:
        return file if file.startswith(("~", os.sep)) else str(files.path_of(file))

    with suppress(BadInput):
        text = placed_task(text)
        placed = refiled(text, whole)
        if placed.isprintable() and files_in(placed) == [*map(whole, files_in(text))]:
            return placed
    return text


def is_relative(text: str) -> bool:
    """Whether a rule or task, or what its options name, is in a file that is named from the current folder on."""
    file = task_file(text)
    files = [*files_in(text), *([] if file is None else [str(file)])]
    return any(not each.startswith(("~", os.sep)) for each in files)
