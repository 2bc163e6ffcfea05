"""From committed tables to figures: finds what figures/*.py draw, draws it, and writes its source data beside it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pandas as pd

from plausible import registry
from plausible.errors import BadInput, unknown
from plausible.figure import save
from plausible.writing import whole

KINDS = MappingProxyType({"svg": "vector", "png": "raster", "pdf": "vector"})


def project() -> Path:
    """The folder that holds figures/ and studies/: this one, or the project that the package was installed from."""
    here = Path.cwd()
    return here if (here / "figures").is_dir() else Path(__file__).parents[1]


def tables() -> dict[str, Path]:
    """The committed tables, by name."""
    return {file.stem: file for file in sorted((project() / "studies" / "tables").glob("*.parquet"))}


def drawable() -> dict[str, Path]:
    """The committed tables that there is a figure for, by name."""
    root = project()
    return {name: file for name, file in tables().items() if (root / "figures" / f"{name}.py").is_file()}


def draw(name: str, kinds: list[str], folder: Path | None = None) -> list[Path]:
    """Draw the figure called `name` from its committed table, and write what is drawn as CSV beside it.

    Returns the files written.

    Raises:
        BadInput: if there is no such figure or kind, or its table cannot be read.
    """
    tables = drawable()
    if name not in tables:
        raise unknown("figure", name, tables)
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("format", kind, KINDS)
    try:
        table = pd.read_parquet(tables[name])
    except (OSError, ValueError) as error:
        raise BadInput(
            f"table {str(tables[name])!r} cannot be read ({registry.first_line(error)}): export it anew"
        ) from error
    file = str(project() / "figures" / f"{name}.py")
    figure = registry.from_file(file, "draw")(table)
    folder = project() / "figures" if folder is None else folder
    files = [folder / f"{name}.csv"]
    with whole(files[0]) as temporary:
        registry.from_file(file, "source")(table).to_csv(temporary, index=False, float_format="%.4g")
    for kind in kinds:
        files.append(folder / f"{name}.{kind}")
        with whole(files[-1]) as temporary:
            save(figure, temporary, kind)
    return files
