"""What a site tells of a study: its table, what the statistics say of it, and where it is from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from plausible.errors import BadInput, require, unknown
from plausible.registry import files
from plausible.registry.brackets import head
from plausible.report.comparisons import Key
from plausible.report.equal_compute import at_equal_compute
from plausible.report.labels import plain_rule
from plausible.report.listing import syntax_of, unexecuted
from plausible.report.measured import at_the_end
from plausible.report.paired import beside_reference, named, varying
from plausible.report.published import frame
from plausible.report.under_stress import Stresses, apart, stresses
from plausible.report.verified import NO_COMMIT, anew
from plausible.study.columns import taken_apart
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import Lost, commits_of, computed_with, lost_of, tables
from plausible.study.study import Study, candidates, find
from plausible.study.work import NONE

WORDS = ("key", "task", "rule", "split", "metric", "layer", "status", "scale")
NUMBERS = ("seed", "epoch", "value")
NO_SETTINGS = "-"  # what tables of experiments have in the place of a rule, where there are no settings
AUDIT = "plausibility"  # the table of what was measured of each rule and criticism


@dataclass(frozen=True)
class Told:
    """A table, and the study that it is of.

    Args:
        name: of both.
        file: the table's.
        table: its rows.
        question: in a sentence or two.
        about: the docstring of the file that makes it, "" if there is none.
        study: the study, where it is one, and is the project's own or was asked for by name.
        given: how commands name it, where that is not its name but a file.
    """

    name: str
    file: Path
    table: pd.DataFrame
    question: str
    about: str
    study: Study | None
    given: str = ""

    @property
    def long(self) -> bool:
        """Whether the table is the measurements of runs, in long form."""
        words = all(name in self.table for name in WORDS)
        return words and all(name in self.table and is_numeric_dtype(self.table[name]) for name in NUMBERS)

    @cached_property
    def runs(self) -> pd.DataFrame:
        """The rows of runs, their names as texts; none, if the table is of anything else."""
        if not self.long:
            return self.table[:0]
        texts = {name: self.table[name].fillna("").astype(str).astype(object) for name in WORDS}
        return self.table.assign(**texts)

    @cached_property
    def stresses(self) -> Stresses | None:
        """The stresses under which the reference was run as well; None of a study of anything else."""
        return stresses(self.runs) if self.long else None

    @cached_property
    def held(self) -> pd.DataFrame:
        """The rows of runs as rules are held against the reference: of a stress, against that under the same one."""
        return apart(self.runs, self.stresses)

    @property
    def ended(self) -> pd.DataFrame:
        """The rows of runs, without what was tested of runs that did not end well."""
        return self.held[(self.held.status == "done") | (self.held.split != "test")]

    @cached_property
    def every_lost(self) -> list[Lost]:
        """The runs that did not end well: those that the table tells of with a reason, and those that its rows show."""
        why = lost_of(self.file)
        known = {one.key for one in why}
        ended = self.runs[self.runs.status != "done"] if self.long else self.runs
        heads: Any = ended.drop_duplicates("key").to_dict("records") if len(ended) else []
        names = [name for name in Lost._fields if name not in ("reason", "settings")]
        rows = [Lost(**{name: row[name] for name in names}, reason="") for row in heads]
        return [*why, *(one for one in rows if one.key not in known)]

    @cached_property
    def gone(self) -> list[Key]:
        """The same runs as the table names them: task, with the settings that vary, rule and seed.

        One that left no rows, of a table that does not tell its settings, is left out where its task has several.
        """
        if not self.long:
            return []
        varied = varying(self.held)
        labels = named(self.held, varied).task
        first = self.held[["key", "rule"]].assign(label=labels).drop_duplicates("key").set_index("key")
        by_task = labels.groupby(self.held.task).unique()
        found = []
        for one in self.every_lost:
            rule, settings = one.rule, dict(one.settings)
            if self.stresses and settings:
                rule, settings["stress"] = self.stresses.place(one.task, rule, settings)
            several = by_task.get(one.task, [one.task])
            label = several[0] if len(several) == 1 else ""
            if one.key in first.index:
                label, rule = first.label[one.key], first.rule[one.key]
            elif settings and not label:
                label = ", ".join([one.task, *(str(settings.get(name, NONE)) for name in varied)])
            found += [(str(label), str(rule), int(one.seed))] if label else []
        return found

    @cached_property
    def compared(self) -> tuple[pd.DataFrame, str]:
        """The rows beside the reference; and why a table of a user's has none, in words."""
        if not self.long:
            return pd.DataFrame(), ""
        try:
            return beside_reference(self.ended, self.gone), ""
        except BadInput as error:
            return pd.DataFrame(), f"Its rules are not held against a reference: {error}"

    @property
    def beside(self) -> pd.DataFrame:
        """The rows of `plausible.report.paired.beside_reference`; none, without a reference.

        A run that did not end well counts as lost, whatever it left.
        """
        return self.compared[0]

    @cached_property
    def at_compute(self) -> pd.DataFrame:
        """The rows of `plausible.report.equal_compute.at_equal_compute`; none, without a reference."""
        if not len(self.beside):
            return pd.DataFrame()
        return at_equal_compute(self.ended, self.gone)

    @property
    def trouble(self) -> str:
        """Why the table could not be compared, in words; "" where nothing is wrong."""
        return self.compared[1]

    @cached_property
    def measured(self) -> list[dict[str, Any]]:
        """The rows of `plausible.report.measured.at_the_end`, of a study without a reference."""
        if not self.long or len(self.beside):
            return []
        metrics = self.study.metrics if self.study else ()
        return at_the_end(self.runs[self.runs.status == "done"], metrics, self.gone)

    @cached_property
    def published(self) -> pd.DataFrame:
        """The rows of `plausible.report.published.frame`; none of a study that is not known."""
        if self.study is None or not self.study.published:
            return pd.DataFrame()
        return frame(self.study, self.table)

    @cached_property
    def lost(self) -> pd.DataFrame:
        """The runs that did not end well: `Lost` without its key, and the epoch that was measured last.

        Tables from before runs were lost with a reason have none; a run that left no rows has no epoch.
        """
        ended = self.runs[self.runs.status != "done"] if self.long else self.runs
        last: Any = ended.groupby("key").epoch.max() if len(ended) else {}
        names = [name for name in Lost._fields if name not in ("key", "settings")]
        told = [
            (*(getattr(one, name) for name in names), last.get(one.key, np.nan)) for one in self.every_lost
        ]
        return pd.DataFrame(told, columns=[*names, "epoch"])

    @cached_property
    def machines(self) -> list[dict[str, Any]]:
        """With what the runs were computed."""
        return [one for one in computed_with(self.file) if isinstance(one, dict)]

    @cached_property
    def code(self) -> str:
        """Which commits of the project computed how many of the runs, in words; "" if the table does not say."""
        found = [(int(one["runs"]), str(one["commit"])) for one in commits_of(self.file)]
        return ", ".join(f"{runs} by the code of {commit or NO_COMMIT}" for runs, commit in found)

    @cached_property
    def anew(self) -> str:
        """What was noted of runs that were computed anew, in words; "" if nothing was."""
        return anew(self.file)

    @cached_property
    def rules(self) -> list[str]:
        """The rules in the table, and those of which all runs were lost, by name, without options."""
        labels: Iterable[str] = self.table.rule.dropna().astype(str).unique() if "rule" in self.table else []
        lost = (one.rule for one in self.every_lost)
        return list(filter(None, dict.fromkeys(map(rule_of, [*labels, *lost]))))

    @cached_property
    def tasks(self) -> list[str]:
        """The tasks of runs in the table, and of lost ones, by name, without options."""
        lost = (task_of(one.task, one.rule) for one in self.every_lost)
        return list(filter(None, dict.fromkeys([*self.task_by_label.values(), *lost])))

    @cached_property
    def task_by_label(self) -> dict[str, str]:
        """By what `beside` and `measured` call a task, with the settings that vary, its name without options."""
        if not self.long:
            return {}
        labels = named(self.held, varying(self.held)).task
        each = self.held[["task", "rule"]].assign(label=labels)[["label", "task", "rule"]].drop_duplicates()
        return {label: task_of(task, rule) for label, task, rule in each.itertuples(index=False)}

    @property
    def scale(self) -> str:
        """The scale that most rows are of."""
        return str(self.runs.scale.mode().iloc[0]) if self.long and len(self.runs) else ""


