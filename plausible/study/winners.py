"""The settings that won in tuning, read from the table of a study's trials."""

from __future__ import annotations

import ast
import dataclasses
import sys
from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import shorten
from typing import Any, NamedTuple

import pandas as pd
from pandas.api.types import is_numeric_dtype

from plausible.core import Optimiser
from plausible.errors import BadInput, first_line, is_real, require
from plausible.optimise.nested import rebuilt
from plausible.registry import files, kinds, registry, specs
from plausible.registry.encoding import SHORT
from plausible.study.run import ALWAYS
from plausible.study.store.store import Store
from plausible.study.store.stored import read_frame

COLUMNS = ("task", "rule", "spec", "optimiser", "status", "score")
EXPECTED = "the trials of a study, such as studies/tables/accuracy-tuning.parquet"


class Winner(NamedTuple):
    """A rule with the options that won, and its optimiser, whose rate is a number without a schedule."""

    rule: str
    optimiser: Optimiser


def winners(
    study: str, task: str, now: Mapping[str, str] | None = None, rules: Container[str] | None = None
) -> dict[str, Winner]:
    """What won of every rule that was tuned on `task` in `study`, by the rule's label there.

    That is what the table says has `won` in the finals; in a table without finals, the trial of the best score.

    The table is committed in studies/tables/, or lies in the store, where `plausible tune` writes it. If a rule was
    tuned under several conditions, those that are as `now` count (see `Run.conditions`). With `rules`, only rules of
    these labels are returned.

    Raises:
        BadInput: if there is no table, or it cannot be read; if this task was not tuned; or if a rule was tuned under
            several conditions, none of which, or more than one, is as `now`.
    """
    file = table_of(study)
    try:
        table = read_frame(file)
        missing = [name for name in COLUMNS if name not in table]
        require(not missing, "what it lacks", ", ".join(missing), f"the columns {', '.join(COLUMNS)}")
    except (ValueError, KeyError) as error:
        reason = first_line(error)
        raise BadInput(f"table {str(file)!r} cannot be read ({reason}): expected {EXPECTED}") from error
    for name in ("task", "rule", "spec", "optimiser"):
        wrong = [each for each in table[name] if not isinstance(each, str)]
        require(not wrong, f"column {name} of table {str(file)!r}", SHORT.repr(wrong[:1]), "words alone")
    here = table[table.task == task]
    if not len(here):
        tasks = ", ".join(sorted(map(str, table.task.unique()))) or "nothing"
        raise BadInput(f"study {study!r} was not tuned on task {task!r}: expected one of {tasks}")
    here = here if rules is None else here[[rule in rules for rule in here.rule]]
    where = f"in study {study!r} on task {task!r}"
    kept = [fitting(of, f"rule {rule!r} was tuned {where}", now or {}) for rule, of in here.groupby("rule")]
    here = pd.concat(kept) if kept else here
    best = here[here.status == "done"].sort_values(by_merit(here), ascending=False, kind="stable")
    records: Any = best.drop_duplicates("rule").to_dict("records")
    return {row["rule"]: Winner(row["spec"], optimiser_of(row["optimiser"])) for row in records}


def by_merit(table: pd.DataFrame) -> list[str]:
    """The columns that tell which trial of a rule is taken, the first one first."""
    return [name for name in ("won", "score") if name in table and is_numeric_dtype(table[name])]


def fitting(trials: pd.DataFrame, what: str, now: Mapping[str, str]) -> pd.DataFrame:
    """The trials of one rule under one set of conditions: the only set, or the one that is as `now`.

    The hidden layers are compared first, the other conditions only if several sets have these layers. Raises
    `BadInput`.
    """
    names = dict.fromkeys((*ALWAYS, "window", *now))
    known = [name for name in names if name in trials and trials[name].notna().all()]
    if "hidden" not in known and "trial" in trials and trials.trial.duplicated().any():
        raise BadInput(
            f"{what} under several conditions, which its table does not tell: run plausible tune anew"
        )
    for name in known:
        several = len(trials[known].drop_duplicates()) > 1
        if several and name in now and (name == "hidden" or (trials[name] == now[name]).any()):
            layers = ", ".join(sorted(trials[name].unique()))
            trials = trials[trials[name] == now[name]]
            if not len(trials):
                raise BadInput(
                    f"{what} with several hidden layers ({layers}), not {now[name]}: expected one of them"
                )
    rest = [name for name in known if trials[name].nunique() > 1]
    if rest:
        raise BadInput(
            f"{what} under several conditions, which differ in {', '.join(rest)}: expected one of them"
        )
    return trials


