"""A comparison as one page: its numbers are the summary's, it asks for nothing, and it takes no other file's place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import plausible as pl
from plausible.errors import BadInput
from plausible.printing.table import Column, Table
from plausible.report import comparison_page
from tests.suite.command import command
from tests.suite.pages import Page

TASK = "two-moons[examples=100]"
RULE = '''
from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
class Mine(FeedbackAlignment):
    """<script>alert(1)</script> [lillicrap2016]."""
'''


@pytest.fixture(scope="module")
def made() -> pl.Compared:
    return pl.compare("backprop,fa", TASK, seeds=3, epochs=2, hidden=(4,), workers=0, progress=False)


def test_a_page_holds_the_numbers_of_the_summary_and_asks_for_nothing(made: pl.Compared) -> None:
    page = Page(made.to_html())
    assert not page.wrong
    assert not page.asked
    assert not page.links[1:]  # beside the one to its own content
    assert "default-src 'none'" in page.source
    assert [each.attributes["src"][:22] for each in page.all("img")] == ["data:image/png;base64,"]
    assert all(each.attributes.get("alt") for each in page.all("img"))
    text = page.all("main")[0].text
    for test in made.summary.test.astype(float):
        assert f"{100 * test:.2f}" in text
    levels = [int(each.tag[1]) for each in page.all("h1", "h2")]
    assert levels.count(1) == 1
    assert len(page.all("table")) == len(page.all("caption")) > 1


def test_a_rule_with_a_hostile_name_shows_as_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("mine.py", "<b>mine<b>.py"):  # labels tell the two apart by their files
        (tmp_path / name).write_text(RULE)
    monkeypatch.chdir(tmp_path)
    line = (
        "--rules",
        "backprop,mine.py:Mine,<b>mine<b>.py:Mine",
        "--seeds",
        "1",
        "--epochs",
        "1",
        "--hidden",
        "4",
    )
    ended = command("compare", "--task", TASK, *line, "--workers", "0", "--html", "page.html", capsys=capsys)
    assert ended.code == 0, ended
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert not page.wrong
    assert len(page.all("script")) == len(page.all("img")) == 1
    assert not [name for each in page.elements for name in each.attributes if name.startswith("on")]
    assert not page.all("b")
    assert "<b>mine<b>" in page.all("main")[0].text


def test_a_file_that_is_no_such_page_stays(
    made: pl.Compared, tmp_path: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "thesis.html"
    mine.write_text("mine")
    with pytest.raises(BadInput, match="a new file, or a page"):
        made.to_html(mine)
    ended = command("compare", "--task", TASK, "--html", str(mine), capsys=capsys)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert mine.read_text() == "mine"
    assert not (results / "runs").exists() or not any((results / "runs").iterdir())
    made.to_html(mine, overwrite=True)
    made.to_html(mine)  # its own page
    assert re.match("<!DOCTYPE html>", mine.read_text(encoding="utf-8"))
    for place in (tmp_path, tmp_path / "none" / "x.html"):
        with pytest.raises(BadInput, match="expected a file"):
            made.to_html(place)


def test_an_audit_has_the_frame_of_other_pages(capsys: pytest.CaptureFixture[str]) -> None:
    page = Page(command("audit", "fa", "backprop", "--html", capsys=capsys).out)
    assert not page.wrong
    assert not page.asked
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert len(page.all("caption")) == len(page.all("table")) == 3
    assert all(each.attributes.get("scope") in ("col", "row") for each in page.all("th"))
    identities = {each.attributes["id"] for each in page.elements if "id" in each.attributes}
    assert all(goal[:1] == "#" and goal[1:] in identities for goal in page.links)


def test_words_of_the_picture_say_how_its_seeds_are_drawn(made: pl.Compared) -> None:
    """Below five seeds no interval is drawn, and none is told; the caption of the picture says the same."""
    page = Page(made.to_html())
    (image,) = page.all("img")
    (caption,) = page.all("figcaption")
    assert image.attributes["alt"] == caption.text
    assert "against epochs; thin lines: seeds." in caption.text
    assert "interval" not in caption.text
    drawn = " ".join(made.figure().get_supxlabel().split())
    assert drawn.endswith("; thin lines: seeds")


def test_a_title_that_ends_with_a_mark_gets_no_stop_and_a_heading_is_the_whole_title(
    made: pl.Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = 'Is 0.5 vs. 1 "enough"?'
    table = Table(question, [Column("rule", words=True)], caption="marks: o is a seed", rows=[("fa",)])
    monkeypatch.setattr(comparison_page.report, "tables", lambda *_: [table])
    page = Page(made.to_html())
    assert page.all("h2")[0].text == f"1. {question}"
    assert page.all("caption")[0].text == f"{question} marks: o is a seed"
    regions = [
        each.attributes["aria-label"] for each in page.elements if each.attributes.get("role") == "region"
    ]
    assert regions == [f"{question} marks: o is a seed"]


def test_python_is_refused_in_words_of_python(made: pl.Compared, tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("mine")
    for place, mend in (
        ("none/x.html", "a file in a folder that is there"),
        ("mine.html", "or overwrite=True"),
    ):
        with pytest.raises(BadInput) as refused:
            made.to_html(tmp_path / place)
        assert mend in str(refused.value)
        assert str(refused.value).startswith("file is ")
        assert "--" not in str(refused.value)


def test_an_interval_goes_to_the_next_line_as_a_whole() -> None:
    """A number of any other kind, and words, stay as they were printed."""
    rows = [("fa, or so", "-2.04 [-6.73, 2.66]", "123,797")]
    table = Table("a title", [Column("rule", words=True), Column("less"), Column("examples")], rows=rows)
    ((name, less, examples),) = comparison_page.grid(table).rows
    assert (name.text, name.value) == ("fa, or so", None)
    assert (less.text, less.value, less.look) == ("-2.04 [-6.73,\u00a02.66]", -2.04, "number")
    assert (examples.text, examples.value, examples.look) == ("123,797", 123797, "")
