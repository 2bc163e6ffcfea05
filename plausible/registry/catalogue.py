"""What is registered, in words: the rows of `plausible list`."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

import numpy as np

from plausible.errors import BadInput, unknown
from plausible.networks.activations import Activation
from plausible.networks.outputs import Output
from plausible.registry import parts, registry
from plausible.registry.kinds import LISTS as LISTS
from plausible.registry.written import default_of, written

REFERENCE = re.compile(r"(\w*) \[([a-z]+\d{4}[^\]]*)\]")

NEEDY = ("of", "in", "from", "by", "as", "to", "with", "than", "like", "after", "for")  # end no sentence

SETTLING = "relaxations"  # a list of forms of one class, which no entry point adds to


def listed(what: str) -> list[dict[str, Any]]:
    """A row for each thing of a list: its name, what it is, and the options that stand in its brackets.

    Raises:
        BadInput: if there is no such list, or if a thing in it is from a package that cannot be imported.
    """
    if what == SETTLING:
        return [describe("relaxation", name, make) for name, make in parts.SETTLING.items()]
    if what not in LISTS:
        raise unknown("list", what, [*LISTS, SETTLING])
    kind = LISTS[what]
    return [describe(kind, name, registry.load(kind, name)) for name in registry.registered(kind)]


def describe(kind: str, name: str, thing: Any) -> dict[str, Any]:
    """A row: the name, the first sentence of the docstring, and the options with their defaults."""
    row: dict[str, Any] = {"name": name, "what": first_sentence(thing)}
    if kind == "rule":
        row["answers"] = list(getattr(thing, "answers", ()))
        row["source"] = getattr(thing, "source", "")
    if isinstance(thing, Activation | Output):  # a value, described by its functions
        functions = (thing.value,) if isinstance(thing, Activation) else (thing.value, thing.loss)
        row["what"] = "; ".join(filter(None, map(first_sentence_of_function, functions)))
        row["options"] = ["reduction=mean"] if isinstance(thing, Output) else []
    elif kind in ("task", "experiment"):
        row["options"] = options_of_function(thing)[1:]  # the first, a generator or a `Bench`, is none
    else:
        fields = dataclasses.is_dataclass(thing)
        row["options"] = options_of(thing) if fields else options_of_function(thing)
    return row


def options_of_function(thing: Any) -> list[str]:
    """The arguments of a function with their defaults, as they are written in brackets."""
    return [with_default(p.name, p.default, p.empty) for p in inspect.signature(thing).parameters.values()]


def options_of(thing: Any) -> list[str]:
    """The fields of a dataclass with their defaults, as they are written in brackets; not the network of a rule."""
    fields = [field for field in dataclasses.fields(thing) if field.init and field.name != "network"]
    return [with_default(field.name, default_of(field), dataclasses.MISSING) for field in fields]


def with_default(name: str, default: Any, none: Any) -> str:
    """An option with its default, as the command line reads it; a default that it cannot read, as Python prints it."""
    if default is none:
        return name
    try:
        return f"{name}={written(default)}"
    except BadInput:
        return f"{name}={default!r}"


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring, without its full stop and its references; the name of what has none."""
    text, name = inspect.getdoc(thing) or "", getattr(thing, "__name__", "")
    made = dataclasses.is_dataclass(thing) and text.startswith(f"{name}(")  # by `dataclass`, of all fields
    return name if made or not text else first_sentence_of(text)


def first_sentence_of_function(function: Any) -> str:
    """The first sentence of a function's docstring; of numpy's, which begin with all their arguments, the name."""
    return f"{function.__name__}(z)" if isinstance(function, np.ufunc) else first_sentence(function)


def first_sentence_of(text: str) -> str:
    """The first sentence of a text, without its full stop and its references.

    A reference that a word before it needs, as in "the control of [lillicrap2016]", stays, without its brackets.
    """
    paragraph = " ".join(text.split("\n\n")[0].split())
    paragraph = REFERENCE.sub(lambda m: f"{m[1]} {m[2]}" if m[1] in NEEDY else m[1], paragraph)
    return paragraph.split(". ")[0].rstrip(".:")
