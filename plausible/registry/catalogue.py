"""What is registered, in words."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

REFERENCE = re.compile(r"(\w*) \[([a-z]+\d{4}[^\]]*)\]")

NEEDY = ("of", "in", "from", "by", "as", "to", "with", "than", "like", "after", "for")  # no sentence ends so


def describe(kind: str, name: str, thing: Any) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {"name": name, "what": first_sentence(thing)}
    if kind == "rule":
        row["answers"] = list(getattr(thing, "answers", ()))
        row["source"] = getattr(thing, "source", "")
    if kind == "task":
        options = list(inspect.signature(thing).parameters.values())[1:]
        row["options"] = [f"{option.name}={option.default!r}" for option in options]
    else:
        row["options"] = options_of(thing)
    return row


def options_of(thing: Any) -> list[str]:
    """The fields of a rule or an optimiser with their defaults, as they are written in brackets; not the network."""
    fields = [field for field in dataclasses.fields(thing) if field.name != "network"]
    return [
        field.name if default_of(field) is None else f"{field.name}={default_of(field)}" for field in fields
    ]


def default_of(field: dataclasses.Field[Any]) -> str | None:
    """The default of a field as text; None without one."""
    if field.default is not dataclasses.MISSING:
        return repr(field.default)
    if field.default_factory is not dataclasses.MISSING:
        return repr(field.default_factory())
    return None


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring, without its full stop and its references."""
    return first_sentence_of(inspect.getdoc(thing) or "")


def first_sentence_of(text: str) -> str:
    """The first sentence of a text, without its full stop and its references.

    A reference that a word before it needs, as in "the control of [lillicrap2016]", stays, without its brackets.
    """
    paragraph = " ".join(text.split("\n\n")[0].split())
    paragraph = REFERENCE.sub(lambda m: f"{m[1]} {m[2]}" if m[1] in NEEDY else m[1], paragraph)
    return paragraph.split(". ")[0].rstrip(".:")
