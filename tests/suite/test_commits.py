"""Which commit's code computed a committed table. Oracle: the history of the project, and the code in it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from docs.commits import codes_at, counted, git, history, named
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import CODE, Spec, commits_of, note, record, specs_of, tables

BEFORE: list[str] = []  # tables whose code `python -m docs.commits` finds in no commit


def whole() -> list[str]:
    """The history; the test is skipped where git has none or only a part of it."""
    try:
        shallow = git("rev-parse", "--is-shallow-repository").strip() == "true"
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository, so that no history says which code there was")
    if shallow:
        pytest.skip("a shallow clone, whose history ends")
    return history()


@pytest.mark.parametrize("name", tables())
def test_commits_that_a_table_names_are_in_the_history_and_account_for_its_runs(name: str) -> None:
    known, file = {*whole()}, tables()[name]
    runs, told = sum(counted(file).values()), commits_of(file)
    assert sum(one["runs"] for one in told) == runs, f"name its commits: python -m docs.commits {name}"
    assert {one["commit"] for one in told} <= {*known, *([""] if name in BEFORE else [])}


def test_tables_that_are_excused_need_it() -> None:
    assert [*BEFORE] == [
        name for name in tables() if any(not one["commit"] for one in commits_of(tables()[name]))
    ]


def test_a_commit_that_is_named_has_the_code_of_the_runs() -> None:
    whole()
    file = tables()["werfel2005"]
    ((commit, runs),) = [(one["commit"], one["runs"]) for one in commits_of(file)]
    assert runs == sum(counted(file).values()) > 0
    assert codes_at(commit, [file]) == {"werfel2005": {*counted(file)}}


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """The same table, of whose runs those of every second seed are said to have had another code."""
    file = tmp_path / "werfel2005.parquet"
    file.write_bytes(tables()["werfel2005"].read_bytes())
    table = read_frame(file)
    specs = specs_of(file, table)
    odd = {key: Spec(spec.run, "0123456789abcdef") for key, spec in specs.items() if spec.run["seed"] % 2}
    record(file, specs | odd, table.key.astype(str))
    return file


def test_code_that_no_commit_has_is_named_after_none(other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = commits_of(other)[0]["commit"]
    whole()
    monkeypatch.setattr("docs.commits.tried", lambda file, known: iter([first]))
    counts = counted(other)
    assert len(counts) == 2
    rest = counts["0123456789abcdef"]
    assert named({"werfel2005": other}) == {"werfel2005": {first: sum(counts.values()) - rest, "": rest}}


def test_what_is_noted_is_told_and_changes_no_number(other: Path) -> None:
    before, told = read_frame(other), [{"commit": "0" * 12, "runs": 3}]
    note(other, {CODE: json.dumps(told).encode()})
    assert commits_of(other) == told
    assert read_frame(other).equals(before)
