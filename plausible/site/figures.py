"""The figures of a site: committed PNGs as they are, and drawn ones with their data where a page leads with them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from plausible.errors import BadInput
from plausible.plotting import committed
from plausible.registry import files
from plausible.registry.catalogue import first_sentence_of
from plausible.site.folder import file_of
from plausible.site.told import Told, documented

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

KINDS = ("svg", "png", "pdf", "csv")  # of a drawn figure, the one that is shown first


class Figure(NamedTuple):
    """A figure on a page."""

    file: str  # the one that is shown
    words: str  # what it shows, and what came out where that is known: its text alternative
    files: tuple[str, ...]  # to be downloaded


class Shown(NamedTuple):
    """A figure, or why there is none."""

    figure: Figure | None
    undrawn: str
    content: dict[str, bytes]  # files of the site


NONE = Shown(None, "", {})


def of(told: Told, leading: bool = False) -> Shown:
    """The figure of a study: its committed PNG; drawn anew, in all kinds, if it leads a page or there is no PNG.

    A script of the user's own is executed only if the study was asked for by name.
    """
    script = committed.scripts().get(told.name)
    if script is None:
        return NONE
    png = script.with_suffix(".png")
    ours = script.parent.resolve() in files.OWN
    kept = {"png": png.read_bytes()} if ours and png.is_file() else {}
    if kept and not leading:
        return made(told, script, kept)
    if not ours and told.study is None:
        return Shown(
            None, f"Its figure is drawn by a file that was not executed: plausible figure {told.name}", {}
        )
    try:
        with tempfile.TemporaryDirectory() as folder:
            kinds = [kind for kind in (KINDS if leading else KINDS[:1]) if kind not in kept]
            drawn = committed.draw(told.name, kinds, Path(folder))
            return made(told, script, {file.suffix[1:]: file.read_bytes() for file in drawn} | kept)
    except BadInput as error:
        return Shown(None, str(error), {})


def made(told: Told, script: Path, content: dict[str, bytes]) -> Shown:
    """A figure from what its files hold, by kind; its text alternative is what its script says that it shows."""
    names = {kind: f"figures/{file_of(told.name)}.{kind}" for kind in content}
    words = first_sentence_of(documented(script)) or f"The figure of {told.name}"
    figure = Figure(next(iter(names.values())), f"{words}.", tuple(names.values()))
    return Shown(figure, "", {names[kind]: held for kind, held in content.items()})


def drawn_here(
    name: str, words: str, drawing: Drawing, source: pd.DataFrame | None, kinds: Sequence[str] = KINDS
) -> Shown:
    """A figure that the site draws itself, the first kind of file the one that is shown, with its data as CSV."""
    content = {kind: contents(drawing, kind) for kind in kinds if kind != "csv"}
    if source is not None:
        content["csv"] = source.to_csv(index=False, float_format="%.6g").encode("utf-8", "backslashreplace")
    names = {kind: f"figures/{file_of(name)}.{kind}" for kind in content}
    figure = Figure(names[kinds[0]], words, tuple(names.values()))
    return Shown(figure, "", {names[kind]: held for kind, held in content.items()})


def contents(drawing: Drawing, kind: str) -> bytes:
    """What a file of a drawing holds."""
    from plausible.plotting.saving import save

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"drawn.{kind}"
        save(drawing, file, kind)
        return file.read_bytes()
