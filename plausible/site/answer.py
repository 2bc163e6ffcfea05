"""The answer as it stands, in sentences that are computed from the tables."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from plausible.printing.words import count
from plausible.site.told import rule_of

SAID = {  # by verdict: what is said of rules, and of how many comparisons
    "better": "better than {}",
    "yes": "as good as {}",
    "undecided": "undecided",
    "worse": "worse than {}",
}


def answer(leading: pd.DataFrame, board: pd.DataFrame, audited: pd.DataFrame) -> list[str]:
    """The verdicts of the leading study, task by task; how many of each the leaderboard has; what rules remove.

    `leading` and `board` are rows of `plausible.report.paired.beside_reference` with the name of the study.
    """
    return [*by_task(compared(leading)), *in_all(board), *of_criticisms(audited)]


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold a rule against the reference, lost runs left out."""
    return rows[rows.lost_as.isna() & rows.as_good.isin([*SAID])] if len(rows) else rows


def by_task(rows: pd.DataFrame) -> Iterable[str]:
    """A sentence for each task: which rules are as good as its reference, which are worse, which undecided."""
    for (task, reference), mine in rows.groupby(["task", "reference"], sort=False):
        margin, metric = float(mine.margin.iloc[0]), mine.metric.iloc[0]
        of = f"±{100 * margin:g} {'points' if metric == 'accuracy' else f'hundredths of the {metric}'}"
        parts = [
            f"{said.format(reference)}: {', '.join(dict.fromkeys(map(rule_of, mine.rule[mine.as_good == word])))}"
            for word, said in SAID.items()
            if (mine.as_good == word).any()
        ]
        yield f"{task}, to {of}: {'; '.join(parts)}."


def in_all(board: pd.DataFrame) -> Iterable[str]:
    """A sentence on all comparisons of rules, settings and tasks in the leaderboard, and on every run lost there."""
    rows = compared(board)
    if len(rows):
        gone = int(board.lost[board.lost_as.isna()].sum())
        counts = [
            f"{int((rows.as_good == word).sum())} {said.format('the reference')}"
            for word, said in SAID.items()
        ]
        rules, lost = count(rows.rule.map(rule_of).nunique(), "rule"), count(gone, "lost run")
        yield (
            f"In the leaderboard, {count(len(rows), 'comparison')} of {rules} in several settings and tasks: "
            f"{', '.join(counts)}; {lost}."
        )


def of_criticisms(audited: pd.DataFrame) -> Iterable[str]:
    """How many criticisms the best rule removes, by what was measured, and which no rule removes."""
    gone = audited[audited.verdict == "removed"]
    if len(gone):
        most = gone.groupby("rule").size().sort_index().sort_values(ascending=False, kind="stable")
        best = [str(rule) for rule in most[most == most.max()].index]
        left = [name for name in dict.fromkeys(audited.criticism) if not (gone.criticism == name).any()]
        listed = ", ".join(left)
        more = f" and {len(best) - 1} more" if len(best) > 1 else ""
        yield (
            f"Of {audited.criticism.nunique()} criticisms of backpropagation, no rule removes more than {most.max()} "
            f"({best[0]}{more}). {f'Removed by no rule: {listed}' if left else 'Each is removed by some rule'}."
        )
