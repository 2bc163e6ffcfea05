"""Every rule beside the reference, paired by seed: what study reports, `plausible compare` and its JSON say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from plausible.networks.network import reference_in
from plausible.registry import registry
from plausible.report.comparisons import COLUMNS as COLUMNS
from plausible.report.comparisons import RUN, Key, comparisons, final_values
from plausible.report.labels import plain_rule
from plausible.study.networked import network_of
from plausible.study.run import REFERENCES, SCORES
from plausible.study.statistics import MARGIN
from plausible.study.work import NONE, Work

WITHIN = (
    "hidden",
    "activation",
    "init",
    "recurrent",
    "window",
    "stress",  # of tables that `plausible.report.under_stress` has taken apart
)  # settings that a study may vary; runs that differ in one are never averaged
ELSE = (
    "output",
    "leak",
    "network",
    "optimiser",
)  # never averaged over either; named only where the settings above do not tell runs apart


def beside_reference(
    table: pd.DataFrame,
    lost: Sequence[Work | Key] = (),
    labels: Sequence[str] | None = None,
    own: Sequence[str] = (),
    missing: Sequence[Work] = (),
    margin: float = MARGIN,
    split: str = "test",
) -> pd.DataFrame:
    """`comparisons` on a split with backprop, or with bptt where a task has that; of accuracies, and of errors.

    Below the row of a rule that lost runs, or whose reference did, stands another one, in which lost runs count as
    chance (`at_chance`); there `lost_as` is that value, and elsewhere NaN.

    Args:
        table: in long form, of one comparison or of a whole study; where settings in `WITHIN` vary, they become a part
            of the task's name.
        lost: the runs that diverged, failed or timed out, whatever rows they left; or their task, with the settings
            that vary, rule and seed, as the table names them.
        labels: what the rule of each of them is called in `table`; as in the registry, if not given.
        own: rules, by their labels in `table`, that are the reference in a user's own network (`own_references`).
        missing: the runs that are still to be made.
        margin: of equivalence: a share of 1 of accuracies, an amount of other scores.
        split: train, validation or test.

    Returns:
        The columns of `comparisons`, `metric` and `reference`; nothing if the reference is missing.
    """
    varied = varying(table)
    gone, absent = called(lost, varied, labels), frozenset(called(missing, varied))
    compared = []
    for metric, reference, mine in with_references(table, own):
        here = [run for run in gone if run[0] in {*mine.task}]
        terms: dict[str, Any] = {"lost": here, "missing": absent, "margin": margin}
        terms["larger_is_better"] = SCORES[metric] > 0
        rows = comparisons(mine, metric, split, reference, **terms)
        chance = at_chance(mine, metric)
        hurt = rows[(rows.lost + rows.lost_reference > 0) & rows.task.isin([*chance])]
        if len(hurt):
            where = mine[mine.task.isin({*hurt.task})]
            terms["lost"] = [run for run in here if run[0] in {*hurt.task}]
            counted = comparisons(where, metric, split, reference, count_lost_as=chance, **terms)
            rows = below(rows, counted.merge(hurt[["task", "rule"]]))
        compared.append(rows.assign(metric=metric, reference=reference))
    return pd.concat(compared, ignore_index=True) if compared else pd.DataFrame()


def called(
    runs: Sequence[Work | Key], varied: Sequence[str], labels: Sequence[str] | None = None
) -> list[Key]:
    """The runs as a table names them: task, with the settings that vary, rule and seed; as they are, if they are so."""
    found = []
    for run, label in zip(runs, [None] * len(runs) if labels is None else labels, strict=True):
        task, rule, seed = run if isinstance(run, tuple) else (named_task(run, varied), *run.head()[1:])
        found.append((task, rule if label is None else label, seed))
    return found


def at_chance(table: pd.DataFrame, metric: str) -> dict[str, float]:
    """By task, the score of an answer that is always the same: what a lost run counts as at worst.

    Of accuracies it is the share of the commonest class, as the probe `chance` has measured it on validation. A task on
    which that was not measured has no entry. The normalised error of answering with the mean is 1.
    """
    if metric == "normalised error":
        return dict.fromkeys(map(str, table.task.unique()), 1.0)
    shares = table[(table.metric == "chance") & (table.layer == "")].dropna(subset=["value"])
    return {
        str(task): float(value) for task, value in shares.groupby("task", observed=True).value.mean().items()
    }


def below(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The rows, each of the others below the row of its task and rule."""
    places = {(task, rule): at for at, (task, rule) in enumerate(zip(rows.task, rows.rule, strict=True))}
    under = [places[where] for where in zip(others.task, others.rule, strict=True)]
    order = np.argsort([*range(len(rows)), *under], kind="stable")
    return pd.concat([rows, others], ignore_index=True).iloc[order].reset_index(drop=True)


