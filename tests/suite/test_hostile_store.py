"""Files of a store that somebody made to do harm: said in a line, left or put aside; nothing outside is touched.

Oracle: what lies outside the store, and the good run in it, to the last byte; every byte of a result that was there.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from plausible.printing.terminal import remark, say
from plausible.report.comparison import as_json
from plausible.study.compare import Comparison, Result
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from plausible.study.store.stored import LONGEST, SCHEMA
from tests.suite.command import command
from tests.suite.hostile import GOOD, files, json_of, put, raising, read_by_all, table_of, text_of
from tests.suite.quick import QUICK


def decays(depth: int) -> Callable[[Any], None]:
    """An optimiser inside an optimiser, and so on."""

    def change(spec: Any) -> None:
        for _ in range(depth):
            spec["optimiser"] = {"class": "optimiser:manhattan", "inner": spec["optimiser"]}

    return change


def repeated(table: pa.Table) -> pa.Table:
    """A text of a megabyte that is stored once and stands in a million rows: a terabyte."""
    rows = 10**6
    text = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["x" * 2**20])
    some = {name: pa.nulls(rows, SCHEMA.field(name).type) for name in SCHEMA.names}
    return pa.table({**some, "metric": text})


HOSTILE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a spec of two megabytes": (text_of("spec.json", "{", "{" + " " * 2 * LONGEST), "longer than"),
    "a status of two megabytes": (
        json_of("status.json", lambda s: s.update(reason="x" * 2 * LONGEST)),
        "longer than",
    ),
    "lists in lists without end": (put("spec.json", lambda f: f.write_text("[" * 100_000)), "is no JSON"),
    "mappings in mappings": (
        put("spec.json", lambda f: f.write_text('{"class":' * 5000 + "1" + "}" * 5000)),
        "is no JSON",
    ),
    "optimisers in optimisers": (json_of("spec.json", decays(60)), "nested deeper than"),
    "a not-a-number": (text_of("spec.json", '"rate": 0.1', '"rate": NaN'), "is no JSON"),
    "an infinity": (text_of("status.json", '"code"', '"more": -Infinity, "code"'), "is no JSON"),
    "a number too large for a float": (
        text_of("spec.json", '"rate": 0.1', '"rate": 1e999'),
        "is inf: expected",
    ),
    "a number of 5,000 digits": (
        text_of("spec.json", '"epochs": 2', f'"epochs": {"9" * 5000}'),
        "is no JSON",
    ),
    "bytes that are no text": (put("spec.json", lambda f: f.write_bytes(b'{"class": "\xff"}')), "is no JSON"),
    "a list for a mapping": (put("spec.json", lambda f: f.write_text("[]")), "holds no mapping"),
    "truth for a number": (json_of("spec.json", lambda s: s.update(seed=True)), "is True: expected int"),
    "a list for a name": (json_of("spec.json", lambda s: s.update(rule=["fa"])), "expected str"),
    "a mapping for a name": (json_of("spec.json", lambda s: s.update(rule={"class": "key"})), "expected"),
    "nothing for a network": (
        json_of("spec.json", lambda s: s.update(network=None)),
        "is None: expected Network",
    ),
    "a number for a class": (json_of("spec.json", lambda s: s["network"].update({"class": 7})), "names 7"),
    "words for units": (json_of("spec.json", lambda s: s["network"].update(hidden=["a"])), "expected int"),
    "a key of another kind": (
        json_of("status.json", lambda s: s["key"].update(code="none")),
        "expected tuple",
    ),
    "no key": (json_of("status.json", lambda s: s.pop("key")), "no run is described"),
    "an end that there is not": (
        json_of("status.json", lambda s: s.update(status="exploded")),
        "it ended as 'exploded'",
    ),
    "a reason that is no text": (json_of("status.json", lambda s: s.update(reason=[1])), "it ended as"),
    "a rule that rings and draws": (
        json_of("spec.json", lambda s: s.update(rule="fa\x1b]0;owned\x07")),
        "without control characters",
    ),
    "a class that rings and draws": (
        json_of("spec.json", lambda s: s.update({"class": "\x1b[2J\x07"})),
        "registered",
    ),
    "the name of another run": (lambda place: place.rename(place.with_name("0" * 32)), "its name should be"),
    "an empty folder": (lambda place: [file.unlink() for file in place.iterdir()], "status.json is missing"),
    "a column more": (table_of(lambda t: t.append_column("evil", t["key"])), "other columns"),
    "a column less": (table_of(lambda t: t.drop_columns(["layer"])), "other columns"),
    "columns of another kind": (
        table_of(lambda t: t.set_column(10, "value", pa.array(["x"] * len(t)))),
        "columns of another kind",
    ),
    "the numbers of another run": (
        table_of(lambda t: t.set_column(0, "key", pa.array([key(GOOD).name] * len(t)))),
        "is that of another run",
    ),
    "a terabyte in a kilobyte": (table_of(repeated), "more than 1073741824 bytes of memory"),
    "a table cut in the middle": (
        lambda place: (place / "metrics.parquet").write_bytes(
            (place / "metrics.parquet").read_bytes()[:-400]
        ),
        "is no table",
    ),
    "a pipe for a spec": (put("spec.json", os.mkfifo), "is no regular file"),
    "a pipe for a table": (put("metrics.parquet", os.mkfifo), "is no regular file"),
    "a device for a status": (put("status.json", lambda f: f.symlink_to("/dev/zero")), "is no regular file"),
    "a folder for a spec": (put("spec.json", Path.mkdir), "is no regular file"),
    "a link to itself": (put("spec.json", lambda f: f.symlink_to(f)), "spec.json"),
}


@pytest.mark.parametrize(("spoil", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_run_is_said_in_a_line_and_nothing_is_lost(
    spoil: Callable[[Path], Any],
    reason: str,
    place: Path,
    store: Store,
    outside: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spoil(place)
    precious, good = files(outside), files(store.runs / key(GOOD).name)
    kept = sorted(files(store.root).values())
    told = read_by_all(store, tmp_path, capsys)
    assert any(reason in line for line in told), told
    for line in told:  # of the run that is hostile, or that a run is missing
        assert line.startswith(
            (
                str(store.runs),
                f"error: {store.runs}",
                "error: 0 stored runs begin",
                "error: 1 of 2 runs missing",
                "error: the table would miss",
            )
        ), line
    assert files(outside) == precious
    assert files(store.runs / key(GOOD).name) == good
    assert sorted(files(store.root).values()) == kept, (
        "every byte is still there, in its place or in quarantine"
    )
    assert "is that of another run" in reason or [stored.run for stored in Store()] == [GOOD]
    if "metrics.parquet" in "".join(told):
        assert Store().load().key.unique() == [key(GOOD).name]


def test_a_hostile_run_is_computed_again_beside_what_was_there(
    place: Path, store: Store, outcome: Outcome
) -> None:
    """What was left where it lay is not lost when its place is needed."""
    HOSTILE["optimisers in optimisers"][0](place)
    there = (place / "spec.json").read_bytes()
    store.save(key(QUICK), outcome)
    assert store.find(key(QUICK)) is not None
    assert there in files(store.quarantined).values()


def test_a_store_that_may_only_be_read_is_read(
    place: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As root may write anywhere, the refusal is the system's own, made up."""

    def refused(self: Path, target: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (place / "spec.json").write_text("{")
    monkeypatch.setattr(Path, "rename", refused)
    assert [stored.run for stored in store] == [GOOD]
    said = f"{place} is damaged, and cannot be moved to quarantine: spec.json is no JSON\n"
    assert capsys.readouterr().err == said
    assert place.is_dir()


def test_words_of_a_reason_are_shown_and_not_obeyed(
    place: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\x1b]0;owned\x07 and\n\x1b[2Ja second line"
    json_of("status.json", lambda s: s.update(status="failed", reason=text))(place)
    (told, *_) = read_by_all(store, tmp_path, capsys)
    assert "\\x1b]0;owned\\x07 and \\x1b[2Ja second line" in told


def test_no_name_and_no_path_makes_a_line_of_its_own(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line breaks are shown, so that every line that is printed is the command's."""
    root = tmp_path / "re\nsults"
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(root))
    store = Store()
    shown = str(root).replace("\n", "\\n")
    (store.root / "writing" / "x\n0 left over").write_text("")
    assert command("clean", "--dry-run", capsys=capsys).out.splitlines() == [
        f"left over: {shown}/writing/x\\n0 left over",
        "1 left over and 0 stale would be removed",
    ]
    (store.quarantined / "a" / "y\n0 in quarantine").mkdir(parents=True)
    (store.save(key(GOOD), outcome) / "status.json").write_text("{}")
    assert command("quarantine", "list", capsys=capsys).out.splitlines() == [
        "y\\n0 in quarantine in quarantine: status.json is missing",
        f"{key(GOOD).name} left in {shown}/runs: no run is described in it",
        "1 in quarantine, 1 left where they are and not used",
    ]
    say("a\nb")
    remark("c\r\u2028d")
    assert capsys.readouterr() == ("a\\nb\n", "c\\r\\u2028d\n")


HUGE = "two-moons[examples=60000000]"  # half a minute and 3.5 GB


@pytest.mark.parametrize("forged", [False, True], ids=["another spec", "its key forged, too"])
def test_data_without_end_are_not_made_to_see_whether_they_changed(
    forged: bool,
    store: Store,
    outcome: Outcome,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    huge = dataclasses.replace(QUICK, task=HUGE)
    name = key(huge, key(QUICK).data) if forged else key(QUICK)
    place = store.save(name, dataclasses.replace(outcome, run=huge))
    monkeypatch.setattr("plausible.study.keys.changes.data_digest", raising(AssertionError("they were made")))
    monkeypatch.setattr("plausible.study.keys.key.data_digest", raising(AssertionError("they were made")))
    ended = command("why", place.name, capsys=capsys)
    if forged:
        assert (ended.code, ended.err.count("\n")) == (2, 1)
        assert "are too many to be made for this: --execute-files" in ended.err
    else:
        assert ended == (0, "the spec changed\nthe data were not looked at\n", "")
    assert command("clean", "--all", "--dry-run", capsys=capsys).code == 0
    assert place.is_dir()


def test_results_tell_neither_the_host_nor_whose_home_it_is(
    store: Store, outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import platform

    home = tmp_path / "homes" / "alice"
    home.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(platform, "node", lambda: "alices-laptop")
    shutil.copy(Path(__file__).with_name("quick.py"), home / "quick.py")
    run = dataclasses.replace(QUICK, rule=f"{home}/rules/mine.py:Mine")
    failed = Outcome(
        run, "failed", f"FileNotFoundError: '{home}/data'", outcome.rows, f"File '{home}/rules/mine.py'"
    )
    place = store.save(dataclasses.replace(key(QUICK), data="other"), failed)
    for file in place.iterdir():
        assert b"alice" not in file.read_bytes(), file.name
    assert "~/data" in (place / "status.json").read_text()
    assert json.loads((place / "spec.json").read_text())["rule"] == "~/rules/mine.py:Mine"
    asked = Comparison(QUICK.task, ("fa",), 1, 1, (4,))
    result = Result(pd.DataFrame(outcome.rows), [dataclasses.replace(failed, log=place / "log.txt")], ["fa"])
    assert "alice" in failed.reason
    assert "alice" not in json.dumps(as_json(result, asked))
    monkeypatch.setenv("PLAUSIBLE_HOST", "1")
    place = store.save(dataclasses.replace(key(QUICK), data="other"), failed)
    assert json.loads((place / "status.json").read_text())["machine"]["node"] == "alices-laptop"
