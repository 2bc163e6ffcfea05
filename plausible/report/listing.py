"""What `plausible list` shows: a row for whatever has a name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from plausible.errors import unknown
from plausible.printing.table import Column, Table
from plausible.registry import files
from plausible.registry.catalogue import LISTS, SETTLING, first_sentence_of, listed
from plausible.registry.criticisms import CRITICISMS

if TYPE_CHECKING:
    from plausible.study.study import Study


def entries(what: str) -> list[dict[str, Any]]:
    """The rows of a list: of a kind in the registry, of studies, figures or criticisms. Raises `BadInput`."""
    if what in OTHERS:
        return OTHERS[what]()
    if what not in (*LISTS, SETTLING):
        raise unknown("list", what, [*LISTS, SETTLING, *OTHERS])
    return listed(what)


def frame(what: str) -> pd.DataFrame:
    """The rows of a list as a frame, in which options and scales are lists. Raises `BadInput`, as `entries` does."""
    return pd.DataFrame(entries(what))


def shown(rows: pd.DataFrame) -> Table:
    """A list as a table that is printed."""
    table = Table("", [Column(str(name), words=True) for name in rows])
    for row in rows.itertuples(index=False):
        table.add(*(", ".join(cell) if isinstance(cell, list) else str(cell) for cell in row))
    return table


def studies() -> list[dict[str, Any]]:
    """A row per study: its question, scales, how many published numbers it is held against, and its table's scale.

    A study of the project, or of an installed package, is imported; of one in ./studies the docstring and the scales
    are read, and nothing is run. Raises `BadInput` if a package cannot be imported.
    """
    from plausible.study.store.tables import tables
    from plausible.study.study import candidates, find, installed

    there, rows = tables(), []
    for file in candidates():
        row = unexecuted(file)
        if file.parent.resolve() in files.OWN:
            row = of_study(find(str(file)))
        rows.append(row)
    rows += [of_study(find(name)) | {"name": name} for name in installed()]
    return [{**row, "table": "yes" if row["name"] in there else "–"} for row in rows]


def of_study(study: Study) -> dict[str, Any]:
    """What a study says of itself."""
    told = {"question": study.question, "scales": [*study.scales], "published": len(study.published)}
    return {"name": study.name, **told}


def unexecuted(file: Path) -> dict[str, Any]:
    """What is known of a study without running its file."""
    tree = syntax_of(file)
    assigned = [node.value for node in tree.body if isinstance(node, ast.Assign) and named(node) == "study"]
    parts = assigned[-1].args if assigned and isinstance(assigned[-1], ast.Call) else []
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
    from plausible.study.keys.sources import source_of

    try:
        return ast.parse(source_of(file) or "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def drawings() -> list[dict[str, Any]]:
    """A row per figure that can be drawn from a committed table: its name, what it shows, and its table."""
    from plausible.plotting import committed as figures

    there, rows = figures.scripts(), []
    for name, table in figures.drawable().items():
        docstring = ast.get_docstring(syntax_of(there[name])) or ""
        rows.append(
            {"name": name, "what": first_sentence_of(docstring), "table": f"studies/tables/{table.name}"}
        )
    return rows


def criticisms() -> list[dict[str, Any]]:
    """A row per criticism of backpropagation that a rule may answer: its name, what it says, and where it is said."""
    return [
        {"name": name, "what": sentence.rstrip("."), "source": source}
        for name, sentence, source in CRITICISMS
    ]


OTHERS: Mapping[str, Callable[[], list[dict[str, Any]]]] = {
    "studies": studies,
    "figures": drawings,
    "criticisms": criticisms,
}
