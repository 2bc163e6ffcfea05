"""Where a comparison's files go: a folder holds one comparison, whole, or nothing of any.

Beside the table, its summary and the figure lies `comparison.json`, which says what was compared. A folder whose
comparison is another one is not written to, unless that is asked for by name.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from plausible.errors import BadInput
from plausible.printing.words import without_home
from plausible.registry import files as own_files
from plausible.registry import registry, specs
from plausible.registry.encoding import encode, fileless
from plausible.study.compare import Comparison
from plausible.study.run import Run
from plausible.study.store.stored import read_json

SPEC = "comparison.json"
FILES = (SPEC, "metrics.parquet", "summary.json", "compare.png", "compare.svg", "compare.pdf")


def spec(comparison: Comparison) -> dict[str, Any]:
    """What decides the numbers of a comparison, in terms of JSON: a run of every rule, and the number of seeds.

    A user's own file is named as the command was told, so that two of one name in two folders are two comparisons; of
    one that was not told, such as that of a tuned optimiser, the folder is left out. Paths begin with ~.
    """
    told = files_told(comparison)

    def shown(name: str) -> str:
        """The name of a class."""
        file, colon, attribute = name.rpartition(":")
        return f"{told[file]}:{attribute}" if colon and file in told else fileless(name)

    def named(run: Run) -> Run:
        rule, task = registry.as_told(run.rule), registry.as_told(run.task, "task")
        return replace(run, rule=without_home(rule), task=without_home(task))

    rules = {label: encode(named(run), shown) for label, run in comparison.entries if run.seed == 0}
    found: dict[str, Any] = json.loads(json.dumps({"seeds": comparison.seeds, "rules": rules}))
    return found


def files_told(comparison: Comparison) -> dict[str, str]:
    """The files of optimisers and probes that a comparison was told, as it was told them, by their whole paths."""
    pairs = [specs.with_optimiser(rule) for rule in comparison.rules or ()]
    texts = [
        text
        for text in (comparison.optimiser, *comparison.probes, *(own for _, own in pairs))
        if text is not None
    ]
    files = [file for text in texts for file in specs.files_in(text)]
    return {str(own_files.path_of(file)): without_home(file) for file in files}


def holds(folder: Path) -> dict[str, Any] | None:
    """What the folder's files are a comparison of; {} if that is not known, None if there are none."""
    if not any((folder / name).exists() or (folder / name).is_symlink() for name in FILES):
        return None
    with suppress(BadInput):
        return read_json(folder / SPEC)
    return {}


def place(wanted: dict[str, Any], folder: Path | None, default: Path, overwrite: bool = False) -> Path:
    """The folder for a comparison: the one that was asked for, or the first of `default`, `default`-2, ... that fits.

    Raises:
        BadInput: if the one that was asked for holds another comparison, and may not be overwritten.
    """
    if folder is None:
        names = (default.with_name(f"{default.name}-{n}") if n > 1 else default for n in count(1))
        return next(name for name in names if overwrite or holds(name) in (None, wanted))
    if not overwrite and holds(folder) not in (None, wanted):
        raise BadInput(
            f"folder {str(folder)!r} holds another comparison: choose another --out, or add --overwrite"
        )
    return folder


@contextmanager
def together(folder: Path, wanted: dict[str, Any]) -> Iterator[Path]:
    """A folder to write a comparison's files to, which at the end take the place of those of an earlier one.

    At no moment are files of two comparisons mixed: the earlier ones go before the new ones come. Raises `OSError`.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".compare-") as name:
        new = Path(name)
        yield new
        (new / SPEC).write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
        for old in FILES:
            (folder / old).unlink(missing_ok=True)
        for file in sorted(new.iterdir()):
            file.replace(folder / file.name)
