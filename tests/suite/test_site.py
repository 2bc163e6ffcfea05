"""The site that `plausible report --html` writes: its numbers, its links, what it asks for, and whom it shuts out.

Oracle: the tables that it was made from; the definition of contrast of the Web Content Accessibility Guidelines 2.1;
the attempts of a hostile table, which have to show as text.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pandas as pd
import pyarrow.parquet as pq
import pytest

from plausible.errors import BadInput
from plausible.report.html import TEMPLATES
from plausible.site.build import Site
from plausible.site.folder import LIST, file_of, write
from plausible.site.told import told as read
from plausible.study.store.tables import tables
from tests.suite.command import command
from tests.suite.pages import Page
from tests.suite.site_oracle import Scores, plain, records, rows_of, runs_of

COMPARED = ("akrout2019", "frenkel2021", "mostafa2018")  # the last has lost runs
NAMES = (*COMPARED, "plausibility")
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "../../x", "a\x1b[2J\u202eb", "x[y")


@pytest.fixture(scope="module")
def making() -> Site:
    """A site that was made as `build` makes it, with what was read for it."""
    made = Site(read(NAMES), False, "plausible report")
    made.all()
    return made


@pytest.fixture(scope="module")
def site(making: Site) -> Mapping[str, bytes]:
    return making.files


@pytest.fixture(scope="module")
def pages(site: Mapping[str, bytes]) -> dict[str, Page]:
    return {name: Page(text.decode()) for name, text in site.items() if name.endswith(".html")}


def test_a_page_stands_for_each_rule_study_and_task_of_the_tables(pages: dict[str, Page]) -> None:
    measured = pd.read_parquet(tables()["plausibility"])
    assert {f"rules/{rule}.html" for rule in measured.rule} <= {*pages}
    assert {f"studies/{name}.html" for name in NAMES} <= {*pages}
    assert {"index.html", "leaderboard.html", "reproduction.html", "tasks/mnist.html"} <= {*pages}


def test_nothing_is_asked_for_outside_and_every_link_leads_to_a_page(
    site: Mapping[str, bytes], pages: dict[str, Page]
) -> None:
    for name, page in pages.items():
        identities = {each.attributes["id"] for each in page.elements if "id" in each.attributes}
        for goal in [*page.asked, *page.links]:
            assert not re.match(r"[a-z]+:|//", goal), f"{name} leads to {goal}"
            place, _, part = goal.partition("#")
            assert not part or (not place and part in identities)
            parts: list[str] = [*PurePosixPath(name).parent.parts]
            for step in PurePosixPath(place).parts:
                parts = parts[:-1] if step == ".." else [*parts, step]
            assert not place or "/".join(parts) in site, f"{name} leads to {goal}"
    told = b" ".join(site[name] for name in ("style.css", "script.js"))
    assert not re.search(
        rb"https?:|//[a-z]|@import|url\(|fetch|XMLHttp|import\(", re.sub(rb"//.*", b"", told)
    )


def test_pages_are_well_formed_and_told_aloud(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert not page.wrong, name
        levels = [int(each.tag[1]) for each in page.all("h1", "h2", "h3", "h4")]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), name
        assert page.all("html")[0].attributes["lang"] == "en"
        assert len(page.all("main")) == 1
        assert all(each.attributes.get("alt") for each in page.all("img")), name
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(each.text.strip() for each in page.all("caption"))
        assert all(each.attributes.get("scope") in ("col", "row") for each in page.all("th")), name
        identities = [each.attributes["id"] for each in page.elements if "id" in each.attributes]
        assert len(identities) == len({*identities})
        scrolled = [each for each in page.elements if each.attributes.get("class") == "scroll"]
        assert all(each.attributes["tabindex"] == "0" and each.attributes["aria-label"] for each in scrolled)


def test_every_number_of_every_page_is_that_of_the_runs(pages: dict[str, Page]) -> None:
    """On pages of studies, rules and tasks, the front page and the leaderboard, each rule has its row."""
    runs, shown = {name: runs_of(name) for name in COMPARED}, Counter[str]()
    for file, page in pages.items():
        folder, _, own = file.removesuffix(".html").rpartition("/")
        for caption, rows in records(page).items():
            for row in rows if rows and "test score" in rows[0] else []:
                study = row.get("study") or (own if folder == "studies" else caption.partition(":")[0])
                rule, _, at_chance = row["rule"].partition(", lost runs at ")
                due = runs[study].scores(rule, row["task"])
                assert int(row["lost"]) == due.lost, (file, row)
                shown[folder or own] += not at_chance
                if not at_chance:
                    assert_shown(row, due, file)
                if folder in ("rules", "tasks"):
                    assert own in (plain(rule), plain(row["task"].partition(", ")[0])), (file, row)
    every = sum(len(each.compared) for each in runs.values())
    front = len(runs[COMPARED[0]].compared) - 1  # without the reference
    assert shown == {"studies": every, "rules": every, "tasks": every, "leaderboard": every, "index": front}


def assert_shown(row: dict[str, str], due: Scores, file: str) -> None:
    """A row has the scores that it should have, and its intervals lie around them."""
    mean, gap = ("test score", "[95 %]"), ("less the reference", "[95 %]'")
    for (score, ends), value in ((mean, due.mean), (gap, due.difference)):
        if math.isnan(value):
            assert row[score] == row[ends] == "–", (file, row)
        else:
            assert float(row[score]) == pytest.approx(value, abs=0.0051), (file, row)
            assert (row[ends] == "–") == (due.n < 2), (file, row)
            if due.n > 1:
                low, high = map(float, row[ends].strip("[]").split(", "))
                assert low < value < high, (file, row)
    assert int(row["seeds"]) == due.n, (file, row)
    drawn = row["drawn, to five margins"].partition(",")[0]
    assert float(drawn or math.nan) == pytest.approx(due.difference, abs=0.0051, nan_ok=True), (file, row)


def test_a_row_is_the_same_on_every_page(pages: dict[str, Page]) -> None:
    """With its intervals and its verdict, which the page of the study has."""
    of_study = {
        (name, row["rule"], row["task"]): row
        for name in COMPARED
        for row in records(pages[f"studies/{name}.html"])["rules beside the reference of their task"]
    }
    for file, page in pages.items():
        for caption, rows in records(page).items():
            for row in rows if rows and "test score" in rows[0] and not file.startswith("studies") else []:
                name = row.get("study") or caption.partition(":")[0]
                same = of_study[name, row["rule"], row["task"]]
                assert {head: row[head] for head in same} == same, file


def test_every_csv_of_scores_has_the_numbers_of_the_runs(site: Mapping[str, bytes], making: Site) -> None:
    """And its other columns are the statistics to the last bit."""
    files = {"data/leaderboard.csv": COMPARED, f"data/forest-{COMPARED[0]}.csv": COMPARED[:1]}
    files |= {f"data/beside-{name}.csv": (name,) for name in COMPARED}
    runs = {name: runs_of(name) for name in COMPARED}
    for file, names in files.items():
        told = pd.read_csv(io.BytesIO(site[file]))
        due = pd.concat([each.beside.assign(study=each.name) for each in making.every if each.name in names])
        due = due[due.rule != "backprop"] if "forest" in file else due
        numbers = ["n", "lost", "mean", "low", "high", "difference", "difference_low", "difference_high"]
        for column in ("study", "task", "rule", *numbers, "margin", "lost_as"):
            kept = [*told[column]] == [*due[column]]
            assert kept or [*told[column]] == pytest.approx([*due[column]], abs=0, rel=0, nan_ok=True), file
        for row in told[told.lost_as.isna()].itertuples():
            mine, factor = runs[row.study].scores(row.rule, row.task), 100 if row.metric == "accuracy" else 1
            found = [factor * row.mean, factor * row.difference, row.n, row.lost]
            assert found == pytest.approx([*mine], rel=1e-9, nan_ok=True), (file, row)


def test_every_verdict_is_that_of_the_table(site: Mapping[str, bytes], pages: dict[str, Page]) -> None:
    """In the matrix of the front page, on the pages of rules, in the list of rules, and in the CSV."""
    measured = pd.read_parquet(tables()["plausibility"])
    removed = measured[measured.verdict == "removed"].rule.value_counts()
    caption, matrix = next(each for each in records(pages["index.html"]).items() if "what was" in each[0])
    marks = {word: mark for mark, word in re.findall(r"[:,] (\S) ([a-z ]+)", caption)}
    found = {row["rule"]: row for row in matrix}
    listed = {row["rule"]: row for row in records(pages["rules.html"])["rules in this report"]}
    assert {*found} == {*measured.rule}
    for rule, mine in measured.groupby("rule"):
        said = {row[0]: row for row in rows_of(pages[f"rules/{rule}.html"], 0)}
        for row in mine.itertuples():
            assert said[row.criticism][1:4] == [row.verdict, row.evidence.strip(), row.claimed.strip()]
            mark = marks[row.verdict] + "!" * (not row.agrees)
            assert found[rule][row.criticism] == mark + row.verdict
        count = str(removed.get(rule, 0))
        assert found[rule]["removed"] == listed[rule]["criticisms removed"] == count
    kept = pd.read_csv(io.BytesIO(site["data/criticisms.csv"]), keep_default_na=False)
    for name in ("rule", "criticism", "verdict", "evidence"):
        assert [*kept[name]] == [*measured[name]]


def test_every_lost_run_is_told_with_its_own_reason(pages: dict[str, Page]) -> None:
    """As the metadata of its table tell it, on the page of its study, on that of its rule, and in their list."""
    for name in COMPARED:
        kept = json.loads(pq.read_schema(tables()[name]).metadata.get(b"plausible.lost", b"[]"))
        runs = runs_of(name).all
        last = runs[runs.status != "done"].groupby("key").epoch.max()
        due = [
            [
                *(str(one[head]) for head in ("rule", "task", "seed", "status", "reason")),
                f"{last[one['key']]:g}",
            ]
            for one in kept
        ]
        found = [[*row.values()] for row in records(pages[f"studies/{name}.html"]).get("lost runs", [])]
        assert found == due
        for rule in {plain(one["rule"]) for one in kept}:
            rows = records(pages[f"rules/{rule}.html"])["lost runs"]
            assert [[*row.values()] for row in rows] == [row for row in due if plain(row[0]) == rule]
        (row,) = (r for r in records(pages["studies.html"])["studies in this report"] if r["study"] == name)
        assert int(row["lost runs"]) == len(due)
    assert len({row[4] for row in due}) > 1  # else the reason of one could stand for all


def luminance(colour: str) -> float:
    """As WCAG 2.1 defines it, of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """As WCAG 2.1 defines it: 1 to 21."""
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def test_text_can_be_read_in_light_and_in_dark() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the example that just fails
    light, dark = (
        (TEMPLATES / "style.css").read_text(encoding="utf-8").split("@media (prefers-color-scheme: dark)")
    )
    for part in (light, dark.partition("* {")[0]):
        colours = dict(re.findall(r"--([\w-]+): (#\w{6});", part))
        grounds = ("paper", "shade", "present", "partly", "removed", "untraceable", "not-applicable")
        for ground in grounds:
            assert contrast(colours["ink"], colours[ground]) >= 4.5, ground
        for text in ("quiet", "link"):
            assert all(contrast(colours[text], colours[ground]) >= 4.5 for ground in ("paper", "shade")), text
        for sign in ("focus", "mark"):  # what is no text: 3
            assert contrast(colours[sign], colours["paper"]) >= 3
    assert ":focus-visible { outline: 3px" in light + dark


