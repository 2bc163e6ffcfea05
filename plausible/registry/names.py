"""The names that stand for classes in a stored spec, so that reading one imports nothing that it could choose.

A class is named by its kind and its registered name, as "optimiser:sgd"; a class in a user's own file by FILE.py:Name.
Other packages register theirs by kind, as entry points under "plausible.optimisers", "plausible.inits" and so on.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from plausible.errors import BadInput, first_line
from plausible.registry import files

GROUPS = {
    "optimiser": "plausible.optimisers",
    "schedule": "plausible.schedules",
    "init": "plausible.inits",
    "network": "plausible.networks.mlp",
    "criterion": "plausible.criteria",
    "probe": "plausible.probes",
}
PLACES = {  # the suite's own classes that have no entry point
    "run": "plausible.study.run:Run",
    "experiment": "plausible.study.experiment:Experiment",
    "key": "plausible.study.key:Key",
    "network:mlp": "plausible.networks.mlp:MLP",
    "network:rnn": "plausible.networks.rnn:RNN",
    "schedule:steps": "plausible.optimise.schedules:Steps",
    "schedule:levels": "plausible.optimise.schedules:Levels",
    "schedule:cosine": "plausible.optimise.schedules:Cosine",
    "init:zero": "plausible.networks.inits:Zero",
    "init:uniform": "plausible.networks.inits:Uniform",
    "init:gaussian": "plausible.networks.inits:Gaussian",
    "init:glorot": "plausible.networks.inits:Glorot",
    "init:half-glorot": "plausible.networks.inits:HalfGlorot",
    "init:he": "plausible.networks.inits:He",
    "init:orthogonal": "plausible.networks.inits:Orthogonal",
    "criterion:within": "plausible.probes.criterion:Within",
    "probe:scores": "plausible.probes.performance:Scores",
    "probe:report": "plausible.probes.performance:Report",
    "probe:alignment": "plausible.probes.alignment:Alignment",
    "probe:internals": "plausible.probes.internals:Internals",
    "probe:chance": "plausible.probes.activity:Chance",
    "probe:activity": "plausible.probes.activity:Activity",
    "probe:cost": "plausible.probes.cost:Cost",
    "probe:speed": "plausible.probes.speed:Speed",
    "relaxation": "plausible.settling.relaxation:Relaxation",
    "circuit": "plausible.spiking.circuit:Circuit",
    "circuit:group": "plausible.spiking.circuit:Group",
    "circuit:projection": "plausible.spiking.circuit:Projection",
    "circuit:regular": "plausible.spiking.circuit:Regular",
    "circuit:recorder": "plausible.spiking.circuit:Recorder",
    "circuit:table": "plausible.spiking.circuit:Table",
    "circuit:spikes": "plausible.spiking.circuit:Spikes",
}
BEFORE = {  # what older stores wrote instead of names; fixed, wherever the classes may move
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
    """Where each class is that other packages, or this one's entry points, have registered, by "kind:name"."""
    points = [(kind, point) for kind, group in GROUPS.items() for point in entry_points(group=group)]
    return {f"{kind}:{point.name}": point for kind, point in points}


def name_of(cls: type) -> str:
    """The name of a class. Raises `BadInput` for one that is registered nowhere."""
    place = f"{cls.__module__}:{cls.__qualname__}"
    if cls.__module__ in files.USER_FILES:
        return f"{files.USER_FILES[cls.__module__]}:{cls.__qualname__}"
    if place in _names():
        return _names()[place]
    package = cls.__module__.partition(".")[0]
    for name, point in registered().items():  # by another name than where it is defined
        if point.module.partition(".")[0] == package and point.load() is cls:
            return name
    raise BadInput(
        f"class {place} is registered nowhere, so that its results could not be read: expected an entry point under "
        f"{', '.join(GROUPS.values())}, or a class in a file that is named FILE.py:Name"
    )


@cache
def _names() -> dict[str, str]:
    """Names by places."""
    return {place: name for name, place in PLACES.items()} | {p.value: n for n, p in registered().items()}


def class_of(name: str) -> type:
    """The dataclass that a name stands for. No file is executed that has not been already.

    Raises:
        BadInput: if nothing is registered under the name, what is cannot be imported, or the name is that of a class
            in a file which this process has not executed.
    """
    name = BEFORE.get(name, name)
    file, colon, attribute = name.rpartition(":")
    if colon and file.endswith(".py"):
        found: Any = vars(files.executed(file)).get(attribute)
    elif name in PLACES:
        module, _, attribute = PLACES[name].partition(":")
        found = getattr(importlib.import_module(module), attribute)
    elif name in registered():
        found = loaded(registered()[name])
    else:
        raise BadInput(f"the class {name!r} is not registered here")
    if not isinstance(found, type) or not dataclasses.is_dataclass(found):
        raise BadInput(f"{name!r} is no dataclass")
    return found


def loaded(point: EntryPoint) -> Any:
    """What another package has registered. Raises `BadInput`."""
    try:
        return point.load()
    except Exception as error:
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise BadInput(f"{point.group} {point.name!r} cannot be imported: {reason}") from error


def file_of(text: str) -> Path | None:
    """The user's own file that a rule, task or class is named by, as in FILE.py:Name; None if it is registered.

    Raises:
        BadInput: if it can be no path.
    """
    file, colon, _ = text.partition("[")[0].strip().rpartition(":")
    return files.path_of(file) if colon and file.endswith(".py") else None


def whole_path(text: str) -> str:
    """A rule or task whose file, if it is in one, is named by its whole path; as it is, if that could not be read."""
    file = file_of(text)
    if file is None or not is_relative(text):
        return text
    name, bracket, options = text.strip().partition("[")
    found = f"{file}:{name.rpartition(':')[2]}{bracket}{options}"
    return found if found.isprintable() and file_of(found) == file else text


def is_relative(text: str) -> bool:
    """Whether a rule or task is in a file that is named from the current folder on, whichever that is."""
    file, colon, _ = text.partition("[")[0].strip().rpartition(":")
    return bool(colon) and file.endswith(".py") and not file.startswith(("~", os.sep))
