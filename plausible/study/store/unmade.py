"""What is known of a stored run without its classes, as where one lies in a file that is not executed.

Its settings are the texts that the run itself would give, as far as its spec tells them: a class with a text of its own
has that text only once it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from plausible.errors import BadInput
from plausible.networks.network import text
from plausible.registry.encoding import CLASS, DEEPEST, decode
from plausible.registry.names import class_of
from plausible.study.keys.key import read_key
from plausible.study.run import Status, conditions_of
from plausible.study.store.stored import NotMade, Stored, read_json, read_stored

LENGTHS = ("epochs", "batch_size")


@dataclass(frozen=True)
class Unmade:
    """A stored run whose classes cannot all be made here."""

    status: str
    spec: Mapping[str, Any]  # as JSON

    def settings(self) -> dict[str, str | int]:
        """The settings of a run; {} for work of another kind, of which only its class knows them."""
        if self.spec.get(CLASS) != "run":
            return {}
        parts = {name: read(self.spec.get(name)) for name in ("network", "optimiser")}
        lengths = {name: self.spec[name] for name in LENGTHS}
        conditions = conditions_of(settings_of(parts["network"]), self.spec.get("window"))
        return {**conditions, **{name: repr(part) for name, part in parts.items()}, **lengths}


class Printed:
    """A value that is known by its text alone."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __repr__(self) -> str:
        return self.words


class Instance(Printed):
    """An instance of a class that cannot be made: it prints as a dataclass does, and `held` are its fields by name."""

    def __init__(self, name: str, held: Mapping[str, Any]) -> None:
        super().__init__(f"{name}({', '.join(f'{field}={value!r}' for field, value in held.items())})")
        self.held = held


def read_known(folder: Path, execute: bool = False) -> Stored | Unmade:
    """The run in a folder, or what is known of it without its classes. Raises as `read_stored` does."""
    try:
        return read_stored(folder, execute=execute)
    except NotMade:
        status, spec = read_json(folder / "status.json"), read_json(folder / "spec.json")
        whole = spec[CLASS] != "run" or all(type(spec.get(name)) is int for name in LENGTHS)
        named = read_key(status["key"]).name == folder.name
        if not (whole and named and status.get("status") in get_args(Status)):
            raise
        return Unmade(status["status"], spec)


def read(value: Any, depth: int = 0) -> Any:
    """A value of a spec, made as far as that is possible; what cannot be made prints as it would."""
    if depth > DEEPEST:
        return Printed("...")
    try:
        return decode(value)
    except BadInput:
        if isinstance(value, list):
            return tuple(read(part, depth + 1) for part in value)
    if not isinstance(value, dict):
        return value
    if CLASS not in value:  # an activation or an output
        name = str(value.get("activation", value.get("output"))).rpartition(":")[2]
        reduction = value.get("reduction", "mean")
        return Printed(name if reduction == "mean" else f"{name}[{reduction}]")
    held = {name: read(part, depth + 1) for name, part in value.items() if name != CLASS}
    return Instance(called(str(value.get(CLASS))), held)


def called(name: str) -> str:
    """The name with which a class prints."""
    try:
        return class_of(name).__name__
    except BadInput:
        return name.rpartition(":")[2]


def settings_of(network: Any) -> dict[str, str]:
    """The settings of a network, as texts by name; {} for what is none."""
    if isinstance(network, Instance):
        return {name: text(value) for name, value in network.held.items()}
    return dict(network.settings()) if hasattr(network, "settings") else {}
