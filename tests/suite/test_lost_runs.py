"""A table says of each run that was lost why. Oracle: the store that the table is exported from."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from plausible.errors import BadInput
from plausible.report.across import across, profiles
from plausible.site.build import build
from plausible.site.told import told
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from plausible.study.store.tables import LOST, Lost, lost_of, note, tables, write
from tests.suite.command import command, computed
from tests.suite.hostile import GOOD, STUDY
from tests.suite.pages import Page
from tests.suite.quick import QUICK

WHY = 'ValueError: no <script>alert(1)</script> "><img src=x> ../../x'
BAD_SETTINGS = (
    b'[{"key": "a", "task": "t", "rule": "r", "seed": 0, "status": "failed", "reason": "", "settings": 3}]'
)


@pytest.fixture
def exported(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A table of a study of which a run ended well, and another failed before anything was measured."""
    (tmp_path / "mine.py").write_text(STUDY)
    computed([QUICK], store)
    store.save(key(GOOD), Outcome(GOOD, "failed", WHY, traceback="Traceback\n"))
    ended = command(
        "export", str(tmp_path / "mine.py"), "--scale", "smoke", "--folder", str(tmp_path), capsys=capsys
    )
    assert ended.code == 0, ended.err
    return tmp_path / "mine.parquet"


def page_of(file: Path, monkeypatch: pytest.MonkeyPatch) -> Page:
    """The page of a study with this table."""
    monkeypatch.setattr("plausible.site.told.tables", lambda: {"mine": file})
    monkeypatch.setattr("plausible.site.build.registry.registered", lambda kind: [])
    return Page(build(["mine"], "plausible report")["studies/mine.html"].decode())


