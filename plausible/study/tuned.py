"""What tuning found, read again: the settings that won, from the table of a study's trials."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from plausible import registry
from plausible.core import Optimiser
from plausible.errors import BadInput
from plausible.optimise.schedules import Cosine, Levels, Steps
from plausible.study.store import Store
from plausible.study.stored import read_frame

COLUMNS = ("task", "rule", "spec", "optimiser", "status", "score")
EXPECTED = "the trials of a study, such as studies/tables/accuracy-tuning.parquet"


class Winner(NamedTuple):
    """A rule with the options that won, and its optimiser, whose rate is a number again."""

    rule: str
    optimiser: Optimiser


def winners(study: str, task: str) -> dict[str, Winner]:
    """The best trial of every rule that was tuned on `task` in `study`, by the rule's label there.

    The table is committed in studies/tables/, or lies in the store, where `plausible tune` writes it.

    Raises:
        BadInput: if there is no table, it cannot be read, or this task was not tuned.
    """
    file = table_of(study)
    try:
        table = read_frame(file, list(COLUMNS))
    except (ValueError, KeyError) as error:
        reason = registry.first_line(error)
        raise BadInput(f"table {str(file)!r} cannot be read ({reason}): expected {EXPECTED}") from error
    here = table[table.task == task]
    if not len(here):
        tasks = ", ".join(sorted(map(str, table.task.unique()))) or "nothing"
        raise BadInput(f"study {study!r} was not tuned on task {task!r}: expected one of {tasks}")
    best = here[here.status == "done"].sort_values("score", ascending=False, kind="stable")
    records: Any = best.drop_duplicates("rule").to_dict("records")
    return {row["rule"]: Winner(row["spec"], optimiser_of(row["optimiser"])) for row in records}


def table_of(study: str) -> Path:
    """The file with a study's trials. Raises `BadInput`, with the studies that were tuned, if there is none."""
    from plausible import figures

    found = {file.stem: file for file in sorted((Store().root / "tuning").glob("*-tuning.parquet"))}
    found |= figures.tables()
    if f"{study}-tuning" in found:
        return found[f"{study}-tuning"]
    known = {name.removesuffix("-tuning") for name in found if name.endswith("-tuning")}
    raise BadInput(
        f"study {study!r} has no table of trials: expected one of {', '.join(sorted(known)) or 'nothing'}; "
        f"or run plausible tune {study}"
    )


def optimiser_of(text: str) -> Optimiser:
    """The optimiser that a table shows as `text`; a rate on a schedule is the number that it starts from.

    Nothing is run: the text is calls of registered optimisers and of schedules, with numbers and words.
    """
    try:
        found: Optimiser = made(ast.parse(text, mode="eval").body)
    except (SyntaxError, TypeError, ValueError) as error:
        reason = registry.first_line(error)
        raise BadInput(
            f"optimiser {text!r} of a table cannot be read ({reason}): expected {EXPECTED}"
        ) from error
    return found


def made(node: ast.expr) -> Any:
    """What a syntax tree stands for. Raises `ValueError` for anything but numbers, words and the known classes."""
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(made(part) for part in node.elts)
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    if not (isinstance(node.func, ast.Name) and node.func.id in classes()) or node.args:
        raise ValueError(f"{ast.unparse(node.func)} is no registered optimiser")
    options = {part.arg: made(part.value) for part in node.keywords if part.arg is not None}
    if isinstance(options.get("rate"), Cosine | Steps | Levels):
        options["rate"] = getattr(options["rate"], "start", None) or options["rate"]
    return classes()[node.func.id](**options)


@cache
def classes() -> dict[str, Any]:
    """Registered optimisers and schedules, by the names of their classes."""
    known = [registry.load("optimiser", name) for name in registry.registered("optimiser")]
    return {cls.__name__: cls for cls in [*known, Cosine, Steps, Levels]}
