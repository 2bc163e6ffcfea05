"""The two ends of the terminal. Brackets are text here, not markup, and lines are not broken."""

from __future__ import annotations

from rich.console import Console

out = Console(markup=False, highlight=False)
err = Console(stderr=True, markup=False, highlight=False)
if not out.is_terminal:
    out.width = 160  # a file or a pipe has no width of its own


def say(text: str, style: str | None = None) -> None:
    """A result, to standard output."""
    out.print(text, style=style, soft_wrap=True)


def remark(text: str) -> None:
    """Anything else, to standard error."""
    err.print(text, soft_wrap=True)
