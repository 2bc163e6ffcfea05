"""A store that somebody else wrote, or another version: reported, left or put aside, never executed, never lost.

Oracle: the store as it was, and one line on standard error.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plausible.study.keys.key import Key, key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from tests.suite.command import command
from tests.suite.hostile import GOOD, files, json_of
from tests.suite.quick import QUICK


def in_store(store: Store) -> dict[str, bytes]:
    """The files of a store and what they hold, but for its locks."""
    return {name: content for name, content in files(store.root).items() if not name.startswith("locks/")}


NOT_UNDERSTOOD: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a class that is not there": (
        lambda spec: spec["optimiser"].update({"class": "nowhere.at_all:SGD"}),
        "it needs 'nowhere.at_all:SGD', which is not registered here",
    ),
    "a registered name of another version": (
        lambda spec: spec["optimiser"].update({"class": "optimiser:lion"}),
        "it needs 'optimiser:lion', which is not registered here",
    ),
    "an activation of another version": (
        lambda spec: spec["network"].update(activation={"activation": "gelu"}),
        "it needs activation 'gelu', which is not registered here",
    ),
    "a field of another version": (
        lambda spec: spec.update(compile=True),
        "unexpected keyword argument 'compile'",
    ),
    "a word for a number": (
        lambda spec: spec.update(epochs="many"),
        "a stored value is 'many': expected int",
    ),
    "an optimiser for a network": (
        lambda spec: spec.update(network=spec["optimiser"]),
        "a stored 'optimiser:sgd' stands where Network is expected",
    ),
}


@pytest.mark.parametrize(("change", "reason"), NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
def test_a_whole_run_that_is_not_understood_is_reported_and_left(
    change: Callable[[Any], Any], reason: str, place: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    json_of("spec.json", change)(place)
    before = in_store(store)
    assert [stored.run for stored in Store()] == [GOOD]
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert f"{place} is left where it is, and not used: " in err
    assert reason in err
    for arguments in (
        ["why", key(GOOD).name],
        ["clean"],
        ["clean", "--all", "--yes"],
        ["quarantine", "list"],
    ):
        code, out, err = command(*arguments, capsys=capsys)
        assert code == 0
        assert "Traceback" not in err
        assert arguments[0] == "quarantine" or err.count("\n") <= 1
    assert f"{place.name} left in {store.runs}: " in out
    assert in_store(store) == before


def test_a_result_that_is_not_understood_is_put_aside_by_a_new_one_and_not_replaced(
    place: Path, store: Store, outcome: Outcome
) -> None:
    json_of("spec.json", lambda spec: spec["optimiser"].update({"class": "optimiser:lion"}))(place)
    before = (place / "spec.json").read_bytes()
    assert store.find(key(QUICK)) is None
    store.save(key(QUICK), outcome)
    assert store.find(key(QUICK)) is not None
    assert [file.read_bytes() for file in store.quarantined.glob("*/*/spec.json")] == [before]


def test_what_went_into_quarantine_comes_back_when_it_is_whole(
    place: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    content = (place / "spec.json").read_bytes()
    (place / "spec.json").write_bytes(content[:100])
    assert store.find(key(QUICK)) is None
    assert f"{place} was moved to quarantine: spec.json is no JSON\n" == capsys.readouterr().err
    code, out, _ = command("quarantine", "list", capsys=capsys)
    assert (code, out.splitlines()) == (
        0,
        [
            f"{place.name} in quarantine: spec.json is no JSON",
            "1 in quarantine, 0 left where they are and not used",
        ],
    )
    code, _, err = command("quarantine", "restore", place.name[:6], capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert "is not whole (spec.json is no JSON)" in err
    (there,) = store.quarantined.glob("*/*")
    (there / "spec.json").write_bytes(content)
    assert command("quarantine", "restore", place.name[:6], capsys=capsys)[:2] == (0, f"{place}\n")
    assert store.find(key(QUICK)) is not None
    assert list(store.quarantined.iterdir()) == []
    code, _, err = command("quarantine", "restore", "0", capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)


def test_a_place_that_is_taken_is_not_restored_over(
    place: Path, store: Store, outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    store.quarantine(place)
    store.save(key(QUICK), outcome)
    before = in_store(store)
    code, _, err = command("quarantine", "restore", place.name, capsys=capsys)
    assert (code, err.count("\n")) == (2, 1)
    assert in_store(store) == before


def test_many_runs_for_one_reason_are_named_by_some(
    store: Store, outcome: Outcome, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(6):
        place = store.save(dataclasses.replace(key(QUICK), spec=str(n)), outcome)
        json_of("spec.json", lambda spec: spec["optimiser"].update({"class": "optimiser:lion"}))(place)
    assert list(store) == []
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[-1] == "and more for the same reason, which are not named"
    assert len(list(store.runs.iterdir())) == 6


def test_whole_runs_that_an_interrupt_left_half_way_are_kept_by_clean(
    place: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill between the two renames of `Store.save` leaves the earlier result in writing/, under another name."""
    place.rename(store.root / "writing" / f"{place.name}-abc.old")
    half = store.root / "writing" / f"{place.name}-def"
    half.mkdir()
    (half / "spec.json").write_text("{}")
    assert command("clean", capsys=capsys)[1].splitlines() == [
        "1 left over and 0 stale removed",
        "1 whole run left over and put back in place",
    ]
    assert store.find(key(QUICK)) is not None
    assert list((store.root / "writing").iterdir()) == []


def test_what_was_left_beside_files_long_ago_is_cleaned(
    place: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A kill while a checkpoint, a pack or a table is written leaves the folder that it was written in."""
    names = (".pack.arrow-x", "checkpoints/.c.npz-x", "tuning/.t.parquet-x")
    for name in names:
        for age in ("old", "new"):
            (store.root / f"{name}{age}").mkdir(parents=True)
        os.utime(store.root / f"{name}old", (0, 0))
    assert command("clean", capsys=capsys)[1] == "3 left over and 0 stale removed\n"
    assert [(store.root / f"{name}{age}").exists() for name in names for age in ("old", "new")] == [
        False,
        True,
    ] * 3


def test_old_stores_with_module_paths_are_read(place: Path, store: Store) -> None:
    """As they were written before classes had names."""
    paths = {
        "run": "plausible.study.run:Run",
        "network:mlp": "plausible.networks:MLP",
        "init:uniform": "plausible.functions:Uniform",
        "init:zero": "plausible.functions:Zero",
        "optimiser:sgd": "plausible.optimise.sgd:SGD",
        "key": "plausible.study.key:Key",
    }
    for file in ("spec.json", "status.json"):
        text = (place / file).read_text()
        for name, path in paths.items():
            text = text.replace(f'"class": "{name}"', f'"class": "{path}"')
        (place / file).write_text(text)
    stored = store.find(key(QUICK))
    assert stored is not None
    assert stored.run == QUICK


def test_folders_keep_the_names_that_they_had_before_classes_had_names() -> None:
    """The SHA-256 of the key's canonical JSON of that time, written out."""
    import hashlib

    made = Key("a", "b", (("c", "d"),), (("numpy", "2.0"),))
    text = (
        '{"class":"plausible.study.key:Key","code":[["c","d"]],"data":"b","spec":"a",'
        '"versions":[["numpy","2.0"]]}'
    )
    assert made.name == hashlib.sha256(text.encode()).hexdigest()[:32]
