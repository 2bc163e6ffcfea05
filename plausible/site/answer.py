"""The answer as it stands, in sentences that are computed from the tables."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from plausible.printing.words import count
from plausible.site.told import rule_of

SAID = {  # by verdict: what is said of rules, and of how many comparisons
    "better": "better than {}",
    "yes": "as good as {}",
    "undecided": "undecided",
    "worse": "worse than {}",
}
ALL_LOST = "every run lost, which counts as chance"
NO_REFERENCE = "every run of the reference lost, which counts as chance"


def answer(leading: pd.DataFrame, board: pd.DataFrame, audited: pd.DataFrame) -> list[str]:
    """The verdicts of the leading study, task by task; how many of each the leaderboard has; what rules remove.

    `leading` and `board` are rows of `plausible.report.paired.beside_reference` with the name of the study.
    """
    return [*by_task(compared(leading), unjudged(leading)), *in_all(board), *of_criticisms(audited)]


def compared(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that hold a rule against the reference, one for each rule; lost runs are left out.

    A rule of which no pair is left, as every run of it or of its reference was lost, has the row that counts them as
    chance, and `note` says so.
    """
    if not len(rows):
        return rows
    at = [name for name in ("study", "task", "rule", "metric") if name in rows]
    judged = rows[rows.as_good.isin([*SAID])]
    held = judged[judged.lost_as.isna()].assign(note="")
    others = judged[~pd.MultiIndex.from_frame(judged[at]).isin(pd.MultiIndex.from_frame(held[at]))]
    return pd.concat(
        [held, others.assign(note=np.where(others.lost >= others.n, ALL_LOST, NO_REFERENCE))]
    ).sort_index()


def unjudged(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of rules of which every run was lost, where it is not known what chance is."""
    if not len(rows):
        return rows
    at = [name for name in ("study", "task", "rule", "metric") if name in rows]
    gone = rows[rows.lost_as.isna() & (rows.n == 0) & (rows.lost > 0) & (rows.rule != rows.reference)]
    told = pd.MultiIndex.from_frame(compared(rows)[at])
    return gone[~pd.MultiIndex.from_frame(gone[at]).isin(told)].assign(note="")


def by_task(rows: pd.DataFrame, gone: pd.DataFrame) -> Iterable[str]:
    """A sentence for each task: which rules are as good as its reference, which are worse, undecided, or all lost."""
    every = pd.concat([rows, gone]) if len(gone) else rows
    for (task, reference), mine in every.groupby(["task", "reference"], sort=False) if len(every) else ():
        margin, metric = float(mine.margin.max()), mine.metric.iloc[0]
        of = f"±{100 * margin:g} {'points' if metric == 'accuracy' else f'hundredths of the {metric}'}"
        names = mine.rule.map(rule_of) + mine.note.map(lambda note: f" ({note})" if note else "")
        parts = [
            f"{said.format(reference)}: {', '.join(dict.fromkeys(names[mine.as_good == word]))}"
            for word, said in SAID.items()
            if (mine.as_good == word).any()
        ]
        if lost := [*dict.fromkeys(names[~mine.as_good.isin([*SAID])])]:
            parts.append(f"every run lost: {', '.join(lost)}")
        yield f"{task}{f', to {of}' if margin == margin else ''}: {'; '.join(parts)}."


def in_all(board: pd.DataFrame) -> Iterable[str]:
    """A sentence on all comparisons of rules, settings and tasks in the leaderboard, and on every run lost there."""
    rows, more = compared(board), unjudged(board)
    if len(rows) or len(more):
        gone = int(board.lost[board.lost_as.isna()].sum())
        counts = [
            f"{int((rows.as_good == word).sum())} {said.format('the reference')}"
            for word, said in SAID.items()
        ]
        rules = count(pd.concat([rows.rule, more.rule]).map(rule_of).nunique(), "rule")
        lost, whole = [count(gone, "lost run")], int((rows.note != "").sum())
        if whole:
            what = "every run of a rule or of its reference was lost, which counts as chance"
            lost.append(f"in {count(whole, 'comparison')} {what}")
        if len(more):
            lost.append(f"{count(len(more), 'comparison')} without a verdict, as every run was lost")
        yield (
            f"In the leaderboard, {count(len(rows) + len(more), 'comparison')} of {rules} in several settings and "
            f"tasks: {', '.join(counts)}; {'; '.join(lost)}."
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
