"""The tour as a notebook: `python -m docs.notebook` writes docs/tour.ipynb from the cells of docs/tour.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOUR = Path(__file__).with_name("tour.py")
MARK = "# %%"  # in front of a cell, and of its title


def cells(text: str) -> list[str]:
    """The cells of a script, each with its title as a comment; what stands before the first one is left out."""
    _, *parts = text.split(f"\n{MARK}")
    titled = ((part.partition("\n")) for part in parts)
    return [f"#{title}\n{body.strip()}" if title.strip() else body.strip() for title, _, body in titled]


def as_notebook(parts: list[str]) -> dict[str, Any]:
    """A notebook of code cells, without outputs, in version 4.5 of its format."""
    made = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": part.splitlines(keepends=True),
        }
        for number, part in enumerate(parts, 1)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def written() -> str:
    """The text of the notebook."""
    return (
        json.dumps(as_notebook(cells(TOUR.read_text(encoding="utf-8"))), indent=1, ensure_ascii=False) + "\n"
    )


if __name__ == "__main__":
    TOUR.with_suffix(".ipynb").write_text(written(), encoding="utf-8")
