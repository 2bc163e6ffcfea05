"""From committed tables to figures: finds what figures/*.py draw, draws it, and writes its source data beside it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import pandas as pd
from pandas.api.types import is_numeric_dtype

from plausible import registry
from plausible.errors import BadInput, require, unknown
from plausible.study.stored import read_frame
from plausible.writing import whole

KINDS = MappingProxyType({"svg": "vector", "png": "raster", "pdf": "vector"})


PACKAGE = Path(__file__).parents[1]  # the project, or the folder that the package was installed into


def files(folder: str, ending: str) -> dict[str, Path]:
    """The files of a folder of the project, and those of the same folder below this one, by name.

    A name that the project has is the project's: what lies in the current folder, whoever put it there, takes no name.
    """
    found: dict[str, Path] = {}
    for root in (PACKAGE, Path.cwd()):
        for file in sorted((root / folder).glob(f"*{ending}")):
            found.setdefault(file.stem, file)
    return found


def tables() -> dict[str, Path]:
    """The small tables of studies, by name: committed ones, and those exported into ./studies/tables."""
    return files("studies/tables", ".parquet")


def scripts() -> dict[str, Path]:
    """The files that draw, by name: those of the project, and those in ./figures."""
    return files("figures", ".py")


def drawable() -> dict[str, Path]:
    """The tables that there is a figure for, by name."""
    there = scripts()
    return {name: file for name, file in tables().items() if name in there}


def drawing(name: str) -> tuple[Path, Path]:
    """The file that draws a figure and the table that it draws: of its name, or of the path of either.

    `./figures/NAME.py` draws `./studies/tables/NAME.parquet`, and that table is drawn by the figure called NAME, the
    project's if it has one. Raises `BadInput` for a name, or a table's, that no figure has.
    """
    file = Path(name).absolute()
    if file.suffix == ".py":
        return file, file.parents[1] / "studies" / "tables" / f"{file.stem}.parquet"
    there = scripts()
    if file.suffix == ".parquet":
        if file.stem not in there:
            raise unknown("figure", file.stem, there)
        return there[file.stem], file
    found = drawable()
    if name not in found:
        raise unknown("figure", name, found)
    return there[name], found[name]


def to_draw(table: Path) -> str:
    """The command that draws a table, from here: by name, or by path where the name is another table's; "" if none."""
    if table.stem not in scripts():
        return ""
    known = tables().get(table.stem)
    if known is not None and known.resolve() == table.resolve():
        return f"plausible figure {table.stem}"
    return f"plausible figure {shlex.quote(str(table) if table.is_absolute() else f'./{table}')}"


def place(table: Path) -> Path:
    """The folder figures/ beside the studies/ that a table lies in; ./figures for one that came with the package."""
    root = table.parents[min(2, len(table.parents) - 1)]
    ours = root == Path.cwd() or (root / "pyproject.toml").is_file()
    return (root if ours else Path.cwd()) / "figures"


def read(file: Path, numbers: Sequence[str] = (), words: Sequence[str] = ()) -> pd.DataFrame:
    """A small table. Raises `BadInput` if it cannot be read, or lacks these columns of numbers and of words."""
    try:
        table = read_frame(file)
        for name in (*numbers, *words):
            if name not in table or (name in numbers and not is_numeric_dtype(table[name])):
                raise ValueError(f"it has no column {name!r} of {'numbers' if name in numbers else 'words'}")
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(
            f"table {str(file)!r} cannot be read ({registry.first_line(error)}): export it anew"
        ) from error
    return table


def require_matplotlib() -> None:
    """Raise `BadInput` if matplotlib cannot be imported: it refuses some settings of the user's then."""
    try:
        import matplotlib  # noqa: F401
    except Exception as error:
        reason = f"{type(error).__name__}: {registry.first_line(error)}"
        raise BadInput(
            f"no figure can be drawn, as matplotlib cannot be imported ({reason}): mend MPLBACKEND or matplotlibrc"
        ) from error


def draw(name: str, kinds: list[str], folder: Path | None = None) -> list[Path]:
    """Draw a figure from its committed table, and write what is drawn as CSV beside it; for `name` see `drawing`.

    Returns the files written.

    Raises:
        BadInput: if there is no such figure or kind, its table cannot be read or drawn, or a file cannot be written.
    """
    file, data = drawing(name)
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("format", kind, KINDS)
        require(kinds.count(kind) == 1, "the format", ",".join(kinds), f"{kind} once")
    require_matplotlib()
    table = read(data)
    draws, sources = (registry.from_file(registry.found_by_name(file), what) for what in ("draw", "source"))
    folder = place(data) if folder is None else folder
    written = [folder / f"{data.stem}.{ending}" for ending in ("csv", *kinds)]
    try:
        from matplotlib import rc_context

        from plausible.figure import SHEET, save
        from plausible.plotting.style import labelled

        with rc_context(SHEET):
            figure, source = draws(labelled(table)), sources(table)
        folder.mkdir(parents=True, exist_ok=True)
        with whole(written[0]) as temporary:
            source.to_csv(temporary, index=False, float_format="%.4g")
        for file, kind in zip(written[1:], kinds, strict=True):
            with whole(file) as temporary:
                save(figure, temporary, kind)
    except OSError as error:
        reason = error.strerror or registry.first_line(error)
        raise BadInput(
            f"figure {name!r} cannot be written to {str(folder)!r} ({reason}): make room, or choose another folder"
        ) from error
    except Exception as error:
        reason = f"{type(error).__name__}: {registry.first_line(error)}"
        raise BadInput(
            f"figure {name!r} cannot be drawn from {str(data)!r} ({reason}): export the table anew"
        ) from error
    return written