def table_of(study: str) -> Path:
    """The file with a study's trials. Raises `BadInput`, with the studies that were tuned, if there is none."""
    from plausible.study.store.tables import tables

    by_name = {file.stem: file for file in sorted((Store().root / "tuning").glob("*-tuning.parquet"))}
    by_name |= tables()
    if f"{study}-tuning" in by_name:
        return by_name[f"{study}-tuning"]
    known = {name.removesuffix("-tuning") for name in by_name if name.endswith("-tuning")}
    raise BadInput(
        f"study {study!r} has no table of trials: expected one of {', '.join(sorted(known)) or 'nothing'}; "
        f"or run plausible tune {study}"
    )


def optimiser_of(text: str) -> Optimiser:
    """The optimiser that a table has as `text`; a rate on a schedule becomes the number that it starts from.

    The text is a spec, as in sgd[rate=0.1]; in older tables, what Python prints, as in SGD(rate=0.1). It is parsed, and
    no file is executed: classes are registered, or in files that this process has executed already.
    """
    try:
        optimiser: Optimiser
        if text.rstrip().endswith(")"):  # as Python prints it
            optimiser = made(ast.parse(text, mode="eval").body)
        else:
            check_executed(text)
            optimiser = registry.optimiser(text)
        return rebuilt(optimiser, lambda _, member: at_its_start(member))
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError) as error:
        reason = shorten(first_line(error) or type(error).__name__, 500, placeholder=" ...")
        raise BadInput(
            f"optimiser {SHORT.repr(text)} of a table cannot be read ({reason}): expected {EXPECTED}"
        ) from error


def check_executed(text: str) -> None:
    """Raise `BadInput` if a spec of a table names a file that this process has not executed, or that is not there."""
    for file in specs.files_in(text):
        path = files.path_of(file)
        require(path.is_file(), "a file that it needs", file, "a file that is there")
        require(
            path in files.USER_FILES.values(),
            "a file that it needs, and that reading a table does not execute,",
            file,
            f"one that is named here, as by --optimiser {specs.parse(text).name}",
        )


def at_its_start(optimiser: Optimiser) -> Optimiser:
    """An optimiser whose rate is a number: of a schedule the first field, the rate that it starts from.

    A schedule of several levels stays, as does one that starts from 0.
    """
    rate = getattr(optimiser, "rate", None)
    if not (callable(rate) and dataclasses.is_dataclass(rate)):
        return optimiser
    start = next((getattr(rate, field.name) for field in dataclasses.fields(rate)), None)
    changed: Optimiser = replace(optimiser, rate=start) if is_real(start) and start else optimiser  # type: ignore
    return changed


def made(node: ast.expr) -> Any:
    """The value of a syntax tree. Raises `ValueError` for anything but numbers, words and the known classes."""
    if isinstance(node, ast.Tuple | ast.List):
        return tuple(made(part) for part in node.elts)
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    if any(part.arg is None for part in node.keywords):
        raise ValueError(f"the settings of {SHORT.repr(ast.unparse(node.func))} are not named")
    name = node.func.id if isinstance(node.func, ast.Name) and not node.args else ""
    cls = registered_class(name) or own_class(name)
    if cls is None:
        raise ValueError(
            f"{ast.unparse(node.func)} is no registered optimiser, and in no file that is named here"
        )
    return cls(**{str(part.arg): made(part.value) for part in node.keywords})


def registered_class(name: str) -> Any:
    """The registered optimiser or schedule whose class has this name; None if there is none."""
    for kind in ("optimiser", "schedule"):
        for registered, point in kinds.registered(kind).items():
            if point.attr == name:
                return registry.load(kind, registered)
    return None


def own_class(name: str) -> Any:
    """The optimiser or schedule of this name in the user's files that are executed already; None if there is none.

    Raises:
        ValueError: if several files have one.
    """
    latest = {
        file: sys.modules[module] for module, file in files.USER_FILES.items()
    }  # the latest module of each file, as a changed file has several
    named = [vars(module).get(name) for module in latest.values()]
    several = dict.fromkeys(cls for cls in named if isinstance(cls, type) and dataclasses.is_dataclass(cls))
    if len(several) > 1:
        raise ValueError(f"{name} is in several files: expected one")
    return next(iter(several), None)
