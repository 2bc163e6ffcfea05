"""From committed tables to figures: what figures/*.py draw, and the data that were drawn.

PNGs, which pages show, go to figures/. What a command makes again in seconds goes to figures/drawn/, which git ignores.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from plausible.errors import BadInput, first_line, require, unknown
from plausible.printing.remarks import remark
from plausible.registry.files import found_by_name, from_file
from plausible.study.run import REFERENCES
from plausible.study.store.tables import files, read, tables
from plausible.writing import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf", "csv")  # CSV: the data that are drawn
LOOKS = ("light", "dark")
NO_NUMBER = re.compile(r"(?<![\w-])-?(nan|inf)(?!\w)")  # as numbers are written
NAMED = re.compile(r"(?:rule=)?([\w-]+)")  # what begins the name of a rule, or of an experiment with one
DRAWN = "drawn"  # the folder of figures/ for all but PNGs
LIST = "a name that plausible list figures shows"


def scripts() -> dict[str, Path]:
    """The scripts that draw figures, by name: those of the project, and those in ./figures."""
    return {name: file for name, file in files("figures", ".py").items() if not name.startswith("_")}


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
            if not file.is_file():
                found = "is no file" if file.exists() else "is not there"
                raise BadInput(f"table {name!r} {found}: expected one that plausible export wrote, or {LIST}")
            read(file)  # refuses what is no table
            raise BadInput(f"table {name!r} is drawn by nothing here: {missing(file.stem)}; or {LIST}")
        return there[file.stem], file
    names = drawable()
    if name not in names:
        raise unknown("figure", name, names, shown="plausible list figures")
    return there[name], names[name]


def to_draw(table: Path) -> str:
    """The command that draws a table, from here: by name, or by path where the name is another table's; "" if none."""
    if table.stem not in scripts():
        return ""
    known = tables().get(table.stem)
    if known is not None and known.resolve() == table.resolve():
        return f"plausible figure {table.stem}"
    return f"plausible figure {shlex.quote(str(table) if table.is_absolute() else f'./{table}')}"


def missing(name: str) -> str:
    """What has to be there so that a table of this name can be drawn."""
    return f"expected ./figures/{name}.py with draw(table) and source(table), as docs/own.md shows"


def place(table: Path) -> Path:
    """The folder figures/ beside the studies/ that a table lies in; ./figures for one that came with the package."""
    root = table.parents[min(2, len(table.parents) - 1)]
    ours = root == Path.cwd() or (root / "pyproject.toml").is_file()
    return (root if ours else Path.cwd()) / "figures"


def require_matplotlib() -> None:
    """Raise `BadInput` if matplotlib cannot be imported: it refuses some settings of the user's then."""
    try:
        import matplotlib  # noqa: F401
    except Exception as error:
        reason = f"{type(error).__name__}: {first_line(error)}"
        raise BadInput(
            f"no figure can be drawn, as matplotlib cannot be imported ({reason}): mend MPLBACKEND or matplotlibrc"
        ) from error


class Drawn(NamedTuple):
    """A figure, and the part of its table that it draws."""

    figure: Figure
    source: pd.DataFrame


def drawn(name: str, width: str = "column", look: str = "light") -> Drawn:
    """A figure drawn from its committed table; for `name` see `drawing`. No file is written.

    `width` is "column" or "page", `look` "light" or "dark", one of `LOOKS`.

    Raises:
        BadInput: if there is no such figure, width or look, or its table cannot be read or drawn.
    """
    if look not in LOOKS:
        raise unknown("style", look, LOOKS)
    _, data = drawing(name)
    require_matplotlib()
    from plausible.plotting.frame import as_wide_as

    with as_wide_as(width):  # refuses a width before anything is read
        table = read(data)
    return of_table(name, table, width, look)


def of_table(name: str, table: pd.DataFrame, width: str = "column", look: str = "light") -> Drawn:
    """A figure drawn from a table like its own, with options as columns; see `drawn`. Raises `BadInput`.

    Numbers that cannot be are left out (`plausible.plotting.possible`), and a remark says so in one line. Of numbers
    that no figure can be drawn of, a sheet says what they are.
    """
    from plausible.plotting.possible import possible, told

    file, data = drawing(name)
    kept, left = possible(table)
    kept = finite(kept)
    draws, sources = (from_file(found_by_name(file), what) for what in ("draw", "source"))
    try:
        from matplotlib import rc_context

        from plausible.plotting.frame import as_wide_as, noting
        from plausible.plotting.sheets import picture
        from plausible.plotting.style import SHEET

        with rc_context(SHEET), as_wide_as(width), noting(told(left)):
            figure, said = picture(draws, kept if drawable_rows(kept) else kept[:0], table)
        if said or left:
            remark(f"figure {name!r}: {'; '.join(filter(None, (said, told(left))))}")
        without_nan(figure)
        unfinished(figure, Path(file).stem, kept)
        if look == "dark":
            from plausible.plotting.dark import darkened

            figure = darkened(figure)
        return Drawn(figure, sources(kept) if drawable_rows(kept) and not said else kept[:0])
    except Exception as error:
        raise undrawn(name, data, error) from error


