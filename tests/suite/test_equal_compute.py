"""Rules at equal compute, in the leaderboard and its CSV. Oracle: the definition, on a tiny table and taken anew."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from plausible.report import equal_compute
from plausible.report.equal_compute import at_equal_compute
from plausible.site.build import Site
from plausible.site.told import told
from plausible.study.store.tables import tables
from tests.suite.pages import Page

STUDIES = ("settling", "accuracy")  # whose tables have curves
COST = "multiply-adds per example"


def runs(rule: str, cost: float, curve: Sequence[float], seeds: Sequence[int] = (0, 1)) -> pd.DataFrame:
    """Runs that are shown 100 examples between two measurements of a curve on validation; tested at the end."""
    same = {"task": "t", "rule": rule, "layer": ""}
    rows = []
    for seed in seeds:
        said = [("validation", "accuracy", at, value + 0.01 * seed) for at, value in enumerate(curve)]
        last = len(curve) - 1
        said += [("test", "accuracy", last, 0.5), ("train", COST, last, cost)]
        rows += [
            same
            | {
                "seed": seed,
                "split": split,
                "metric": metric,
                "epoch": at,
                "examples": 100 * at,
                "value": value,
            }
            for split, metric, at, value in said
            if not np.isnan(value)
        ]
    return pd.DataFrame(rows)


BACKPROP = runs("backprop", 10, (0.1, 0.5, 0.7, 0.8, 0.9))  # 4,000 multiply-adds


def row(*tables: pd.DataFrame) -> Mapping[str, object]:
    """What is said of the rule in the last of the tables."""
    found = at_equal_compute(pd.concat([BACKPROP, *tables], ignore_index=True)).set_index("rule")
    return dict(found.loc[tables[-1].rule.iloc[0]])


def test_a_rule_has_what_it_had_reached_by_the_compute_of_the_reference() -> None:
    said = row(runs("dear", 20, (0.1, 0.2, 0.3, 0.6, 0.95)))  # 200 examples
    assert said["mean_at_compute"] == pytest.approx(0.305)
    assert said["difference_at_compute"] == pytest.approx(0.3 - 0.9)
    assert (said["work"], said["without"]) == (pytest.approx(2), "")
    said = row(runs("between", 15, (0.1, 0.2, 0.3, 0.6, 0.95)))  # 266 examples: the score at 200
    assert said["mean_at_compute"] == pytest.approx(0.305)
    said = row(runs("cheap", 5, (0.1, 0.2, 0.3, 0.6, 0.9)))  # it ends before
    assert (said["mean_at_compute"], said["work"]) == (pytest.approx(0.905), pytest.approx(0.5))
    assert said["as_good_at_compute"] == "yes"
    said = row(runs("as dear", 10, (0.1, 0.9)), runs("third", 30, (0.1, 0.4, 0.5, 0.6)))  # 133 examples
    assert said["mean_at_compute"] == pytest.approx(0.405)


def test_what_cannot_be_known_is_said() -> None:
    def without(*tables: pd.DataFrame) -> object:
        said = row(*tables)
        assert np.isnan(said["mean_at_compute"])  # type: ignore[call-overload]
        return said["without"]

    assert without(runs("jump", 20, (0.1, np.nan, np.nan, np.nan, 0.9))) == equal_compute.NO_CURVE
    assert without(runs("free", np.nan, (0.1, 0.5, 0.9))) == equal_compute.UNCOUNTED
    uncounted = BACKPROP[BACKPROP.metric != COST]
    found = at_equal_compute(pd.concat([uncounted, runs("dear", 20, (0.1, 0.5, 0.9))], ignore_index=True))
    assert {*found.without} == {equal_compute.UNCOUNTED_REFERENCE}
    jump = runs("jump", 5, (0.1, np.nan, np.nan, np.nan, 0.9))  # all of it is paid for: it needs no curve
    assert row(jump)["mean_at_compute"] == pytest.approx(0.905)


def test_lost_runs_are_left_out_and_count_as_chance_in_a_second_row() -> None:
    chance = (
        runs("backprop", 10, (0.1,) * 5).query("split == 'validation' and epoch == 0").assign(metric="chance")
    )
    wild = runs("wild", 10, (0.1, 0.5, 0.7, 0.8, 0.9), (0, 1))
    wild = wild[(wild.seed == 0) | ((wild.split == "validation") & (wild.epoch < 2))]
    found = at_equal_compute(pd.concat([BACKPROP, chance, wild], ignore_index=True))
    found = found[found.rule == "wild"]
    assert found.lost_as.isna().tolist() == [True, False]
    assert found.mean_at_compute.tolist() == pytest.approx([0.9, (0.9 + 0.105) / 2])


@pytest.fixture(scope="module")
def site() -> Mapping[str, bytes]:
    """The leaderboard and its data; no other page is made, and no figure drawn."""
    made = Site(told([*STUDIES]), False, "plausible report")
    made.leaderboard()
    return made.files


def test_numbers_of_the_csv_are_those_of_the_table(site: Mapping[str, bytes]) -> None:
    told = pd.read_csv(io.BytesIO(site["data/leaderboard.csv"]), keep_default_na=False)
    told = told[told.without == ""]
    assert len(told) > 20
    read = [pd.read_parquet(tables()[study]).assign(study=study) for study in STUDIES]
    table = pd.concat(read, ignore_index=True)
    table["task"] = table.task.astype(str) + ", " + table.hidden.astype(str)
    compared = 0
    for (study, task), mine in table.groupby(["study", "task"]):
        best = mine[mine.rule == "backprop"]
        budget = best[best.metric == COST].set_index("seed")
        paid = budget.value * budget.examples
        ours = (told.study == study) & told.task.str.startswith(str(task))
        for said in told[ours].to_dict("records"):
            of_rule = mine[mine.rule == said["rule"]]
            cost = of_rule[of_rule.metric == COST].set_index("seed").value
            scores, reference = [], []
            for seed in cost.index:
                curve = of_rule[
                    (of_rule.metric == "accuracy") & (of_rule.split == "validation") & (of_rule.seed == seed)
                ]
                scores.append(curve[curve.examples * cost[seed] <= paid[seed] * 1.000001].value.iloc[-1])
                first = best[(best.metric == "accuracy") & (best.split == "validation") & (best.seed == seed)]
                reference.append(first.value.iloc[-1])
            assert float(said["mean_at_compute"]) == pytest.approx(np.mean(scores), abs=1e-12)
            if said["rule"] != "backprop":
                apart = np.subtract(scores, reference).mean()
                assert float(said["difference_at_compute"]) == pytest.approx(apart, abs=1e-12)
                compared += 1
    assert compared > 20


def test_the_leaderboard_shows_both_and_why_there_is_none(site: Mapping[str, bytes]) -> None:
    page = Page(site["leaderboard.html"].decode())
    heads = [each for each in page.all("th") if each.attributes["scope"] == "col"]
    names = [each.text.strip() for each in heads]
    good = names.index("as good at equal compute?")
    assert {each.attributes.get("data-views", "") for each in heads} == {
        *(
            "",
            "epochs",
            "compute",
            "epochs absolute",
            "epochs relative",
            "compute absolute",
            "compute relative",
        )
    }
    cells = [
        each.text.strip() for each in page.elements if each.tag in ("td", "th") and "tbody" in each.above
    ]
    told = pd.read_csv(io.BytesIO(site["data/leaderboard.csv"]), keep_default_na=False)
    score = names.index("validation score at the reference's compute")
    rows = [cells[at : at + len(names)] for at in range(0, len(cells), len(names))]
    by_name = {tuple(row[names.index(name)] for name in ("study", "task", "rule")): row for row in rows}
    assert len(by_name) == len(rows) == len(told)
    for row in told.to_dict("records"):
        mine = by_name[row["study"], row["task"], row["rule"]]
        if row["without"]:
            assert mine[good] == row["without"]
            assert mine[score] == "–"
        else:
            assert mine[score] == f"{100 * float(row['mean_at_compute']):.2f}"
            if row["as_good_at_compute"] == "yes":
                assert mine[good] == "as good (a tie)"
    assert (told.without == equal_compute.NO_CURVE).any()