def hostile(folder: Path) -> None:
    """A project in which a table, its rules and tasks, and a rule's file have names that a page must not obey."""
    place = folder / "studies" / "tables"
    place.mkdir(parents=True)
    rows = [
        {"key": f"{rule}{seed}", "task": task, "rule": rule, "seed": seed, "epoch": 1.0, "split": "test"}
        | {
            "metric": "accuracy",
            "layer": "",
            "value": 0.5 + 0.01 * seed,
            "scale": "fast",
            "hidden": HOSTILE[0],
        }
        | {"status": "diverged" if seed == 2 and rule != "backprop" else "done"}
        for task in HOSTILE[:3]
        for rule in ("backprop", *HOSTILE, f"mine.py:{HOSTILE[1]}")
        for seed in range(3)
    ]
    pd.DataFrame(rows).to_parquet(place / "<script>evil.parquet")
    (folder / "mine.py").write_text("raise SystemExit('executed')\n")
    (folder / "studies" / "<script>evil.py").write_text(
        '"""Is <img src=x onerror=alert(1)> safe?"""\nraise SystemExit("executed")\nstudy = None\n'
    )


def test_hostile_names_show_as_text_and_make_no_file_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    hostile(home)
    monkeypatch.chdir(home)
    monkeypatch.setattr("plausible.site.told.tables", lambda: {f.stem: f for f in home.rglob("*.parquet")})
    before = {*tmp_path.rglob("*")}
    monkeypatch.setattr("plausible.site.build.registry.registered", lambda kind: [])
    ended = command("report", "--all", "--html", "--out", "made", capsys=capsys)
    assert ended.code == 0, ended
    assert "\x1b" not in ended.out + ended.err
    new = {*tmp_path.rglob("*")} - before
    assert all(each.is_relative_to(home / "made") for each in new)
    names = " ".join(str(each.relative_to(home / "made")) for each in new)
    assert re.fullmatch(r"[\w./ -]+", names)
    texts = ""
    for file in (home / "made").rglob("*.html"):
        page = Page(file.read_text(encoding="utf-8"))
        assert not page.wrong, file
        assert [each.attributes.get("src", "")[-9:] for each in page.all("script")] == ["script.js"]
        assert not page.all("img")
        assert not [name for each in page.elements for name in each.attributes if name.startswith("on")]
        assert not re.search("[\x00-\x08\x1b\u202e]", page.source)
        texts += page.all("body")[0].text
    for name in (*HOSTILE[:3], "Is <img src=x onerror=alert(1)> safe?", r"a\x1b[2J\u202eb"):
        assert name in texts


