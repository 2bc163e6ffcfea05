"""What stands in the cells of a site's tables. Oracle: numbers chosen here, each of which stands in one cell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from plausible.report.html import Cell, Grid, Head, environment
from plausible.site import board, grids, trade
from plausible.site.links import Links
from plausible.site.told import told
from tests.suite.pages import Page

LINKS = Links({"backprop", "hebb"}, {"tiny"}, {"mnist", "digits"})
EVIL = '"><img src=x onerror=alert(1)>'
HEBB = {"study": "tiny", "task": "digits, 32", "plain_task": "digits", "rule": "hebb", "family": "local"}
HEBB |= {"reference": "backprop", "metric": "accuracy", "as_good": "worse"}
NUMBERS: dict[str, float] = {"n": 5, "lost": 3, "lost_as": np.nan, "margin": 0.01}
NUMBERS |= {"mean": 0.61, "low": 0.5812, "high": 0.6234}
NUMBERS |= {"difference": -0.31, "difference_low": -0.3345, "difference_high": -0.2967}
LATER: dict[str, object] = {"mean": 0.41, "low": 0.3812, "high": 0.4234, "as_good": "better"}
LATER |= {"difference": 0.11, "difference_low": 0.0845, "difference_high": 0.1367}


def cells_of(grid: Grid) -> dict[str, Cell]:
    """The cells of the only row, by the heads of their columns; of two alike the second has a stroke."""
    (row,), found = grid.rows, dict[str, Cell]()
    for head, cell in zip(grid.heads, row, strict=True):
        name = head.text
        while name in found:
            name += "'"
        found[name] = cell
    return found


def test_a_rule_beside_the_reference_has_its_own_numbers_in_each_cell() -> None:
    cells = cells_of(grids.compared(pd.DataFrame([HEBB | NUMBERS]), LINKS, "tiny"))
    texts = {name: cell.text for name, cell in cells.items()}
    assert texts["test score"] == "61.00"
    assert texts["[95 %]"] == "[58.12, 62.34]"
    assert texts["less the reference"] == "-31.00"
    assert texts["[95 %]'"] == "[-33.45, -29.67]"
    assert (texts["seeds"], texts["lost"]) == ("5", "3")
    assert texts["as good as the reference?"] == "worse"
    assert (cells["seeds"].value, cells["lost"].value, cells["test score"].value) == (5, 3, pytest.approx(61))
    drawn = cells["drawn, to five margins"].span
    assert drawn is not None
    assert drawn.low <= drawn.middle <= drawn.high < drawn.zero  # it is worse: all lies on the left


def test_at_equal_compute_each_cell_has_its_own_number_with_its_sign() -> None:
    more = {f"{name}_at_compute": value for name, value in LATER.items()} | {"work": 2.5, "without": ""}
    cells = cells_of(board.leaderboard(pd.DataFrame([HEBB | NUMBERS | more]), LINKS, "tiny", ""))
    texts = {name: cell.text for name, cell in cells.items()}
    assert texts["less the reference"] == "-31.00"
    assert texts["validation score at the reference's compute"] == "41.00"
    assert texts["[95 %]''"] == "[38.12, 42.34]"
    less = cells["less the reference at its compute"]
    assert (less.text, less.value) == ("+11.00", pytest.approx(11))
    assert texts["[95 %]'''"] == "[8.45, 13.67]"
    assert texts["compute of whole runs, times the reference's"] == "2.5"
    assert texts["as good at equal compute?"] == "better"
    drawn = cells["drawn at equal compute, to five margins"].span
    assert drawn is not None
    assert drawn.zero < drawn.low <= drawn.middle <= drawn.high


def test_the_leaderboard_has_the_best_rule_of_each_task_first_and_lost_scores_last() -> None:
    """Of accuracies the largest is the best one, of errors the least; tasks keep their order."""
    scores = [("digits", "accuracy", value) for value in (0.5, np.nan, 0.9, 0.7)]
    scores[2:2] = [("add", "normalised error", value) for value in (0.5, 0.1)]
    rows = [HEBB | NUMBERS | {"task": task, "metric": metric, "mean": mean} for task, metric, mean in scores]
    found = board.ranked(pd.DataFrame(rows))
    assert [*found.task] == ["digits"] * 4 + ["add"] * 2
    assert [*found["mean"]] == pytest.approx([0.9, 0.7, 0.5, np.nan, 0.1, 0.5], nan_ok=True)


def test_a_long_name_goes_on_in_the_next_line_where_a_part_of_it_ends() -> None:
    macro = environment().get_template("grid.html").module.grid  # type: ignore[attr-defined]
    name = f"fa[feedback=uniform(0.5),rate={EVIL}]"
    page = Page(str(macro(Grid("a caption", [Head("rule")], [[Cell(name)], [Cell(name, href="a.html")]]))))
    assert not page.wrong
    assert [each.text.strip() for each in page.all("th")[1:]] == [name, name]
    assert page.source.count("fa[<wbr>feedback=<wbr>uniform(<wbr>0.5),<wbr>rate=") == 2
    assert not page.all("img")


def test_a_published_number_has_all_that_is_said_of_it_in_one_cell() -> None:
    (each,) = told(["akrout2019"])
    grid = grids.reproduced([each], LINKS, "tiny")
    assert [head.text for head in grid.heads][-2:] == ["n", grids.NOTES]
    for row, cells in zip(each.published.to_dict("records"), grid.rows, strict=True):
        parts = [row[name] for name in ("source", "because", "differs", "hindsight")]
        assert all(part in cells[-1].text for part in parts)


def test_a_link_leads_to_the_page_of_its_own_thing() -> None:
    for links, up in ((LINKS, ""), (LINKS.below(), "../")):
        assert links.task("digits") == f"{up}tasks/digits.html"
        assert links.task("mnist") == f"{up}tasks/mnist.html"
        assert links.rule("hebb") == f"{up}rules/hebb.html"
        assert links.rule("backprop") == f"{up}rules/backprop.html"
        assert links.study("tiny") == f"{up}studies/tiny.html"
        assert links.task("none") == links.rule("none") == links.study("none") == ""
    cells = cells_of(grids.compared(pd.DataFrame([HEBB | NUMBERS]), LINKS, "tiny"))
    assert [cells[name].href for name in ("rule", "task", "study")] == [
        "rules/hebb.html", "tasks/digits.html", "studies/tiny.html"
    ]  # fmt: skip


def test_the_table_of_costs_has_its_own_numbers_in_each_cell() -> None:
    row = {"rule": "hebb[rate=1]", "task": "digits[split=seed]", "n": 7, "gap": 1.25}
    row |= {"low": 0.5, "high": 2.75, "left": 9.0, "cost": 3.5}
    audited = pd.DataFrame(
        [("hebb", "locking", "removed"), ("hebb", "sign", "present"), ("backprop", "phases", "removed")],
        columns=["rule", "criticism", "verdict"],
    )
    cells = cells_of(trade.grid(pd.DataFrame([row]), audited, LINKS, ""))
    told = {name: cell.text for name, cell in cells.items()}
    assert told.pop("family") == LINKS.family("hebb")
    assert told == {
        "rule": "hebb[rate=1]", "task": "digits[split=seed]", "points below backprop": "1.25", "from": "0.50",
        "to": "2.75", "objections left": "9", "cost, times backprop's": "3.5", "seeds": "7",
        "criticisms removed": "locking",
    }  # fmt: skip
    assert (cells["rule"].href, cells["task"].href) == ("rules/hebb.html", "tasks/digits.html")


def test_whatever_a_cell_a_head_or_a_caption_says_is_text() -> None:
    """Its text, its word, its title, its link, its class; the script of the page reads them back as they were."""
    every = [
        Cell(EVIL, word=EVIL, title=EVIL, href=EVIL, look=EVIL),
        Cell("mark", word=EVIL, title=EVIL),
        Cell("", word=EVIL, title=EVIL, span=grids.span_of(HEBB | NUMBERS, 1.0).span),
        Cell(EVIL, word="a word", title=EVIL),  # what is shown is not what is read aloud
        Cell(EVIL, word=EVIL, title=EVIL),
        Cell(EVIL, title=EVIL),
    ]
    grid = Grid(EVIL, [Head(EVIL, choose=True)] * 6, [every], EVIL)
    source = '{% from "grid.html" import grid with context %}{{ grid(one) }}'
    page = Page(environment().from_string(source).render(one=grid))
    assert not page.wrong
    assert not page.all("img", "script")
    assert not [name for each in page.elements for name in each.attributes if name.startswith("on")]
    told = page.all("th", "td")[6:]
    assert [each.attributes["title"] for each in told] == [EVIL] * 6
    assert [each.attributes.get("data-word") for each in told] == [*[EVIL] * 3, "a word", EVIL, None]
    assert [each.text.strip() for each in told] == [EVIL, f"mark{EVIL}", EVIL, f"{EVIL}a word", EVIL, EVIL]
    assert page.all("a")[0].attributes["href"] == EVIL
    assert page.all("caption")[0].text == EVIL