def test_a_run_without_rows_is_told_with_its_reason_and_shown_as_text(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = lost_of(exported)
    assert one == (key(GOOD).name, *GOOD.head(), "failed", WHY, GOOD.settings())
    page = page_of(exported, monkeypatch)
    assert WHY in [each.text.strip() for each in page.all("td")]
    assert not page.wrong
    assert not page.all("img")


def test_a_table_from_before_is_read_and_says_how_its_runs_ended(
    exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its status is in its rows, and the page tells what the word means."""
    table = pd.read_parquet(exported)
    more = table.assign(key="b" * 32, seed=5, status="diverged")
    pd.concat([table, more]).to_parquet(exported)
    assert lost_of(exported) == []
    cells = [each.text.strip() for each in page_of(exported, monkeypatch).all("td")]
    assert "what it learned or answered was no finite number any more" in cells


@pytest.mark.parametrize("damage", [b"{", BAD_SETTINGS, b'[{"key": 1}]', b"[3]", b"\xff", b'[["a"]]', b"{}x"])
def test_damaged_reasons_are_told_in_a_line(exported: Path, damage: bytes) -> None:
    note(exported, {LOST: damage})
    with pytest.raises(BadInput, match="export it anew"):
        lost_of(exported)


def test_a_note_changes_no_number_and_leaves_what_else_is_noted(exported: Path) -> None:
    before = pq.read_table(exported)
    note(exported, {LOST: b"[]"})
    after = pq.read_table(exported)
    assert after.equals(before)
    assert {*after.schema.metadata} == {*before.schema.metadata}


def test_committed_tables_tell_of_each_lost_run_why_it_was() -> None:
    gone = {}
    for name, file in tables().items():
        held = pq.read_schema(file).names
        if {"key", "status"} <= {*held}:
            rows = pq.read_table(file, columns=["key", "status"]).to_pandas()
            gone[name] = {*rows[rows.status.astype(str) != "done"].key.astype(str)}
            told = {one.key: one for one in lost_of(file)}
            assert gone[name] <= {*told}, name
            assert all(one.reason for one in told.values()), name
    assert sum(map(len, gone.values())) >= 6


def test_the_reason_of_a_seed_is_that_of_its_own_run(exported: Path, store: Store) -> None:
    other = replace(QUICK, seed=7)
    lost = Outcome(other, "timed out", "after 3 s", traceback="")
    store.save(key(other), lost)
    from plausible.study.store.export import lost_in

    there = [each for each in (store.find(key(run)) for run in (QUICK, GOOD, other)) if each]
    assert {one.seed: (one.status, one.reason) for one in lost_in(there)} == {
        GOOD.seed: ("failed", WHY),
        7: ("timed out", "after 3 s"),
    }


def of_three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> Path:
    """A table of tiny runs: fa has one seed of wide layers; hebb lost both of its runs before it measured anything."""
    rows = [
        {"key": f"{rule}{hidden}{seed}", "task": "digits", "rule": rule, "seed": seed, "hidden": hidden}
        | {"epoch": 1.0, "examples": 10, "split": split, "metric": metric, "layer": "", "status": "done"}
        | {"scale": "fast", "value": value + (0.01 * seed if split == "test" else 0)}
        for hidden in ("32", "64")
        for rule, seeds in (("backprop", 3), ("feedback-alignment", 3 if hidden == "32" else 1))
        for seed in range(seeds)
        for split, metric, value in (("test", "accuracy", 0.9), ("validation", "chance", 0.1))
    ]
    gone = [Lost(f"h{n}", "digits", "hebb", n, "failed", "ValueError: no", settings) for n in range(2)]
    write(pd.DataFrame(rows), tmp_path / "tiny.parquet", [], lost=gone)
    monkeypatch.setattr("plausible.site.told.tables", lambda: {"tiny": tmp_path / "tiny.parquet"})
    return tmp_path / "tiny.parquet"


def test_a_rule_that_lost_every_run_before_it_measured_anything_is_told_of_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And runs that nobody planned, of another setting, are not lost."""
    of_three(tmp_path, monkeypatch, {"hidden": "64"})
    (each,) = told(["tiny"])
    plain = each.beside[each.beside.lost_as.isna()].set_index(["task", "rule"])
    assert plain.lost.to_dict() == {
        ("digits, 32", "backprop"): 0,
        ("digits, 32", "feedback-alignment"): 0,
        ("digits, 64", "backprop"): 0,
        ("digits, 64", "feedback-alignment"): 0,
        ("digits, 64", "hebb"): 2,
    }
    counted = each.beside[each.beside.lost_as.notna()]
    assert counted[["rule", "n", "mean", "lost_as"]].to_numpy().tolist() == [["hebb", 2, 0.1, 0.1]]
    made = build(["tiny"], "plausible report")
    pages = {name: Page(made[name].decode()) for name in made if name.endswith(".html")}
    cells = [each.text.strip() for each in pages["leaderboard.html"].all("td", "th")]
    assert "hebb, lost runs at 0.1" in cells
    assert "not known: no run of it ended well" in cells
    assert "2 lost runs; in 1 comparison every run of a rule" in pages["index.html"].all("main")[0].text
    failures = [each.text.strip() for each in pages["rules/hebb.html"].all("td")]
    assert failures.count("ValueError: no") == 2
    board = pd.read_csv(io.BytesIO(made["data/leaderboard.csv"]))
    assert board.lost[board.rule == "hebb"].tolist() == [2, 2]


def test_runs_lost_in_a_table_that_tells_no_settings_stand_where_only_one_can_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = of_three(tmp_path, monkeypatch, {})
    (each,) = told(["tiny"])
    assert (each.gone, [*each.lost.rule]) == ([], ["hebb", "hebb"])
    rows = pd.read_parquet(file)
    write(rows[rows.hidden == "32"], file, [], lost=lost_of(file))
    (each,) = told(["tiny"])
    assert each.gone == [("digits", "hebb", 0), ("digits", "hebb", 1)]


@pytest.mark.parametrize("name", ["kunin2020", "mostafa2018"])
def test_committed_tables_lost_as_many_runs_as_they_tell(name: str) -> None:
    (each,) = told([name])
    plain = each.beside[each.beside.lost_as.isna()]
    assert plain.lost.sum() == len(lost_of(each.file)) == 3


def test_lost_runs_are_counted_where_no_rule_stands_beside_a_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = of_three(tmp_path, monkeypatch, {"hidden": "64"})
    gone = [one._replace(rule="feedback-alignment", seed=5 + one.seed) for one in lost_of(file)]
    rows = pd.read_parquet(file)
    write(rows[rows.rule != "backprop"], file, [], lost=gone)
    (each,) = told(["tiny"])
    lost = {(row["task"], row["rule"]): row["lost"] for row in each.measured}
    assert lost == {("digits, 32", "feedback-alignment"): 0, ("digits, 64", "feedback-alignment"): 2}


def test_of_profiles_and_scores_over_tasks_only_runs_that_were_planned_are_lost() -> None:
    rows = [
        (task, rule, seed, 1.0, "test", "accuracy", "", {"shallow": 0.5, "backprop": 0.9}.get(rule, 0.7))
        for task in "ab"
        for rule, seeds in (("shallow", 4), ("backprop", 4), ("hebb", 3))
        for seed in range(seeds)
    ]
    names = ["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"]
    table = pd.DataFrame(rows, columns=names)
    table["value"] += 0.001 * table.seed
    found = across(table).set_index("rule")
    assert found.loc["hebb", ["runs", "lost"]].tolist() == [6, 0]
    shares = profiles(table, [0.25]).set_index("rule")
    assert shares.loc["hebb", ["share", "runs"]].tolist() == [1.0, 6]


@pytest.mark.parametrize("given", ["./mine.py", "./mine.py:study"])
def test_a_study_in_a_file_of_its_own_has_its_site_and_its_tables(
    given: str,
    exported: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By its file, as by its name, of which the page tells what it asks, without running it."""
    (tmp_path / "studies" / "tables").mkdir(parents=True)
    exported.rename(tmp_path / "studies" / "tables" / "mine.parquet")
    (tmp_path / "mine.py").write_text(f'"""Are these runs told of?\n\nMore."""\n{STUDY}')
    monkeypatch.chdir(tmp_path)
    ended = command("report", given, "--html", "--out", "site", capsys=capsys)
    assert ended.code == 0, ended.err
    page = Page((tmp_path / "site" / "studies" / "mine.html").read_text(encoding="utf-8"))
    assert "Is it safe?" in page.all("main")[0].text
    assert WHY in [each.text.strip() for each in page.all("td")]
    assert f"plausible run {given} --scale smoke" in page.all("main")[0].text
    by_name = build(["mine"], "plausible report")["studies/mine.html"].decode()
    assert "Are these runs told of?" in by_name
    assert "not told without running it" not in by_name
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "nothing"))
    ended = command("report", given, "--scale", "smoke", "--markdown", capsys=capsys)
    assert ended.code == 0, ended.err
    assert "no run is stored: this is the committed table" in ended.err
    assert "Is it safe?" in ended.out
    (tmp_path / "studies" / "tables" / "mine.parquet").unlink()
    ended = command("report", given, "--html", "--out", "other", capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert f"one with a table: plausible export {given}" in ended.err
