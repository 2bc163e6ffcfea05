"""What stands in the tables of a site, by the heads of their columns, and what should: plain pandas over the runs."""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from plausible.study.store.tables import tables
from tests.suite.pages import Page

SETTINGS = ["task", "hidden", "activation", "init", "optimiser"]


class Scores(NamedTuple):
    """The test scores of a rule on a task, as pages have them: accuracies in %."""

    mean: float
    difference: float  # less the reference's of the same seeds; NaN of the reference
    n: int
    lost: int


def rows_of(page: Page, number: int) -> list[list[str]]:
    """The cells of the rows of a table of a page."""
    rows: list[list[str]] = []
    at = -1
    for each in page.elements:
        at += each.tag == "table"
        if at == number and "tbody" in each.above:
            if each.tag == "tr":
                rows.append([])
            elif each.tag in ("td", "th"):
                rows[-1].append(each.text.strip())
    return rows


def records(page: Page) -> dict[str, list[dict[str, str]]]:
    """By caption, the rows of the tables of a page by the heads of their columns; of two alike the second has a '."""
    heads: list[list[str]] = []
    for each in page.elements:
        if each.tag == "table":
            heads.append([])
        elif each.tag == "th" and "thead" in each.above:
            name = each.text.strip()
            while name in heads[-1]:
                name += "'"
            heads[-1].append(name)
    return {
        caption.text.strip(): [dict(zip(names, row, strict=True)) for row in rows_of(page, at)]
        for at, (caption, names) in enumerate(zip(page.all("caption"), heads, strict=True))
    }


class Runs:
    """The last test scores of the runs of a committed table in which backprop is the reference."""

    def __init__(self, name: str) -> None:
        table = pd.read_parquet(tables()[name])
        by = table[SETTINGS].astype(str).groupby(SETTINGS, sort=False)
        self.group, self.settings = by.ngroup(), [{*", ".join(names).split(", ")} for names in by.groups]
        self.all = table
        test = table[table.metric.isin(["accuracy", "normalised error"]) & (table.split == "test")]
        test = test[test.status == "done"]
        test = test.assign(value=test.value * np.where(test.metric == "accuracy", 100, 1))
        self.last = test[test.epoch == test.groupby("key").epoch.transform("max")]

    def scores(self, rule: str, task: str) -> Scores:
        """Those of a rule on a task, whose name may have settings in it."""
        names = {*task.split(", ")}
        there = self.group.isin([at for at, settings in enumerate(self.settings) if names <= settings])
        here = self.last[there.loc[self.last.index]]
        mine, reference = here[here.rule == rule], here[here.rule == "backprop"]
        pairs = mine.merge(reference, on="seed")
        apart = math.nan if rule == "backprop" else float((pairs.value_x - pairs.value_y).mean())
        gone = self.all[there & (self.all.rule == rule) & (self.all.status != "done")].key.nunique()
        return Scores(float(mine.value.mean()), apart, len(mine), gone)

    @property
    def compared(self) -> set[tuple[str, ...]]:
        """Tasks, their settings, and rules, wherever backprop has scores."""
        where = [*SETTINGS[:-1], "rule"]
        with_reference = {each[:-1] for each in tuples(self.last, where) if each[-1] == "backprop"}
        return {each for each in tuples(self.all, where) if each[:-1] in with_reference}


@cache
def runs_of(name: str) -> Runs:
    """The runs of a table, which is read once."""
    return Runs(name)


def tuples(table: pd.DataFrame, columns: list[str]) -> set[tuple[str, ...]]:
    """The different rows of these columns."""
    return {*table[columns].astype(str).drop_duplicates().itertuples(index=False, name=None)}


def plain(rule: str) -> str:
    """A rule without options."""
    return rule.partition("[")[0]
