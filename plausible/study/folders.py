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
    """What decides the numbers of a comparison, as JSON: a run of every rule, and the number of seeds.

    A user's own file has the name that the command was given, so that files of one name in two folders make two
    comparisons. A file that the command was not given, such as that of a tuned optimiser, has no folder. Paths begin
    with ~.
    """
    told = files_told(comparison)

    def spell(name: str) -> str:
        """The name of a class, as it is written into the file."""
        file, colon, attribute = name.rpartition(":")
        return f"{told[file]}:{attribute}" if colon and file in told else fileless(name)

    def named(run: Run) -> Run:
        rule, task = registry.as_told(run.rule), registry.as_told(run.task, "task")
        return replace(run, rule=without_home(rule), task=without_home(task))

    rules = {label: encode(named(run), spell) for label, run in comparison.entries if run.seed == 0}
    described: dict[str, Any] = json.loads(json.dumps({"seeds": comparison.seeds, "rules": rules}))
    return described


def files_told(comparison: Comparison) -> dict[str, str]:
    """By whole path, the files of optimisers and probes that a comparison was given, as they were named."""
    pairs = [specs.with_optimiser(rule) for rule in comparison.rules or ()]
    texts = [
        text
        for text in (comparison.optimiser, *comparison.probes, *(own for _, own in pairs))
        if text is not None
    ]
    files = [file for text in texts for file in specs.files_in(text)]
    return {str(own_files.path_of(file)): without_home(file) for file in files}


def holds(folder: Path) -> dict[str, Any] | None:
    """The `spec` of the comparison in a folder; {} if it is not known, None if there are no such files."""
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
    """A context that gives a folder for a comparison's files; at its end they replace those of an earlier comparison.

    Files of two comparisons are never mixed: the earlier ones are removed before the new ones are moved in. Raises
    `OSError`.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix=".compare-") as name:
        new = Path(name)
        yield new
        (new / SPEC).write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")
        for old in FILES:
            (folder / old).unlink(missing_ok=True)
        for file in sorted(new.iterdir()):
            file.replace(folder / file.name)
