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
from filelock import FileLock

from plausible.errors import BadInput
from plausible.printing.terminal import remark, say
from plausible.report.comparison import as_json
from plausible.study import checkpoint, trials
from plausible.study.compare import Comparison, Result
from plausible.study.course import execute
from plausible.study.engine import Claims
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store import tables
from plausible.study.store.pack import unpack
from plausible.study.store.store import Store
from plausible.study.store.stored import LONGEST, SCHEMA, read_frame
from tests.suite.command import command
from tests.suite.quick import QUICK

GOOD = dataclasses.replace(QUICK, seed=1)
STUDY = f"""
from plausible.study.study import Study
from tests.suite.quick import QUICK
from dataclasses import replace
study = Study("mine", "Is it safe?", {{"smoke": lambda: [QUICK, replace(QUICK, seed={GOOD.seed})]}})
"""


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return execute(QUICK)


@pytest.fixture
def place(store: Store, outcome: Outcome) -> Path:
    """Where the hostile run lies, beside a good one."""
    store.save(key(GOOD), dataclasses.replace(outcome, run=GOOD))
    return store.save(key(QUICK), outcome)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is none of the store's business."""
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "precious.txt").write_text("precious")
    (folder / "inner" / "more.txt").write_text("more")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """What the regular files below a folder hold."""
    return {
        str(p.relative_to(folder)): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.is_symlink()
    }


