"""Titles on errors say what intervals bear. Oracle: differences chosen here, and mirrors.

Where every accuracy becomes its complement, each difference of errors changes its sign, and nothing else does.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from plausible.plotting import committed
from plausible.plotting.findings import INCOMPLETE, NOTHING_YET, PAIRED, told_apart
from tests.suite.drawings import drawing
from tests.suite.test_figures_tell import TABLES

FIGURES = (
    *("clark2021", "cornford2021", "ernoult2022", "greedy2022", "guerguiev2017", "hinton2022", "illing2019"),
    *("kao2024", "krotov2019", "lee2015", "local", "meulemans2021", "moraitis2022", "mostafa2018"),
    *("noekland2019", "payeur2021", "pogodin2020"),
)
BEFORE = re.compile(
    r"^(on (test images|\w+)|on test images of \w+|read out on test images,|taught by segregated dendrites,|"
    r"with \d+ hidden layers) ",
    re.IGNORECASE,
)


def errors(**of_rules: list[float]) -> pd.DataFrame:
    """Errors in per cent by rule, of seeds 0, 1, ..."""
    rows = [(rule, seed, value) for rule, values in of_rules.items() for seed, value in enumerate(values)]
    return pd.DataFrame(rows, columns=["rule", "seed", "value"])


def test_a_rule_errs_more_or_less_only_where_the_interval_is_without_0() -> None:
    """Of three differences with mean m and deviation s, Student's interval reaches m ± 2.48 s (4.303 / √3)."""
    reference = [5.0, 7.0, 6.0]  # seeds differ by more than rules do, so that pairing decides
    spread = np.array([-1.0, 0.0, 1.0])  # s = 1
    wrong = errors(
        bp=reference,
        above=[*(np.array(reference) + 2.5 + spread)],
        below=[*(np.array(reference) - 2.5 + spread)],
        near=[*(np.array(reference) + 2.4 + spread)],
    )
    assert told_apart(wrong, "bp", where="Here,") == (
        "Here, above errs more than bp (6.0 %), by 2.5 points; below errs less than bp, by 2.5 points; "
        "near cannot be told apart from bp (+2.4 points)"
    )
    assert told_apart(wrong[wrong.rule.isin(["bp", "near"])], "bp") == (
        "near cannot be told apart from bp (6.0 %; +2.4 points)"
    )


def test_one_seed_tells_nothing_apart() -> None:
    wrong = errors(bp=[5.0], fa=[50.0])
    assert told_apart(wrong, "bp") == "one seed tells nothing apart from bp (5.0 %): fa +45.0 points"


def test_what_is_missing_is_told() -> None:
    assert told_apart(errors(), "bp") == NOTHING_YET
    assert told_apart(errors(bp=[1.0, 2.0]), "bp") == INCOMPLETE
    assert (
        told_apart(errors(fa=[1.0, 2.0]), "bp", {"bp": "backprop"})
        == "Backprop, the reference, has no run done here"
    )


def claims(title: str) -> set[tuple[str, str]]:
    """Which rules err more, and which less, in the words of a title."""
    found = re.findall(r"(?:^|; )([^;]*?) errs? (more|less) than", " ".join(title.split()))
    return {(BEFORE.sub("", names), way) for names, way in found}


@pytest.mark.parametrize("name", FIGURES)
def test_a_title_says_the_opposite_of_the_opposite(name: str) -> None:
    table = pd.read_parquet(TABLES / f"{name}.parquet")
    score = table.metric.isin(["accuracy", "read-out accuracy"])
    other = committed.of_table(name, table.assign(value=table.value.where(~score, 1 - table.value))).figure
    here = claims(drawing(name).figure.get_suptitle())
    turned = {"more": "less", "less": "more"}
    assert here or "cannot be told apart" in " ".join(drawing(name).figure.get_suptitle().split())
    assert claims(other.get_suptitle()) == {(names, turned[way]) for names, way in here}


@pytest.mark.parametrize("name", FIGURES)
def test_a_caption_says_what_more_and_less_mean_and_of_how_many_seeds(name: str) -> None:
    caption = " ".join(drawing(name).figure.get_supxlabel().split())
    assert PAIRED in caption
    assert re.search(r"\b\d+ seeds\b|\bseeds: \w+ \d+", caption)


def test_the_title_of_payeur2021_says_that_the_rates_of_backprop_are_scaled_down() -> None:
    assert "backprop's rates are scaled down" in " ".join(drawing("payeur2021").figure.get_suptitle().split())
