"""What tables of results can show: frames from any long table, of a store, of a comparison or a committed one."""

from __future__ import annotations

import pandas as pd

from plausible.errors import require
from plausible.report import across as over_tasks
from plausible.report import paired
from plausible.study.statistics import MARGIN


def beside(table: pd.DataFrame, margin: float = MARGIN) -> pd.DataFrame:
    """Every rule beside backprop (or bptt) on the test split, paired by seed, with what that shows.

    Args:
        table: in long form, of one study at one scale, or of one comparison: as `pl.results`, `pl.tables` and
            `Compared.frame` are.
        margin: a rule is as good as the reference if it surely differs by less: a share of 1 of accuracies, an amount
            of other scores.

    Returns:
        A row for each task and rule; the columns are told of at `plausible.report.comparisons.Terms.row`. A rule that
        lost runs has a second row, in which these count as chance, `lost_as`. No row without a reference.

    Raises:
        BadInput: for a table without the columns that it needs, or a margin that is not positive.

    >>> import plausible as pl
    >>> frame = pl.beside(pl.tables["accuracy"])
    >>> {*frame.as_good.dropna()} <= {"yes", "better", "worse", "undecided"}, frame.columns[:3].tolist()
    (True, ['task', 'rule', 'n'])
    """
    check_table(table)
    return paired.beside_reference(table, margin=margin)


def seed_by_seed(table: pd.DataFrame) -> pd.DataFrame:
    """The pairs that `beside` rests on: a row for each task, rule and seed.

    Columns: task, rule, seed; value and of_reference, the two test scores; difference; metric, reference.

    >>> import plausible as pl
    >>> frame = pl.seed_by_seed(pl.tables["accuracy"])
    >>> (frame.difference == frame.value - frame.of_reference).all()
    np.True_
    """
    check_table(table)
    return paired.seed_by_seed(table)


def across(table: pd.DataFrame) -> pd.DataFrame:
    """Every rule over all tasks: scores between 0, of a network without hidden learning, and 1, of backprop.

    See `plausible.report.across.across` for the columns, and `beside` for the table.

    >>> import plausible as pl
    >>> frame = pl.across(pl.tables["accuracy"]).set_index("rule")
    >>> frame.loc["shallow", "mean"] < frame.loc["feedback-alignment", "mean"]
    np.True_
    """
    check_table(table)
    return over_tasks.across(table)


def profiles(table: pd.DataFrame) -> pd.DataFrame:
    """Performance profiles: of each rule, the share of runs on all tasks whose score is above each threshold.

    Columns: rule, threshold; share, with its 95 % interval low to high; runs. Raises `BadInput` if no task has two
    anchors that are apart. See `across` for the scores.

    >>> import plausible as pl
    >>> frame = pl.profiles(pl.tables["accuracy"]).set_index(["rule", "threshold"])
    >>> round(float(frame.share["shallow", 0.6]), 2), round(float(frame.share["backprop", 0.6]), 2)
    (0.07, 0.88)
    """
    check_table(table)
    return over_tasks.profiles(table)


def check_table(table: object) -> None:
    """Raise `BadInput` unless a table is a frame of pandas."""
    kind = type(table).__name__
    expected = "a frame in long form, as pl.results, pl.tables[NAME] and Compared.frame are"
    require(isinstance(table, pd.DataFrame), "the table", kind, expected)
