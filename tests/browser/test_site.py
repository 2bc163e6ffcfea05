"""A site in a real browser. Oracle: issue 25's promises; axe-core's rules; the files that were written beside it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from plausible.printing.words import NOTHING
from plausible.report.html import Cell, Grid, Head, asset, environment, number
from tests.browser.axe import faults
from tests.browser.conftest import SIZES, Window

OPEN = Callable[..., Window]
EACH = (  # a page of each kind
    *("index.html", "leaderboard.html", "rules.html", "reproduction.html", "rules/backprop.html"),
    *("studies/frenkel2021.html", "tasks/digits.html"),
)


def test_every_page_opens_without_an_error_and_asks_for_nothing_outside(
    window: OPEN, made: Mapping[str, bytes]
) -> None:
    opened = window()
    for name in sorted(made):
        if name.endswith(".html"):
            opened.open(name)
            assert opened.page.title()
            assert not opened.said, name
            assert not opened.strangers, name


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", EACH)
def test_axe_finds_no_serious_fault_and_nothing_sticks_out(window: OPEN, name: str, size: str) -> None:
    opened = window(size)
    opened.open(name)
    assert not opened.said
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert not faults(opened.page)


@pytest.mark.parametrize("name", ["index.html", "leaderboard.html", "reproduction.html"])
def test_tables_are_seen_whole_on_a_laptop_and_their_captions_everywhere(window: OPEN, name: str) -> None:
    opened = window()
    opened.page.set_viewport_size({"width": 1200, "height": 900})
    opened.open(name)
    for table in opened.page.locator(".scroll").all():
        table.scroll_into_view_if_needed()
        assert table.evaluate("(one) => one.scrollWidth - one.clientWidth") <= 0, table.get_attribute(
            "aria-label"
        )
    opened.page.set_viewport_size({"width": 500, "height": 900})
    ends = "(one) => [one.clientWidth, one.querySelector('caption > span').offsetWidth]"
    for table in opened.page.locator(".scroll").all():
        width, taken = table.evaluate(ends)
        assert 0 < taken <= width


def test_a_fault_is_seen(window: OPEN, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        '<html lang="en"><title>x</title><main><h1>x</h1><img src="data:,"><script>console.error("said")</script>'
        '<script src="http://127.0.0.1:9/outside.js"></script></main>'
    )
    opened = window(root=tmp_path.as_uri())
    opened.open("bad.html")
    assert any("said" in line for line in opened.said)
    assert opened.strangers == ["http://127.0.0.1:9/outside.js"]
    assert [fault.partition(":")[0] for fault in faults(opened.page)] == ["image-alt"]


def first_cells(page: Any, number: int = 1) -> list[str]:
    """The texts of a column of the first table, of the rows that are shown."""
    cells = page.locator(f"table >> nth=0 >> tbody tr > :nth-child({number})")
    return [text.strip() for text in cells.all_inner_texts()]


def test_a_head_sorts_its_column_up_and_down(window: OPEN) -> None:
    opened = window()
    opened.open("rules.html")
    page = opened.page
    before = first_cells(page)
    page.get_by_role("button", name="criticisms removed").click()
    up = [int(text) for text in first_cells(page, 4)]
    assert up == sorted(up)
    assert up[0] < up[-1]
    page.get_by_role("button", name="criticisms removed").click()
    assert [int(text) for text in first_cells(page, 4)] == sorted(up, reverse=True)
    assert page.locator("th[aria-sort=descending]").count() == 1
    assert sorted(first_cells(page)) == sorted(before)


def test_numbers_and_texts_are_sorted_both_ways_and_what_is_missing_comes_last(
    window: OPEN, tmp_path: Path
) -> None:
    numbers, texts = [3.0, math.nan, -1.0, 20.0], ["b", "a10", "C", "a2"]
    rows = [[Cell(text), number(value, "g")] for value, text in zip(numbers, texts, strict=True)]
    grid = environment().from_string('{% from "grid.html" import grid %}{{ grid(one) }}')
    table = grid.render(one=Grid("tiny", [Head("text"), Head("number", number=True)], rows))
    page = f"<!doctype html><main>{table}</main><script>{asset('script.js')}</script>"
    (tmp_path / "tiny.html").write_text(page, encoding="utf-8")
    opened = window(root=tmp_path.as_uri())
    opened.open("tiny.html")
    heads = {name: opened.page.get_by_role("button", name=name) for name in ("number", "text")}
    shown = []
    for name, at in (("number", 2), ("number", 2), ("text", 1), ("text", 1)):
        heads[name].click()
        shown.append(first_cells(opened.page, at))
    assert shown[:2] == [["-1", "3", "20", NOTHING], ["20", "3", "-1", NOTHING]]
    assert shown[2:] == [["a2", "a10", "b", "C"], ["C", "b", "a10", "a2"]]
    assert not opened.said


def test_words_and_choices_filter_and_their_number_is_told(window: OPEN) -> None:
    opened = window()
    opened.open("rules.html")
    page = opened.page
    rows = len(first_cells(page))
    page.get_by_label("words in a row").fill("FEEDBACK direct")
    assert 0 < len(first_cells(page)) < rows
    assert page.locator("output").first.inner_text() == f"{len(first_cells(page))} of {rows} rows"
    page.get_by_label("words in a row").fill("")
    page.get_by_label("family").select_option("=predictive")
    assert {*first_cells(page, 2)} == {"predictive"}
    assert "predictive-coding" in first_cells(page)


def test_a_long_table_shows_a_part_and_more_where_asked(window: OPEN, made: Mapping[str, bytes]) -> None:
    opened = window()
    opened.open("studies/similarity.html")
    page = opened.page
    whole = made["data/measured-similarity.csv"].count(b"\n") - 1
    assert whole > 1200
    assert len(first_cells(page)) == 200
    page.get_by_role("button", name="more rows").first.click()
    assert len(first_cells(page)) == 1200
    assert f"of {whole} rows, the first 1200 shown" in page.locator("output").first.inner_text()
    page.get_by_role("button", name="mean").click()  # sorts all of them, not those that are shown
    told = csv.DictReader(io.StringIO(made["data/measured-similarity.csv"].decode()))
    least = min(float(row["mean"]) for row in told if row["mean"])
    assert float(first_cells(page, 6)[0]) == pytest.approx(least, rel=1e-3, abs=1e-12)


def test_without_script_a_long_table_is_whole(window: OPEN, made: Mapping[str, bytes]) -> None:
    opened = window(java_script_enabled=False)
    opened.open("studies/similarity.html")
    rows = opened.page.locator("table >> nth=0 >> tbody tr")
    assert rows.count() == made["data/measured-similarity.csv"].count(b"\n") - 1
    assert rows.last.is_visible()


def test_charts_follow_the_table_and_their_points_lead_to_rules(window: OPEN) -> None:
    opened = window()
    opened.open("index.html")
    page = opened.page
    section = page.locator(".linked")
    charts = section.locator(".chart")
    charts.first.scroll_into_view_if_needed()
    page.wait_for_selector(".chart[data-points]")
    assert [each.get_attribute("data-x") for each in charts.all()] == ["cost", "left"]
    rows = section.locator("tbody tr").count()
    drawn = charts.first.locator(".scatterlayer .point")
    assert drawn.count() == rows > 6
    section.get_by_label("task").select_option("=mnist-part")
    assert drawn.count() == section.locator("tbody tr").count() < rows
    section.get_by_label("criticisms removed").select_option("=weight transport")
    removed = section.locator("tbody tr > :nth-child(10)").all_inner_texts()
    assert all("weight transport" in text for text in removed)
    section.get_by_label("words in a row").fill("direct-feedback-alignment")
    assert (drawn.count(), charts.last.locator(".scatterlayer .point").count()) == (1, 1)
    box = drawn.first.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    hover = charts.first.locator(".hoverlayer").text_content()
    assert "direct-feedback-alignment on mnist-part" in hover
    assert section.locator("tbody tr > :nth-child(4)").inner_text() in hover
    page.mouse.click(*middle)
    page.wait_for_url("**/rules/direct-feedback-alignment.html")
    assert not opened.said


def test_the_large_script_is_asked_for_when_the_charts_come_near(window: OPEN) -> None:
    opened = window()
    opened.open("index.html")
    page = opened.page
    page.get_by_label("words in a row").first.fill("feedback")  # the page answers without it
    assert len(first_cells(page)) > 0
    assert not [url for url in opened.asked if url.endswith("plotly.min.js")]
    laid = "each => each.checkVisibility({contentVisibilityAuto: true})"
    tables = page.locator("table")
    assert [tables.first.evaluate(laid), tables.last.evaluate(laid)] == [
        True,
        False,
    ]  # far below: laid out later
    page.locator(".chart").first.scroll_into_view_if_needed()
    page.wait_for_selector(".chart[data-points]")
    page.mouse.wheel(0, -9999)
    page.locator(".chart").last.scroll_into_view_if_needed()
    assert [url.rpartition("/")[2] for url in opened.asked if "plotly" in url] == ["plotly.min.js"]
    assert not opened.said


def test_the_keyboard_chooses_what_the_leaderboard_shows(window: OPEN) -> None:
    opened = window()
    opened.open("leaderboard.html")
    page = opened.page

    def heads() -> set[str]:
        """The heads that are shown."""
        return {text.strip() for text in page.locator("thead th:visible").all_inner_texts()} - {"[95 %]"}

    both = {"rule", "task", "study", "family", "seeds", "lost"}
    epochs, compute = "test score", "validation score at the reference's compute"
    assert {epochs, "less the reference"} <= heads()
    assert compute not in heads()
    page.get_by_label("held against the reference").focus()
    page.keyboard.press("ArrowDown")
    assert {*both, compute, "less the reference at its compute"} <= heads()
    assert epochs not in heads()
    assert page.get_by_label("as good at equal compute?").is_visible()
    assert not page.get_by_label("as good as the reference?").is_visible()
    page.get_by_label("numbers").focus()
    page.keyboard.press("ArrowDown")
    assert compute in heads()
    assert "less the reference at its compute" not in heads()
    page.get_by_role("button", name="rule", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("rule")
    assert not opened.said


def test_links_lead_on_and_files_are_downloaded_as_they_were_written(
    window: OPEN, made: Mapping[str, bytes], served: str
) -> None:
    opened = window(root=served)
    opened.open("index.html")
    page = opened.page
    kinds = set()
    for link in page.locator("a[download]").all():
        name = str(link.get_attribute("href"))
        with page.expect_download() as waited:
            link.click()
        assert Path(waited.value.path()).read_bytes() == made[name]
        kinds.add(name.rpartition(".")[2])
    assert kinds == {"csv", "png", "svg", "pdf"}
    page.get_by_role("link", name="feedback-alignment", exact=True).first.click()
    page.wait_for_url("**/rules/feedback-alignment.html")
    assert page.get_by_role("heading", level=1).inner_text() == "feedback-alignment"


def test_dark_where_the_reader_has_it_dark(window: OPEN) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        opened = window(color_scheme=scheme)
        opened.open("index.html")
        grounds[scheme] = opened.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert not faults(opened.page), scheme
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(22, 24, 27)"}


REACHED = "document.activeElement === document.body ? '' : document.activeElement.dataset.reached ?? ''"


@pytest.mark.parametrize("name", ["studies.html", "studies/frenkel2021.html"])
def test_the_keyboard_alone_reaches_everything(window: OPEN, name: str) -> None:
    opened = window()
    opened.open(name)
    page = opened.page
    wanted = page.evaluate(
        """() => { const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')];
        const seen = all.filter((each) => each.checkVisibility());
        seen.forEach((each, at) => { each.dataset.reached = at; }); return seen.length; }"""
    )
    assert wanted > 10
    reached = set()
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(REACHED))
    assert reached - {""} == {str(at) for at in range(wanted)}


def test_the_keyboard_alone_sorts_and_folds_out(window: OPEN) -> None:
    opened = window()
    opened.open("rules/backprop.html")
    page = opened.page
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open] pre").first.is_visible()
    page.locator("thead button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending]").count() == 1


def test_every_figure_has_words_in_its_place(window: OPEN) -> None:
    opened = window()
    for name in EACH:
        opened.open(name)
        for image in opened.page.locator("img, [role=img]").all():
            words = image.get_attribute("alt") or image.get_attribute("aria-label") or ""
            assert len(words) > 10, name