@cache
def rule_of(label: str) -> str:
    """The name of a rule, without options and without an optimiser of its own; of what is no name, the text.

    In tables of experiments the label is the experiment's settings; then it is the rule among these, or "". Of an
    experiment without settings it is a dash.

    >>> from plausible.site.told import rule_of
    >>> rule_of("predictive-coding[variance=100]@adam"), rule_of("rule=backprop,depth=3"), rule_of("seconds=150")
    ('predictive-coding', 'backprop', '')
    """
    if label == NO_SETTINGS:
        return ""
    options = settings(label)
    name = options.get("rule", "") if options else label
    try:
        return without_options(plain_rule(name))
    except BadInput:
        return name


def settings(label: str) -> Mapping[str, str]:
    """The settings of an experiment that stand in the place of a rule; none, where a rule stands there."""
    name, options = taken_apart(label) if label.strip() else ("", {})
    return {} if name else options


@cache
def without_options(label: str) -> str:
    """A name without options; of what is no name, the text."""
    try:
        return head(label)[0]
    except BadInput:
        return label


def task_of(task: str, rule: str) -> str:
    """The name of a task without options; where `task` names an experiment, the one among its settings, or ""."""
    options = settings(rule)
    return without_options(options.get("task", "") if options else task)


def told(names: Iterable[str] | None) -> list[Told]:
    """What is told of studies by name, or of all tables that are there.

    A user's own study is executed only if it was named, or its file was; else its docstring is read.

    Raises:
        BadInput: for a name that has no table, a table that cannot be read, or a file of a study that fails.
    """
    there = tables()
    chosen = list(there) if names is None else list(dict.fromkeys(names))
    scripts = {file.stem: file for file in candidates()}
    found: dict[str, Told] = {}
    for given in chosen:
        if ".py" in given:
            study = find(given)
            file, script = table_of(study.name, given), script_of(given)
            require(file is not None, "the study", given, f"one with a table: plausible export {given}")
            assert file is not None
            other = there.get(study.name, file).resolve() != file.resolve()
            require(not other, "the study's name", study.name, "one that no other table has")
            one = Told(study.name, file, read_table(file), study.question, documented(script), study, given)
        elif given in there:
            one = of(given, there[given], scripts, names is not None)
        else:
            raise unknown("study with a table", given, there, shown="plausible list studies")
        require(one.name not in found, "the studies", one.name, "each name once")
        found[one.name] = one
    return [*found.values()]


