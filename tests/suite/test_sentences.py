"""Sentences on a terminal are broken between words. Oracle: the same words, and the width of the terminal."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from plausible.cli.check import check
from plausible.printing import terminal


def test_a_check_breaks_its_sentences_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    width, shown, piped = 80, StringIO(), StringIO()
    for file, given in ((shown, {"force_terminal": True, "width": width}), (piped, {"width": width})):
        monkeypatch.setattr(terminal, "out", Console(file=file, color_system=None, **given))  # type: ignore[arg-type]
        check("relu")
    lines = shown.getvalue().splitlines()
    assert shown.getvalue().split() == piped.getvalue().split()
    assert max(map(len, lines)) <= width < max(map(len, piped.getvalue().splitlines()))
    assert any(line.startswith("      ") for line in lines)
