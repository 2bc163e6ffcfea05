"""What is registered, in words."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plausible import registry
from plausible.errors import unknown

REFERENCE = re.compile(r"(\w*) \[([a-z]+\d{4}[^\]]*)\]")
NEEDY = ("of", "in", "from", "by", "as", "to", "with", "than", "like", "after", "for")  # no sentence ends so


def entries(what: str) -> list[dict[str, Any]]:
    """One row per rule, task, optimiser, study or figure: its name, what it is, and what is particular to its kind."""
    kinds = {"rules": "rule", "tasks": "task", "optimisers": "optimiser"}
    others: dict[str, Callable[[], list[dict[str, Any]]]] = {"studies": studies, "figures": drawings}
    if what in others:
        return others[what]()
    if what not in kinds:
        raise unknown("list", what, [*kinds, *others])
    kind = kinds[what]
    return [describe(kind, name, registry.load(kind, name)) for name in registry.registered(kind)]


def studies() -> list[dict[str, Any]]:
    """A row per study: its question, scales, how many published numbers it is held against, and its table's scale.

    A study of the project is imported; of one in ./studies the docstring and the scales are read, and nothing is run.
    """
    from plausible import figures
    from plausible.study.study import candidates, find

    there, rows = figures.tables(), []
    for file in candidates():
        row = unexecuted(file)
        if file.parent.resolve() in registry.OWN:
            study = find(str(file))
            told = {"question": study.question, "scales": [*study.scales], "published": len(study.published)}
            row |= {"name": study.name, **told}
        rows.append({**row, "table": "yes" if row["name"] in there else "–"})
    return rows


def unexecuted(file: Path) -> dict[str, Any]:
    """What is known of a study without running its file."""
    tree = syntax_of(file)
    found = [node.value for node in tree.body if isinstance(node, ast.Assign) and named(node) == "study"]
    parts = found[-1].args if found and isinstance(found[-1], ast.Call) else []
    maps = [part for part in parts if isinstance(part, ast.Dict)]
    scales = [key.value for each in maps for key in each.keys if isinstance(key, ast.Constant)]
    words = [part.value for part in parts[1:2] if isinstance(part, ast.Constant)]
    question = words[0] if words else " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())
    return {
        "name": file.stem,
        "question": str(question or "not told without running it"),
        "scales": list(map(str, scales)),
        "published": 0,
    }


def named(node: ast.Assign) -> str:
    """The name that a value is given."""
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


def syntax_of(file: Path) -> ast.Module:
    """The syntax tree of a file of Python; an empty one if it cannot be read."""
    from plausible.study.key import source_of

    try:
        return ast.parse(source_of(file) or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def drawings() -> list[dict[str, Any]]:
    """A row per figure that can be drawn from a committed table: its name, what it shows, and its table."""
    from plausible import figures

    there, rows = figures.scripts(), []
    for name, table in figures.drawable().items():
        shown = ast.get_docstring(syntax_of(there[name])) or ""
        rows.append({"name": name, "what": first_sentence_of(shown), "table": f"studies/tables/{table.name}"})
    return rows


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