def script_of(given: str) -> Path:
    """The file of a study that is given as FILE.py or as FILE.py:NAME."""
    return Path(given.rpartition(":")[0] if not given.endswith(".py") else given)


def table_of(name: str, given: str) -> Path | None:
    """The table of a study called `name`, which was given so; None if it has none.

    The table of a study in a file of its own is in ./studies/tables, or beside the file; never the project's.
    """
    if ".py" not in given:
        return tables().get(given)
    script = script_of(given).resolve()
    ours = script.parent in files.OWN
    places = [
        Path.cwd() / "studies" / "tables",
        script.parent / "tables",
        script.parent / "studies" / "tables",
    ]
    found = [place / f"{name}.parquet" for place in places]
    return tables().get(name) if ours else next((file for file in found if file.is_file()), None)


def read_table(file: Path) -> pd.DataFrame:
    """A small table. Raises `BadInput`."""
    try:
        return read_frame(file)
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"table {str(file)!r} cannot be read ({error}): export it anew") from error


def of(name: str, file: Path, scripts: Mapping[str, Path], asked: bool) -> Told:
    """What is told of one table."""
    script = scripts.get(name)
    if script is None:
        table = read_table(file)
        about = documented(file.parents[1] / f"{name}.py") or documented(above(file) / f"{name}.py")
        if not about and name.endswith("-tuning"):
            about = f"What was tried to tune the study {name.removesuffix('-tuning')}, and what won."
        return Told(name, file, table, paragraph(about), about, None)
    ours = script.parent.resolve() in files.OWN
    study = find(name) if ours or asked else None
    question = study.question if study else unexecuted(script)["question"]
    return Told(name, file, read_table(file), question, documented(script), study)


def above(file: Path) -> Path:
    """The folder of the studies/tables in which a table lies; where that is no such folder, its own."""
    return file.parents[2] if file.parent.parts[-2:] == ("studies", "tables") else file.parent


def documented(script: Path) -> str:
    """The docstring of a file, which is not executed; "" without one."""
    import ast

    return ast.get_docstring(syntax_of(script)) or "" if script.is_file() else ""


def paragraph(text: str) -> str:
    """The first paragraph of a text, in one line."""
    return " ".join(text.partition("\n\n")[0].split())


def audited(every: Iterable[Told]) -> pd.DataFrame:
    """What was measured of rules and criticisms, as texts; no row without that table."""
    columns = ["rule", "criticism", "verdict", "evidence", "claimed", "literature", "explained", "agrees"]
    for each in every:
        if each.name == AUDIT and {*columns} <= {*each.table.columns}:
            done = each.table[columns].copy()
            done["agrees"] = done.agrees.map(lambda value: bool(value) and value is not np.nan)
            return done.fillna("").astype(dict.fromkeys(columns[:-1], str))
    return pd.DataFrame(columns=columns)
