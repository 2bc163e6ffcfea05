"""What tests of stored runs share."""

from __future__ import annotations

from pathlib import Path

import pytest

from plausible.study.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store, which the command line uses too."""
    monkeypatch.setenv("PLAUSIBLE_RESULTS", str(tmp_path / "results"))
    return Store()
