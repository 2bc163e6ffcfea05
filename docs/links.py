"""Links of pages that leave the folder of the documentation, for Sphinx: to a page of it, where there is one."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath
from typing import Any

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(```.*?```)", re.DOTALL)
MOVED = {  # pages of the project outside of this folder, each with its place in the documentation
    ROOT / "CONTRIBUTING.md": DOCS / "_generated" / "contributing.md",
    ROOT / "benchmarks" / "RESULTS.md": DOCS / "_generated" / "speed_rows.md",
    ROOT / "benchmarks" / "README.md": DOCS / "_generated" / "benchmarks.md",
    ROOT / "README.md": DOCS / "index.md",
}


def rewritten(text: str, page: Path, at: Path) -> str:
    """A page that is shown `at` another place, with its links: files of the project are downloads.

    A folder has no page: its name stays, without a link.
    """
    pieces = FENCE.split(text)
    done = (
        piece if n % 2 else LINK.sub(lambda m: link(m, page, at), piece) for n, piece in enumerate(pieces)
    )
    return "".join(done)


def link(match: re.Match[str], page: Path, at: Path) -> str:
    """One link, or one image."""
    image, words, target = match.groups()
    name, hash_mark, part = target.partition("#")
    place = Path(os.path.normpath(page.parent / name))  # through links to folders, as in a copy
    if not name or target.startswith(("http:", "https:", "mailto:")) or not place.is_relative_to(ROOT):
        return match[0]
    if place.is_dir():
        return f"{words} (`{PurePosixPath(place.relative_to(ROOT))}`)" if place != ROOT else words
    shown = os.path.relpath(MOVED.get(place, place), at.parent)
    return f"{image}[{words}]({PurePosixPath(shown)}{hash_mark}{part})"


def moved(folder: Path) -> dict[str, str]:
    """The pages of the project outside of the documentation, by name, as they stand in `folder`."""
    pages = {place: name for name, place in MOVED.items() if place.parent == folder}
    return {
        place.name: rewritten(page.read_text(encoding="utf-8"), page, place) for place, page in pages.items()
    }


def process(app: Any, name: str, source: list[str]) -> None:
    """For Sphinx's event `source-read`."""
    file = Path(app.env.doc2path(name))
    if file.suffix == ".md" and "_generated" not in file.parts:
        source[0] = rewritten(source[0], file, file)
