"""Accuracy against cost and objections left, on the site's front page. Oracle: the study's table, its figure's data."""

from __future__ import annotations

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from plausible.plotting import committed
from plausible.plotting.findings import NOTHING_YET
from plausible.plotting.trade import by_cost, cheapest
from plausible.registry import registry
from plausible.site import trade
from plausible.site.build import TEMPLATES, build
from plausible.site.figures import contents
from plausible.site.links import OTHER, family
from plausible.site.told import Told, told

NAMES = ("task", "rule", "n", "gap", "low", "high", "left", "cost")


def one(rule: str = "a", **more: object) -> dict[str, object]:
    """A row of a tiny table."""
    row: dict[str, object] = dict(zip(NAMES, ("digits", rule, 3, 1.0, 0.5, 1.5, 9.0, 2.0), strict=True))
    return row | more


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """A tiny table."""
    return pd.DataFrame([*rows], columns=[*NAMES])


def test_the_front_page_has_the_numbers_of_the_table_and_says_without_plotly_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trade, "find_spec", lambda name: None)
    made = build([trade.TABLE], "plausible report")
    kept = pd.read_csv(io.BytesIO(made["data/trade.csv"]))
    source = committed.drawn(trade.TABLE).source
    for name in NAMES[3:]:
        assert [*kept[name]] == pytest.approx([*source[name]], rel=1e-12, nan_ok=True)
    page = made["index.html"].decode()
    assert "pip install 'plausible[site]'" in page
    assert "plotly.min.js" not in {*made}
    assert "charts.js" not in page
    for kind in ("svg", "png", "pdf", "csv"):
        assert made[f"figures/accuracy-cost.{kind}"]
        assert made[f"figures/{trade.TABLE}.{kind}"]


def test_plotly_brings_its_script() -> None:
    pytest.importorskip("plotly", reason="plotly is not installed")
    assert trade.plotly().startswith(b"/**\n* plotly.js v")


def test_of_two_rules_the_dearer_and_worse_one_is_not_on_the_front() -> None:
    found = cheapest(
        frame(one("a"), one("b", cost=3.0), one("c", gap=0.0, cost=4.0), one("d", gap=2.0, cost=1.0))
    )
    assert [*found.rule] == ["d", "a", "c"]


ABSURD = {
    "missing": frame(),
    "one": frame(one()),
    "without numbers": frame(one(gap=np.nan, cost=np.nan)),
    "infinite": frame(one("a", cost=np.inf), one("b", gap=-np.inf), one("c")),
    "no interval": frame(one(low=np.nan, high=np.nan)),
    "enormous": frame(one("a", cost=1e30), one("b", cost=1e-30, gap=1e9, low=-1e9, high=2e9), one("c")),
    "free": frame(one(cost=0.0)),
    "hostile": frame(one("$\\frac{", task="<script>[x"), one("_b" * 40)),
}


@pytest.mark.parametrize("name", ABSURD)
def test_absurd_tables_are_drawn(name: str) -> None:
    from plausible.plotting.style import labelled

    figure = by_cost(labelled(ABSURD[name]))
    assert contents(figure, "svg") == contents(by_cost(labelled(ABSURD[name])), "svg")
    texts = [each.get_text() for each in figure.findobj(Text)]
    nothing = name in ("missing", "without numbers", "free")
    assert (NOTHING_YET in " ".join(texts), "not run" in texts) == (nothing, nothing)


def test_another_table_of_that_name_has_no_chart(tmp_path: Path) -> None:
    columns = {
        "key": "k",
        "task": "t",
        "rule": "r",
        "split": "test",
        "metric": "other",
        "layer": "",
        "status": "done",
    }
    table = pd.DataFrame([columns | {"scale": "fast", "seed": 0, "epoch": 1.0, "value": 1.0}])
    there = Told(trade.TABLE, tmp_path / "x.parquet", table, "", "", None)
    assert not len(trade.rows([there]))
    assert not len(trade.rows([]))
    assert len(trade.rows(told([trade.TABLE])))


def test_families_differ_in_colour_and_in_shape_on_the_front_page() -> None:
    """Two lists of which neither is a part of the other by length: families that share a colour differ in shape."""
    script = (TEMPLATES / "charts.js").read_text(encoding="utf-8")
    colours, shapes = (
        re.findall(r'"([^"]+)"', re.search(rf"const {name} = \[(.*)\];", script)[1])  # type: ignore[index]
        for name in ("COLOURS", "SHAPES")
    )
    families = {family(rule) for rule in registry.registered("rule")} | {OTHER}
    looks = {(colours[at % len(colours)], shapes[at % len(shapes)]) for at in range(len(families))}
    assert len({*colours}) == len(colours)
    assert len({*shapes}) == len(shapes)
    assert len(looks) == len(families) > 10
