"""What tuning took, for docs/tuned.md: trials, multiply-adds and core-hours of every tuned study, from its trials."""

from __future__ import annotations

from typing import Any

import pandas as pd

from plausible.printing import words
from plausible.study.store.tables import tables

REFERENCE = "backprop"
# A rule is searched for on every task, in every network and start.
SEARCH = ["task", "rule", "hidden", "init"]
ALIKE = 2.0  # times the reference's multiply-adds: up to there a budget is called equal in compute
HOUR = 3600.0


def budgets() -> tuple[list[str], list[list[str]], str]:
    """What each rule's trials and finals took on every task of every tuned study: the head, the rows, and a note."""
    rows, unequal = [], []
    for name in sorted(file.removesuffix("-tuning") for file in tables() if file.endswith("-tuning")):
        trials, runs = (pd.read_parquet(tables()[file]) for file in (f"{name}-tuning", name))
        for task, mine in spent(trials, runs).groupby("task", observed=True, sort=False):
            of = mine.set_index("rule")
            work, hours = times(of.work[counted(of)]), times(of.hours)
            uncounted = int((~counted(of)).sum())
            not_counted = f"; {uncounted} not counted" * bool(uncounted)
            row = [name, str(task), str(len(of)), between(of.trials), two_digits(of.work[REFERENCE] / 1e9)]
            rows.append([*row, between(work) + not_counted, two_digits(of.hours.sum()), between(hours)])
            most, what = (hours, "core-hours") if uncounted else (work, "multiply-adds")
            if len(most) and most.iloc[-1] > ALIKE:
                unequal.append(
                    f"on {task} of `{name}` {most.index[-1]} takes {two_digits(most.iloc[-1])} times backprop's {what}"
                )
    head = [
        "study",
        "task",
        "rules",
        "trials a rule",
        "10⁹ multiply-adds of backprop",
        "times that, other rules",
    ]
    head += ["core-hours of all rules", "times backprop's, other rules"]
    note = (
        "Of trials and finals, all networks together, without the winners' fresh seeds. Core-hours are reckoned, as "
        "trials keep no time: a multiply-add is taken to last as long as in the winner's learning on fresh seeds, on "
        "one core that may have had more to do; where work is counted in spikes, an epoch is. "
    )
    plainly = f"These budgets are equal in trials, but not in compute: {'; '.join(unequal)}."
    return head, rows, note + (plainly if unequal else "These budgets are equal in trials and in compute.")


def counted(rules: pd.DataFrame) -> pd.Series[bool]:
    """Whether the multiply-adds of a rule are known."""
    return rules.work > 0


def times(of_rules: pd.Series[float]) -> pd.Series[float]:
    """What the rules beside the reference take over what it takes, in ascending order."""
    return (of_rules.drop(REFERENCE) / of_rules[REFERENCE]).sort_values()


def between(numbers: pd.Series[float]) -> str:
    """The least and the largest of several numbers; one of them, if they are written alike, and a dash without any."""
    if not len(numbers):
        return words.NOTHING
    low, high = two_digits(numbers.min()), two_digits(numbers.max())
    return low if low == high else f"{low} to {high}"


def two_digits(number: float) -> str:
    """A number to two digits, without a power of ten: 0.018, 37, 2,000.

    >>> from docs.budgets import two_digits
    >>> two_digits(0.01837), two_digits(1984)
    ('0.018', '2,000')
    """
    return f"{float(f'{number:.2g}'):,.12g}"


def spent(trials: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """The trials, multiply-adds and core-hours of each rule on each task, over all networks in which it was tuned.

    Args:
        trials: of a study, as `plausible tune` writes them, of both stages.
        runs: the study's table, which has the seconds of what won.

    Returns:
        The columns task, rule, trials (the most of a network), work (multiply-adds; 0 where these are not counted) and
        hours, in the order of the trials.
    """
    last = runs[runs.status == "done"].sort_values("epoch").drop_duplicates("key", keep="last")
    last = last[last.untuned.notna()] if "untuned" in last else last
    means = last.groupby(["task", "rule", "hidden", "init"], observed=True)[["seconds", "epoch"]].median()
    found: list[dict[str, Any]] = []
    for (task, rule, hidden, init), mine in trials.groupby(SEARCH, observed=True, sort=False):
        finals = mine.dropna(subset="final_seeds")
        won = mine[mine.won == 1].iloc[0]
        seconds, epochs = means.loc[(task, won.spec, hidden, init)]
        work = float(mine.multiply_adds.sum() + finals.final_multiply_adds.sum())
        learned = float((mine.epochs * mine.seeds.fillna(1)).sum() + (epochs * finals.final_seeds).sum())
        if work > 0:  # in epochs of what won: trials that were given up have fewer
            learned = work / (won.final_multiply_adds / (won.final_seeds * epochs))
        hours = learned * seconds / epochs / HOUR
        found.append({"task": task, "rule": rule, "trials": len(mine), "work": work, "hours": hours})
    kinds = {"trials": "max", "work": "sum", "hours": "sum"}
    return pd.DataFrame(found).groupby(["task", "rule"], sort=False, as_index=False).agg(kinds)
