"""What is registered, in words."""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

from plausible import registry
from plausible.errors import unknown


def entries(what: str) -> list[dict[str, Any]]:
    """One row per rule, task or optimiser: its name, what it is, and what is particular to its kind."""
    kinds = {"rules": "rule", "tasks": "task", "optimisers": "optimiser"}
    if what not in kinds:
        raise unknown("list", what, kinds)
    kind = kinds[what]
    return [describe(kind, name, registry.load(kind, name)) for name in registry.registered(kind)]


def describe(kind: str, name: str, thing: Any) -> dict[str, Any]:
    """One row."""
    row: dict[str, Any] = {"name": name, "what": first_sentence(thing)}
    if kind == "rule":
        row["answers"] = list(getattr(thing, "answers", ()))
        row["source"] = getattr(thing, "source", "")
    elif kind == "task":
        row["options"] = [
            f"{p.name}={p.default!r}" for p in list(inspect.signature(thing).parameters.values())[1:]
        ]
    else:
        row["options"] = [f"{field.name}={field.default!r}" for field in dataclasses.fields(thing)]
    return row


def first_sentence(thing: Any) -> str:
    """The first sentence of a docstring, without its full stop and its references."""
    paragraph = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    paragraph = re.sub(r" \[[a-z]+\d{4}[^\]]*\]", "", paragraph)
    return paragraph.split(". ")[0].rstrip(".:")