def seed_by_seed(
    table: pd.DataFrame,
    lost: Sequence[Work] = (),
    labels: Sequence[str] | None = None,
    own: Sequence[str] = (),
) -> pd.DataFrame:
    """What the means of `beside_reference` are taken over, which has the same arguments: a row for each pair.

    Returns:
        task, rule, seed; value and of_reference, the two scores on the test split; difference; metric, reference.
    """
    frames = []
    gone = called(lost, varying(table), labels)
    for metric, reference, mine in with_references(table, own):
        here = [run for run in gone if run[0] in {*mine.task}]
        for task, scores in final_values(mine, metric, "test", here).items():
            for rule in (rule for rule in scores if rule != reference and reference in scores):
                pair = {"value": scores[rule], "of_reference": scores[reference]}
                found = pd.DataFrame(pair).dropna().rename_axis("seed").reset_index()
                apart = found.value - found.of_reference
                names = {"task": task, "rule": str(rule), "metric": metric, "reference": reference}
                frames.append(found.assign(difference=apart, **names))
    columns = ["task", "rule", "seed", "value", "of_reference", "difference", "metric", "reference"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def varying(table: pd.DataFrame) -> list[str]:
    """The settings in `WITHIN` that vary in a table, and those in `ELSE` that alone tell a rule's runs apart."""
    settings = [setting for setting in WITHIN if setting in table and table[setting].nunique() > 1]
    for setting in (name for name in ELSE if {"key", name} <= {*table.columns}):
        runs = table[[*RUN, *settings, setting]].astype(str).drop_duplicates()
        if runs.duplicated([*RUN, *settings]).any():
            settings.append(setting)
    return settings


def named(table: pd.DataFrame, varied: Sequence[str]) -> pd.DataFrame:
    """A table with the settings that vary in the names of its tasks."""
    names = table.task.astype(str)
    for setting in varied:
        names = names + ", " + table[setting].astype(str)
    return table.assign(task=names)


def own_references(called: Iterable[tuple[str, Work]]) -> list[str]:
    """The labels of the rules that are the gradient in the user's own network which they learn."""
    references = []
    for label, run in called:
        name = reference_in(network_of(run))
        rule = getattr(run, "rule", "")
        if name not in ("", *REFERENCES) and registry.label(rule) == registry.label(name):
            references.append(plain_rule(label))
    return list(dict.fromkeys(references))


def with_references(table: pd.DataFrame, own: Sequence[str] = ()) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """The scores of a study's table, each with a reference and the rows of the tasks that it is the reference of.

    The reference is one of `own` where a task has that, else bptt, else backprop; settings that vary are a part of the
    task's name.
    """
    table = named(table, varying(table))
    rules = table.rule.map({rule: plain_rule(rule) for rule in table.rule.unique()})
    first: dict[str, str] = {}
    for reference in (*own, *reversed(REFERENCES)):
        first = dict.fromkeys(table[rules == reference].task, reference) | first
    for metric in SCORES:
        measured = {*table[(table.metric == metric) & (table.layer == "")].task}
        for reference in (*REFERENCES, *own):
            mine = table[table.task.isin([task for task in measured if first.get(task) == reference])]
            same = sorted(rule for rule in {*mine.rule} if plain_rule(rule) == reference)
            if same:
                yield metric, same[0], mine


def named_task(run: Work, varied: Sequence[str]) -> str:
    """The name of a run's task, with the settings that vary."""
    texts = run.settings()
    return ", ".join([run.head()[0], *(str(texts.get(setting, NONE)) for setting in varied)])


def plain(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows for JSON; an unknown number is null."""
    records: Any = rows.to_dict("records")
    return [
        {
            name: None if cell is pd.NA or (isinstance(cell, float) and not np.isfinite(cell)) else cell
            for name, cell in row.items()
        }
        for row in records
    ]
