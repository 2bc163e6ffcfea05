"""What tests of stored runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.study.store.store import Store


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
