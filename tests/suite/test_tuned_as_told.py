"""What studies say of how they were tuned is how their committed trials were made. Oracle: the tables of trials."""

from __future__ import annotations

import inspect
import re
import shlex
from fnmatch import fnmatchcase
from importlib import import_module
from typing import NamedTuple

import pandas as pd
import pytest

from docs.budgets import SEARCH, spent
from docs.tuned_rules import tuned
from plausible.cli.tuning import tune
from tests.suite.drawings import ROOT

TABLES = ROOT / "studies" / "tables"
TUNED = sorted(file.stem.removesuffix("-tuning") for file in TABLES.glob("*-tuning.parquet"))
DEFAULTS = {
    name: one.default
    for name, one in inspect.signature(tune).parameters.items()
    if one.default is not inspect.Parameter.empty
}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Told(NamedTuple):
    """A command that a study gives: the option of each name, as `plausible tune` takes it."""

    options: dict[str, object]

    def covers(self, task: str, rule: str) -> bool:
        """Whether the runs of a rule on a task are among those that the command tunes."""
        return fnmatchcase(f"{rule}@{task}/0", str(self.options["only"]))

    def number(self, name: str) -> float:
        """An option that is a number; a share that is not given is all."""
        value = self.options[name]
        return 1.0 if value is None else float(str(value))


def told(name: str) -> list[Told]:
    """The commands in a study's docstring, in order; `--only ...` within a sentence changes the one before it."""
    text = import_module(f"studies.{name}").__doc__ or ""
    found: list[Told] = []
    lines = re.findall(rf"^    plausible tune {name} (.*)$|`(--only [^`]*)`", text, re.MULTILINE)
    for whole, change in lines:
        words = shlex.split(whole or change)
        options = {
            key.removeprefix("--").replace("-", "_"): value
            for key, value in zip(words[::2], words[1::2], strict=True)
        }
        before = DEFAULTS if whole else found[-1].options
        assert {*options} <= {*DEFAULTS}, options
        found.append(Told({**before, **options}))
    return found


def trials(name: str) -> pd.DataFrame:
    """The committed trials of a study."""
    return pd.read_parquet(TABLES / f"{name}-tuning.parquet")


def fresh(name: str) -> pd.DataFrame:
    """The committed runs of what won, on fresh seeds."""
    table, won = pd.read_parquet(TABLES / f"{name}.parquet"), trials(name)
    won = won[won.won == 1][["task", "spec"]].drop_duplicates()
    mine = table.merge(won, left_on=["task", "rule"], right_on=["task", "spec"])
    return mine[mine.untuned.notna()] if "untuned" in mine else mine


@pytest.mark.parametrize("name", TUNED)
def test_trials_are_those_of_the_commands_that_a_study_gives(name: str) -> None:
    """As many trials, finalists and seeds, and as long, in every search; the last command that covers it tells."""
    commands, every = told(name), trials(name)
    runs = fresh(name)
    full = runs.groupby("task").epoch.max()
    for (task, rule, *_), mine in every.groupby(SEARCH, observed=True):
        covering = [one for one in commands if one.covers(str(task), str(rule))]
        assert covering, (task, rule)
        command = covering[-1]
        where = (name, task, rule, command.options)
        assert (mine["round"] == 0).sum() == command.number("trials"), where
        assert mine["round"].max() <= command.number("widenings"), where
        assert mine.seeds.max() <= command.number("seeds"), where
        assert {*mine.epochs} == {max(1, round(command.number("share") * full[task]))}, where
        assert {*mine.final_seeds.dropna()} == {command.number("final_seeds")}, where
        assert mine.place.count() >= command.number("finalists"), where
        assert mine.place.count() <= command.number("finalists") * (1 + mine["round"].max()), where
        assert set(mine.scale) == {command.options["scale"]}, where


@pytest.mark.parametrize("name", TUNED)
def test_fresh_seeds_are_as_many_as_a_study_says(name: str) -> None:
    """Every number before "fresh seeds" or "fresh ones"; and where a study says any, each of its tasks has one."""
    text = " ".join((import_module(f"studies.{name}").__doc__ or "").split())
    said = {number(word) for word in re.findall(r"(\w+) fresh (?:seeds|ones)", text)} - {None}
    runs = fresh(name).groupby("task").seed.nunique()
    assert {*runs} == said or not said


def number(word: str) -> int | None:
    """A number in digits or in letters; None of another word."""
    return int(word) if word.isdigit() else WORDS.index(word) if word in WORDS else None


def test_what_tuning_took_is_the_sum_of_its_trials() -> None:
    """By hand: two trials of 3 epochs, one of them on two seeds, 100 multiply-adds an epoch, one final on 4 seeds."""
    search = {"task": "t", "hidden": "8", "init": "He()", "epochs": 3, "final_multiply_adds": float("nan")}
    one = {**search, "multiply_adds": 300.0, "seeds": 1, "won": 0.0}
    two = {**search, "multiply_adds": 600.0, "seeds": 2, "won": 1.0, "final_seeds": 4.0}
    two |= {"final_multiply_adds": 100.0 * 4 * 6}
    trials = [{**each, "rule": "backprop", "spec": "backprop"} for each in (one, two)]
    none = {"multiply_adds": float("nan"), "final_multiply_adds": float("nan")}
    trials += [{**each, **none, "rule": "spikes", "spec": "spikes[rate=1]"} for each in (one, two)]
    rows = [("a", "backprop", 3.0, 1.0), ("a", "backprop", 6.0, 2.0), ("b", "spikes[rate=1]", 6.0, 36.0)]
    runs = pd.DataFrame(rows, columns=["key", "rule", "epoch", "seconds"])
    runs = runs.assign(task="t", hidden="8", init="He()", status="done")
    found = spent(pd.DataFrame(trials), runs).set_index("rule")
    assert found.trials.tolist() == [2, 2]
    assert found.work.tolist() == [300 + 600 + 2400, 0]
    epochs = 3 + 2 * 3 + 4 * 6
    assert found.hours.tolist() == pytest.approx([epochs * 2 / 6 / 3600, epochs * 36 / 6 / 3600])


def test_the_page_says_where_equal_trials_are_not_equal_compute() -> None:
    """The multiply-adds of all trials and finals on digits, straight from the table."""
    every = trials("settling")
    every = every[every.task == "digits"]
    work = every.groupby("rule", observed=True)[["multiply_adds", "final_multiply_adds"]].sum().sum(axis=1)
    most = (work / work["backprop"]).sort_values()
    sentence = (
        f"on digits of `settling` {most.index[-1]} takes {most.iloc[-1]:.0f} times backprop's multiply-adds"
    )
    page = (ROOT / "docs" / "tuned.md").read_text(encoding="utf-8")
    assert "equal in trials, but not in compute" in page
    assert sentence in page
    assert most.iloc[-1] > 10


def test_the_note_on_tuned_rules_speaks_of_columns_that_are_there() -> None:
    """What a note explains before a colon is a column's name, or its beginning."""
    head, _, note = tuned()
    names = [column.rstrip("?").partition(" ")[0] for column in head]
    explained = re.findall(r"(?:^|[;.] )(as good|sees|p|marks):", note, re.IGNORECASE)
    assert {*map(str.lower, explained)} == {"as good", "sees", "p"}
    assert {word.partition(" ")[0].lower() for word in explained} <= {*names}
    assert "all 10 seeds of one beat all of the other by luck in 0.0011 % of cases on mnist" in note
