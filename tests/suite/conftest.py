"""What tests of stored runs share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plausible.study.course import execute
from plausible.study.keys.key import key
from plausible.study.run import Outcome
from plausible.study.store.store import Store
from tests.suite.hostile import GOOD
from tests.suite.quick import QUICK


@pytest.fixture(autouse=True)
def results(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for what the command stores: nothing of a test comes to lie among the project's own results."""
    folder = tmp_path_factory.mktemp("results")
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(folder))
    return folder


@pytest.fixture
def store(results: Path) -> Store:
    """An empty store, which the command line uses too."""
    return Store()


@pytest.fixture(scope="session")
def outcome() -> Outcome:
    """The outcome of the quick run."""
    return execute(QUICK)


@pytest.fixture
def place(store: Store, outcome: Outcome) -> Path:
    """Where a stored run lies, beside a good one that no test touches."""
    store.save(key(GOOD), replace(outcome, run=GOOD))
    return store.save(key(QUICK), outcome)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder that is none of the store's business."""
    folder = tmp_path / "outside"
    (folder / "inner").mkdir(parents=True)
    (folder / "precious.txt").write_text("precious")
    (folder / "inner" / "more.txt").write_text("more")
    return folder