def read_by_all(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What every command that reads a store says on standard error, but which file of a study was executed."""
    study = tmp_path / "study.py"
    study.write_text(STUDY)
    told = []
    for line in (
        ["status", str(study), "--scale", "smoke"],
        *(["why", folder.name] for folder in store.folders()),
        ["clean"],
        ["quarantine", "list"],
        ["export", str(study), "--scale", "smoke", "--folder", str(tmp_path / "tables")],
    ):
        ended = command(*line, capsys=capsys)
        assert ended.code in (0, 2), ended
        assert "Traceback" not in ended.err + ended.out
        assert "\x1b" not in ended.err + ended.out
        told += [text for text in ended.err.splitlines() if not text.startswith("executed ")]
    return told


def json_of(file: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """A hostile run whose JSON is changed."""

    def spoil(place: Path) -> None:
        value = json.loads((place / file).read_text())
        change(value)
        (place / file).write_text(json.dumps(value))

    return spoil


def text_of(file: str, old: str, new: str) -> Callable[[Path], None]:
    """A hostile run with another text in a file."""

    def spoil(place: Path) -> None:
        text = (place / file).read_text()
        assert old in text
        (place / file).write_text(text.replace(old, new, 1))

    return spoil


def table_of(change: Callable[[pa.Table], pa.Table], **options: Any) -> Callable[[Path], None]:
    """A hostile run with another table."""

    def spoil(place: Path) -> None:
        table = pyarrow.parquet.read_table(place / "metrics.parquet")
        pyarrow.parquet.write_table(change(table), place / "metrics.parquet", **options)

    return spoil


def put(file: str, make: Callable[[Path], Any]) -> Callable[[Path], None]:
    """A hostile run with something else in the place of a file."""

    def spoil(place: Path) -> None:
        (place / file).unlink()
        make(place / file)

    return spoil


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


# --- links ----------------------------------------------------------------------------------------------


def links(folder: Path, outside: Path) -> None:
    """Links of all kinds, and a folder with one in it."""
    (folder / "to-a-folder").symlink_to(outside)
    (folder / "to-a-file").symlink_to(outside / "precious.txt")
    (folder / "to-nothing").symlink_to(outside / "nothing")
    (folder / "to-itself").symlink_to(folder / "to-itself")
    (folder / "nested").mkdir()
    (folder / "nested" / "link").symlink_to(outside)
    (folder / "a-file").write_text("left")


def test_links_in_writing_are_removed_and_never_followed(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    links(store.root / "writing", outside)
    precious = files(outside)
    assert command("clean", capsys=capsys)[:2] == (0, "6 left over and 0 stale removed\n")
    assert list((store.root / "writing").iterdir()) == []
    assert files(outside) == precious


@pytest.mark.parametrize("folder", ["runs", "quarantine", "locks", "checkpoints"])
def test_links_elsewhere_are_left_alone(
    folder: str, place: Path, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / folder).mkdir(exist_ok=True)
    links(store.root / folder, outside)
    precious = files(outside)
    assert read_by_all(store, tmp_path, capsys) == []
    assert command("clean", "--all", "--yes", capsys=capsys).code == 0
    assert files(outside) == precious


def test_a_stale_run_behind_a_link_costs_the_link_alone(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json_of("status.json", lambda s: s["key"].update(data="other"))(place)
    old = dataclasses.replace(key(QUICK), data="other")
    table_of(lambda t: t.set_column(0, "key", pa.array([old.name] * len(t))))(place)
    place.rename(outside / "theirs")
    (store.runs / old.name).symlink_to(outside / "theirs")
    precious = files(outside)
    ended = command("clean", "--all", "--yes", capsys=capsys)
    assert ended == (0, "0 left over and 1 stale removed\n", "")
    assert not os.path.lexists(store.runs / old.name)
    assert files(outside) == precious


def test_a_damaged_run_behind_a_link_is_left(
    place: Path, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (place / "spec.json").write_text("{")
    place.rename(outside / "theirs")
    place.symlink_to(outside / "theirs")
    precious = files(outside)
    told = read_by_all(store, tmp_path, capsys)
    assert f"{place} is a link, and not used: spec.json is no JSON" in told
    assert place.is_symlink()
    assert files(outside) == precious


@pytest.mark.parametrize(
    "name", ["runs", "writing", "locks", "quarantine", "checkpoints", "tuning", "compare", "compare-2"]
)
@pytest.mark.parametrize("kind", ["link", "file"])
def test_folders_of_a_store_are_folders(
    name: str,
    kind: str,
    tmp_path: Path,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "hostile"
    root.mkdir()
    if kind == "link":
        (root / name).symlink_to(outside)
    else:
        (root / name).write_text("in the way")
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(root))
    (outside / ".t.parquet-x").mkdir()  # as `clean` would look for it in tuning/
    (outside / ".t.parquet-x" / "t.parquet").write_text("precious")
    os.utime(outside / ".t.parquet-x", (0, 0))
    precious = files(outside)
    for line in (["clean", "--all", "--yes"], ["tune", "accuracy"], ["compare", "--task", "xor"]):
        ended = command(*line, capsys=capsys)
        assert (ended.code, ended.err.count("\n")) == (2, 1), line
        assert f"{name}' is a link or a file" in ended.err
    assert files(outside) == precious


@pytest.mark.parametrize("target", ["precious.txt", "made"])
def test_the_lock_of_comparisons_is_no_link(
    target: str, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (store.root / "locks" / "compare.lock").symlink_to(outside / target)
    precious = files(outside)
    small = ["--rules", "fa", "--seeds", "1", "--epochs", "1", "--hidden", "4", "--workers", "1"]
    ended = command("compare", "--task", "xor", *small, capsys=capsys)
    assert (ended.code, ended.err.count("\n")) == (2, 1), "before anything runs"
    assert "is no file: expected a lock, or nothing; move it away" in ended.err
    assert files(outside) == precious


def test_half_a_run_whose_lock_is_a_link_is_in_nobody_s_use(
    store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether somebody holds what lies outside is no matter, and it is not opened to see."""
    (store.root / "writing" / f"{'0' * 32}-x").mkdir()
    (store.root / "locks" / f"{'0' * 32}.lock").symlink_to(outside / "precious.txt")
    precious = files(outside)
    with FileLock(outside / "precious.txt"):
        (outside / "precious.txt").write_bytes(precious["precious.txt"])
        assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
    assert files(outside) == precious


def test_a_link_to_a_whole_run_in_writing_is_not_put_in_its_place(
    place: Path, store: Store, outside: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.rename(outside / "theirs")
    (store.root / "writing" / f"{place.name}-x").symlink_to(outside / "theirs")
    precious = files(outside)
    assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
    assert not os.path.lexists(place)
    assert files(outside) == precious


def test_locks_that_nobody_holds_are_removed_and_held_ones_left(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    free, held, other = (store.root / "locks" / f"{name}.lock" for name in ("0" * 32, "1" * 32, "mine"))
    for file in (free, other):
        file.write_text("")
    with FileLock(held):
        assert command("clean", "--dry-run", capsys=capsys).out.splitlines() == [
            f"left over: {free}",
            "1 left over and 0 stale would be removed",
        ]
        assert command("clean", capsys=capsys)[:2] == (0, "1 left over and 0 stale removed\n")
        assert sorted((store.root / "locks").iterdir()) == [held, other]


def test_a_run_that_is_there_leaves_no_lock(place: Path, store: Store) -> None:
    """As where two processes share a store, and one asks for what the other has just stored."""
    assert Claims(store).claim(QUICK) == "there"
    assert list((store.root / "locks").iterdir()) == []


@pytest.mark.parametrize("kind", ["a folder", "a link", "a link to nothing", "a pipe"])
def test_a_lock_that_is_no_file_is_refused(
    kind: str, store: Store, outside: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = store.root / "locks" / f"{key(QUICK).name}.lock"
    makers: dict[str, Callable[[], Any]] = {
        "a folder": lock.mkdir,
        "a link": lambda: lock.symlink_to(outside / "precious.txt"),
        "a link to nothing": lambda: lock.symlink_to(outside / "made"),
        "a pipe": lambda: os.mkfifo(lock),
    }
    makers[kind]()
    precious = files(outside)
    study = tmp_path / "study.py"
    study.write_text(STUDY)
    ended = command("run", str(study), "--scale", "smoke", "--workers", "1", capsys=capsys)
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert f"error: {str(lock)!r} is no file: expected a lock, or nothing; move it away\n" in ended.err
    assert files(outside) == precious


# --- packs ------------------------------------------------------------------------------


def forged(file: Path, batches: list[pa.RecordBatch], entries: str, **options: Any) -> None:
    schema = SCHEMA.with_metadata({"entries": entries})
    with (
        pa.OSFile(str(file), "wb") as sink,
        pa.ipc.new_file(sink, schema, options=pa.ipc.IpcWriteOptions(**options)) as w,
    ):
        for batch in batches:
            w.write_batch(batch)


def batch_of(name: str, rows: int = 2, **columns: Any) -> pa.RecordBatch:
    arrays = {n: columns.get(n, pa.nulls(rows, SCHEMA.field(n).type)) for n in SCHEMA.names}
    return pa.RecordBatch.from_pydict(arrays | {"key": pa.array([name] * rows)}, schema=SCHEMA)


TEXTS = pa.array(["a" * 99, "b" * 99])


def misplaced(file: Path) -> None:
    """A pack whose first text is said to end far behind the end of what there is."""
    forged(file, [batch_of("0" * 32, metric=TEXTS)], json.dumps([["0" * 32, [1, 1]]]))
    places, wrong = (np.array(at, np.int32).tobytes() for at in ((0, 99, 198), (0, 2**30, 198)))
    assert file.read_bytes().count(places) == 1
    file.write_bytes(file.read_bytes().replace(places, wrong))


PACKS: dict[str, Callable[[Path, Path], Any]] = {
    "the numbers of another run": lambda f, out: forged(
        f, [batch_of("1" * 32)], json.dumps([["0" * 32, [1, 1]]])
    ),
    "texts outside the file": lambda f, out: misplaced(f),
    "packed, to unpack without end": lambda f, out: forged(
        f, [batch_of("0" * 32, 10**6)], json.dumps([["0" * 32, [1, 1]]]), compression="zstd"
    ),
    "entries in entries": lambda f, out: forged(f, [], "[" * 100_000),
    "entries of another kind": lambda f, out: forged(f, [batch_of("0" * 32)], "[7]"),
    "fewer entries than tables": lambda f, out: forged(f, [batch_of("0" * 32)], "[]"),
    "a link": lambda f, out: f.symlink_to(out / "precious.txt"),
    "a pipe": lambda f, out: os.mkfifo(f),
    "a folder": lambda f, out: f.mkdir(),
    "nonsense": lambda f, out: f.write_bytes(b"ARROW1\0\0" + bytes(1000)),
}


@pytest.mark.parametrize("make", PACKS.values(), ids=PACKS)
def test_a_hostile_pack_is_as_none(
    make: Callable[[Path, Path], Any],
    place: Path,
    store: Store,
    outside: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("plausible.study.store.store.MANY", 1)
    whole = store.load()
    (store.root / "pack.arrow").unlink()
    precious = files(outside)
    make(store.root / "pack.arrow", outside)
    assert unpack(store.root / "pack.arrow", SCHEMA) == {}
    assert store.load().equals(whole)
    assert files(outside) == precious


def test_what_is_written_beside_a_file_has_no_name_that_can_be_guessed(
    store: Store, place: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Links that lie in wait where temporary files once were named by the process."""
    monkeypatch.setattr("plausible.study.store.store.MANY", 1)
    (store.root / "checkpoints").mkdir()
    for folder, name in ((store.root, "pack.arrow"), (store.root / "checkpoints", "c.npz")):
        (folder / f".{name}.{os.getpid()}").symlink_to(outside / "precious.txt")
    precious = files(outside)
    store.load()
    checkpoint.save(store.root / "checkpoints" / "c.npz", {"a": np.zeros(3)})
    assert files(outside) == precious


# --- the disk and the memory --------------------------------------------------------------------------


def raising(error: BaseException) -> Callable[..., Any]:
    """What fails, whatever it is given."""

    def fails(*given: Any, **named: Any) -> Any:
        raise error

    return fails


FAILING: dict[str, tuple[Any, str, BaseException]] = {
    "no memory for a table": (pyarrow.parquet.ParquetFile, "read", pa.ArrowMemoryError("malloc of size 64")),
    "a disk under a table": (pyarrow.parquet.ParquetFile, "read", OSError(5, "Input/output error")),
    "a codec that is not there": (
        pyarrow.parquet.ParquetFile,
        "read",
        pa.ArrowNotImplementedError("Support for codec 'lz4' not built"),
    ),
    "no memory to open a table": (pyarrow.parquet, "ParquetFile", pa.ArrowMemoryError("malloc of size 64")),
    "no memory for a spec": (Path, "open", MemoryError()),
    "a disk under a spec": (Path, "open", OSError(5, "Input/output error")),
    "no memory for the JSON of a spec": (json, "loads", MemoryError()),
    "a disk under a file's name": (Path, "exists", OSError(5, "Input/output error")),
    "a disk under a folder": (Path, "is_dir", OSError(116, "Stale file handle")),
}


@pytest.mark.parametrize(("owner", "name", "error"), FAILING.values(), ids=FAILING)
def test_a_failing_disk_and_want_of_memory_move_no_good_run(
    owner: Any,
    name: str,
    error: BaseException,
    place: Path,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = files(store.root)
    with monkeypatch.context() as failing:
        failing.setattr(owner, name, raising(error))
        assert [] in (list(store), store.tables([key(QUICK).name, key(GOOD).name]))
    told = capsys.readouterr().err.splitlines()
    assert told
    for line in told:
        assert "is left where it is, and not used: " in line
    assert files(store.root) == before
    assert {stored.run for stored in Store()} == {QUICK, GOOD}
    assert len(Store().load().key.unique()) == 2


def test_a_run_whose_file_cannot_be_looked_at_is_said(
    place: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not left out of a table in silence."""
    monkeypatch.setattr("plausible.study.store.store.stamp", raising(OSError(5, "Input/output error")))
    monkeypatch.setattr(pyarrow.parquet, "ParquetFile", raising(OSError(5, "Input/output error")))
    assert store.load().empty
    assert capsys.readouterr().err.count("cannot be read (Input/output error)") == 2


def nulls(table: pa.Table, rows: int = 20_000_000) -> pa.Table:
    """Rows without end that take no room."""
    return pa.table({name: pa.nulls(rows, SCHEMA.field(name).type) for name in SCHEMA.names})


def test_rows_of_nulls_are_counted_before_they_are_read(
    place: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """20 million rows of 11 columns are 1.8 GB in memory: at least 8 bytes each, for a number or a text's place."""
    table_of(nulls)(place)
    shutil.copy(place / "metrics.parquet", tmp_path / "mine.parquet")
    assert (place / "metrics.parquet").stat().st_size < 2**22
    assert pa.total_allocated_bytes() < 2**28
    refused = raising(AssertionError("it was read"))
    with pytest.MonkeyPatch.context() as reading:
        reading.setattr(pyarrow.parquet.ParquetFile, "read", refused)
        reading.setattr(pd, "read_parquet", refused)
        assert store.table(place) is None
        with pytest.raises(BadInput, match="more than 1073741824 bytes of memory"):
            read_frame(tmp_path / "mine.parquet")
        with pytest.raises(BadInput, match="more than 1073741824 bytes of memory"):
            tables.read(tmp_path / "mine.parquet")
        assert trials.holds_other(tmp_path / "mine.parquet", ["digits"], "fast")
    assert "more than 1073741824 bytes of memory" in capsys.readouterr().err


def one_list(file: Path) -> None:
    """A single row that is a list of ten million numbers; ten billion would take as few bytes."""
    numbers = pa.array(np.zeros(10**7, np.int8))
    row = pa.ListArray.from_arrays(pa.array([0, len(numbers)], pa.int32()), numbers)
    pyarrow.parquet.write_table(pa.table({"value": row}), file, compression="zstd")


def long_texts(file: Path) -> None:
    """32 texts of a megabyte, each another one, in a few kB: twice what may be in memory here."""
    table = pa.table({"metric": [f"{n} {'x' * 2**20}" for n in range(32)]})
    pyarrow.parquet.write_table(table, file, compression="zstd", use_dictionary=False)


@pytest.mark.parametrize(
    ("make", "told"), [(one_list, "neither numbers nor words"), (long_texts, "more than 16777216 bytes")]
)
def test_a_small_table_that_is_large_in_memory_is_refused_by_what_it_says_of_itself(
    make: Callable[[Path], None],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By every command that reads a table which somebody else may have put there; no column of it is read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.py").write_text(STUDY.replace('"mine"', '"accuracy"'))
    make(tmp_path / "accuracy.parquet")
    assert (tmp_path / "accuracy.parquet").stat().st_size < 2**15
    monkeypatch.setattr("plausible.study.store.stored.LARGEST", 2**24)
    refused = raising(AssertionError("it was read"))
    monkeypatch.setattr(pyarrow.parquet, "read_table", refused)
    monkeypatch.setattr(pd, "read_parquet", refused)
    owners = ("study.store.tables", "plotting.committed", "report.needed")
    for owner in owners:
        monkeypatch.setattr(f"plausible.{owner}.tables", lambda: {"accuracy": tmp_path / "accuracy.parquet"})
    monkeypatch.setattr("plausible.study.winners.table_of", lambda study: tmp_path / "accuracy.parquet")
    for line in (
        ["figure", "./accuracy.parquet"],
        ["figure", "accuracy"],
        ["figures"],
        ["seeds", str(tmp_path / "study.py"), "--scale", "smoke"],
        ["compare", "--task", "digits", "--tuned", "accuracy"],
    ):
        ended = command(*line, capsys=capsys)
        said = [text for text in ended.err.splitlines() if not text.startswith("executed ")]
        assert (ended.code, ended.out, len(said)) == (2, "", 1), ended
        assert told in said[0]


def test_a_text_that_stands_in_every_row_is_counted_as_often(tmp_path: Path) -> None:
    """Words that are stored once are no harm in themselves: 60,000 rows of three of them are read."""
    short = pa.DictionaryArray.from_arrays(
        np.arange(60_000, dtype=np.int32) % 3, ["a", "b" * 9, "c" * 20_000]
    )
    long = pa.DictionaryArray.from_arrays(np.zeros(60_000, np.int32), ["x" * 20_000])  # 1.2 GB
    for name, column in (("short", short.slice(0, 100)), ("long", long)):
        pyarrow.parquet.write_table(pa.table({"metric": column}), tmp_path / name)
    many = pa.table(
        {"metric": short.dictionary.take(pa.array(np.arange(60_000) % 2)), "value": np.zeros(60_000)}
    )
    pyarrow.parquet.write_table(many, tmp_path / "many")
    assert len(read_frame(tmp_path / "short")) == 100
    assert len(read_frame(tmp_path / "many")) == 60_000
    with pytest.raises(BadInput, match="more than 1073741824 bytes of memory"):
        read_frame(tmp_path / "long")


# --- who and where --------------------------------------------------------------------------------------


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