@pytest.mark.parametrize(
    "name", [*HOSTILE, "A", "a b", "", "é", "con.", "..", "/etc/passwd", "x" * 300, "\ud800"]
)
def test_no_name_of_a_file_leads_out_and_no_two_are_one(name: str) -> None:
    file = file_of(name)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]*", file)
    assert len(file) < 100
    assert file != file_of(name + "x") != file_of(name + "X")
    assert file_of("backprop") == "backprop"


def test_a_folder_that_holds_something_else_is_refused_and_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.html").write_text("mine")
    ended = command("report", "akrout2019", "--html", "--out", str(tmp_path), capsys=capsys)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert "expected a new or an empty folder" in ended.err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.html"]


def test_a_site_is_written_anew_over_itself_alone(tmp_path: Path) -> None:
    made, outside = tmp_path / "made", tmp_path / "outside.html"
    outside.write_text("mine")
    write(made, {"index.html": b"1", "rules/old.html": b"1"})
    (made / "notes.txt").write_text("mine")
    with (made / LIST).open("a", encoding="utf-8") as told:
        told.write("../outside.html\nnotes.txt\n")
    write(made, {"index.html": b"2"})
    assert (made / "index.html").read_bytes() == b"2"
    assert not (made / "rules/old.html").exists()
    assert (made / "notes.txt").read_text() == outside.read_text() == "mine"


