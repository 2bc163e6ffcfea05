"""Published numbers are read from tables by seed, and nothing is made of nothing. Oracle: small tables, by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from plausible.plotting import committed as figures
from plausible.report.published import accuracy_in_percent, paired_difference, rows
from plausible.study.study import candidates, find

NAMES = sorted(path.stem for path in candidates())
TABLE = pd.DataFrame(
    [
        ("mnist", "a", 0, 10.0, "test", "accuracy", "5", 0.90),
        ("mnist", "a", 1, 10.0, "test", "accuracy", "5", 0.80),
        ("mnist", "a", 1, 10.0, "validation", "accuracy", "5", 0.10),
        ("mnist", "b", 1, 10.0, "test", "accuracy", "5", 0.75),
        ("mnist", "b", 2, 20.0, "test", "accuracy", "5-5", 0.50),
        ("digits", "a", 0, 10.0, "test", "accuracy", "5", 0.30),
    ],
    columns=["task", "rule", "seed", "epoch", "split", "metric", "hidden", "value"],
)


def test_accuracies_are_those_of_the_task_the_rule_and_the_epoch() -> None:
    assert accuracy_in_percent("mnist", "a")(TABLE) == [90.0, 80.0]
    assert accuracy_in_percent("mnist", "b", epoch=20)(TABLE) == [50.0]
    assert accuracy_in_percent("mnist", "b", hidden="5")(TABLE) == [75.0]
    assert accuracy_in_percent("mnist", "c")(TABLE) == []


def test_differences_are_of_seeds_that_both_rules_have() -> None:
    assert paired_difference("mnist", "a", "b")(TABLE) == pytest.approx([5.0])
    assert paired_difference("digits", "a", "b")(TABLE) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name in figures.drawable()])
def test_an_empty_table_is_held_against_nothing(name: str) -> None:
    study = find(name)
    table = pd.read_parquet(figures.drawable()[name])
    assert {row.within for row in rows(study, table.head(0))} <= {"not run"}
    assert {row.within for row in rows(study, table)} <= {"yes", "no", "not run"}


@pytest.mark.parametrize("name", NAMES)
def test_every_study_has_its_scales(name: str) -> None:
    assert {"smoke", "fast", "paper"} <= find(name).scales.keys()