def finite(table: pd.DataFrame) -> pd.DataFrame:
    """A table without what has no place in a drawing: infinite numbers, and measurements of done runs that are none.

    A verdict of an audit stays, as it needs no number.
    """
    table = table.replace([float("inf"), float("-inf")], float("nan"))
    if {"metric", "value", "status"} <= {*table}:
        table = table[table.value.notna() | (table.status != "done")]
    return table


def drawable_rows(table: pd.DataFrame) -> bool:
    """Whether a finite table has a row that a figure could draw; what is no table of runs is the figure's to refuse."""
    return bool((table.status == "done").any()) if "status" in table else True


def without_nan(figure: Figure) -> None:
    """Put another title in the place of one that says of a number that it is none."""
    from plausible.plotting.findings import INCOMPLETE

    title = figure.get_suptitle()
    if NO_NUMBER.search(title):
        for text in figure.texts:
            if text.get_text() == title:
                text.set_text(INCOMPLETE)


def unfinished(figure: Figure, name: str, kept: pd.DataFrame) -> None:
    """Put the reason in the place of a title that nothing, or not all, is done: the reference is missing, if it is.

    A reference is missing if the table of this name that is kept has runs of it, and the one that is drawn has none.
    """
    from plausible.plotting.findings import INCOMPLETE, NO_REFERENCE, NOTHING_YET

    title = figure.get_suptitle()
    if (
        title not in (NOTHING_YET, INCOMPLETE)
        or "rule" not in kept
        or not drawable_rows(kept)
        or not len(kept)
    ):
        return
    here, whole = done_rules(kept), tables().get(name)
    known = done_rules(read(whole)) if whole is not None else here
    missing = [rule for rule in REFERENCES if rule in known - here]
    reason = NO_REFERENCE.format(missing[0].capitalize()) if missing else INCOMPLETE
    for text in figure.texts:
        if text.get_text() == title:
            text.set_text(reason)


def done_rules(table: pd.DataFrame) -> set[str]:
    """The rules of which a run was done, by their names without options."""
    done = table[table.status == "done"] if "status" in table else table
    found = (NAMED.match(str(rule)) for rule in (done.rule.unique() if "rule" in done else ()))
    return {name[1] for name in found if name}


def draw(
    name: str, kinds: list[str], folder: Path | None = None, width: str = "column", look: str = "light"
) -> list[Path]:
    """Draw a figure from its committed table, once for each kind of file; arguments as those of `drawn`.

    Returns the files written: into `folder`, or PNGs into figures/ and others into figures/drawn/. Another width than
    a column and another look than light stand in their names, as in `NAME-page-dark.pdf`; these PNGs go to
    figures/drawn/, too.

    Raises:
        BadInput: if there is no such figure or kind, its table cannot be read or drawn, or a file cannot be written.
    """
    _, data = drawing(name)
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("format", kind, KINDS)
        require(kinds.count(kind) == 1, "the format", ",".join(kinds), f"{kind} once")
    figure, source = drawn(name, width, look)
    too_wide(name, figure, width)
    home = place(data)
    other = "".join(f"-{word}" for word in (width, look) if word not in ("column", "light"))
    folders = [folder or (home if kind == "png" and not other else home / DRAWN) for kind in kinds]
    written = [folder / f"{data.stem}{other}.{kind}" for folder, kind in zip(folders, kinds, strict=True)]
    try:
        from plausible.plotting.saving import drawing_of, save

        for goal, kind in zip(written, kinds, strict=True):
            goal.parent.mkdir(parents=True, exist_ok=True)
            with whole(goal) as temporary:
                if kind == "csv":
                    source.to_csv(temporary, index=False, float_format="%.4g")
                else:
                    save(figure, temporary, kind, drawing_of(figure) if kind == "png" else "")
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise BadInput(
            f"figure {name!r} cannot be written to {str(folder or home)!r} ({reason}): make room, or choose another "
            "folder"
        ) from error
    except Exception as error:
        raise undrawn(name, data, error) from error
    return written


def too_wide(name: str, figure: Figure, width: str) -> None:
    """Say in a line that a figure is wider than it was asked to be, as its rows would not fit into a column."""
    from plausible.plotting.frame import INCH, WIDTHS

    inches = figure.get_size_inches()[0]
    if inches > WIDTHS[width] + 1e-9:
        remark(
            f"figure {name!r} does not fit into a column: it is {INCH * inches:.0f} points wide, as a page is"
        )


def undrawn(name: str, data: Path, error: Exception) -> BadInput:
    """The error for a figure that cannot be drawn from its table."""
    known = isinstance(error, BadInput)  # which says itself what was expected
    reason = first_line(error) if known else f"{type(error).__name__}: {first_line(error)}"
    return BadInput(f"figure {name!r} cannot be drawn from {str(data)!r} ({reason}): export the table anew")