def test_links_in_the_folder_lead_nothing_out(tmp_path: Path) -> None:
    made, outside = tmp_path / "made", tmp_path / "outside"
    outside.mkdir()
    (outside / "x.html").write_text("mine")
    write(made, {"index.html": b"1"})
    (made / "rules").symlink_to(outside)
    (made / "page.html").symlink_to(outside / "x.html")
    with pytest.raises(BadInput, match="inside of"):
        write(made, {"rules/x.html": b"2"})
    write(made, {"page.html": b"2"})
    assert (outside / "x.html").read_text() == "mine"
    assert [file.name for file in outside.iterdir()] == ["x.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--html", "--out", "x"], "expected STUDY ... or --all"),
        (["akrout2019", "--all", "--html", "--out", "x"], "expected STUDY ... or --all"),
        (["akrout2019", "--html"], "expected --out DIR"),
        (["akrout2019", "--html", "--json", "--out", "x"], "expected one of them"),
        (["nothing", "--html", "--out", "x"], "unknown study with a table 'nothing'"),
        (["akrout2019", "--out", "x"], "--out without --html"),
        (["--all"], "--all without --html"),
        (["akrout2019", "kunin2020"], "several with --html --out DIR"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = command("report", *arguments, capsys=capsys)
    assert ended.code == 2
    assert ended.err.count("\n") == 1
    assert said in ended.err
    assert not [*tmp_path.iterdir()]
