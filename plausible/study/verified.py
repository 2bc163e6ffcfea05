"""Whether the code of today computes the numbers of committed tables: cells drawn at random, run anew."""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from plausible.errors import BadInput, require_number, require_whole, unknown
from plausible.registry.encoding import decode
from plausible.registry.files import executed
from plausible.study.intervals import bounds_of
from plausible.study.keys.changes import files_of
from plausible.study.keys.key import key
from plausible.study.run import Outcome, Row
from plausible.study.store.stored import read_frame
from plausible.study.store.tables import computed_with, specs_of, tables
from plausible.study.study import Skipped, find
from plausible.study.work import Work
from plausible.study.workers.executors import executor

Verdict: TypeAlias = Literal["bitwise", "rounding", "different", "not recomputed"]
PLACE = ["split", "metric", "layer", "epoch", "examples"]  # of a number in the table of a run
CLOCK = "second"  # a metric with this word is of the clock, which no two runs share
SIMULATED = (
    2.0**-53 * 2**20
)  # the bound of an experiment, in which nobody counts: a million roundings of float64
LONGEST = 60.0  # seconds of a run that is computed anew, unless more are given


@dataclass(frozen=True)
class Cell:
    """A run of a committed table, and what became of it."""

    table: str
    run: str  # rule@task/seed
    key: str
    seconds: float  # of learning, as the table has them
    verdict: Verdict
    reason: str = ""  # why it was not recomputed, or differs beside its numbers
    largest: float = (
        0.0  # the largest difference, relative to its curve (`least_size`), of angles in their cosines
    )
    bound: float = 0.0  # up to which a difference is called rounding
    metric: str = ""  # where the largest difference is
    code: str = ""  # "same" if the key is that of today, else "changed"


def chosen(names: str) -> dict[str, Path]:
    """The tables that are meant, by name: "all" or "", the name of one, or the path of a file. Raises `BadInput`."""
    known = tables()
    if names == "all":
        return known
    if names in known:
        return {names: known[names]}
    file = Path(names)
    if file.suffix != ".parquet":
        raise unknown("table", names, ["all", *known])
    if not file.is_file():
        raise BadInput(
            f"table {names!r} is not there: expected a file of Parquet, or one of {', '.join(known)}"
        )
    return {file.stem: file}


def verified(
    names: str,
    cells: int = 1,
    seed: int = 0,
    longest: float = LONGEST,
    execute: bool = False,
    hear: Callable[[str], None] = lambda text: None,
) -> Iterator[Cell]:
    """Compute runs of committed tables anew, and compare each of their numbers with the table.

    Args:
        names: "all", the name of a table, or its path.
        cells: runs of each table, drawn at random among those that take up to `longest`.
        seed: of the draw.
        longest: seconds of learning that a run may have taken.
        execute: whether files of a user's own that a table names are executed.
        hear: is called with a line on every run before it is computed.

    Raises:
        BadInput: before anything is computed, if there is no such table, or one cannot be read, or an argument makes no
            sense.
    """
    require_whole("the number of cells of a table", cells)
    require_whole("seed", seed, low=0)
    require_number("the longest run in seconds", longest, open_low=True)
    held = {name: read_frame(file) for name, file in chosen(names).items()}
    for name, file in chosen(names).items():
        yield from of_table(name, file, held.pop(name), cells, seed, longest, execute, hear)


def of_table(
    name: str,
    file: Path,
    table: pd.DataFrame,
    cells: int,
    seed: int,
    longest: float,
    execute: bool,
    hear: Callable[[str], None],
) -> Iterator[Cell]:
    """Verify some runs of one table; see `verified`."""
    if not {"key", "seconds", "value", *PLACE} <= {*table}:
        yield Cell(name, "", "", np.nan, "not recomputed", "it holds no runs")
        return
    lasting = table.groupby("key", observed=True).seconds.max()
    short = sorted(map(str, lasting[lasting <= longest].index))
    if not short:
        least = f"its shortest run takes {lasting.min():.3g} s"
        yield Cell(name, "", "", float(lasting.min()), "not recomputed", least)
        return
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    drawn = [short[place] for place in rng.permutation(len(short))[:cells]]
    made = Runs(name, file, table, execute)
    for each in drawn:
        rows = table[table.key == each]
        told = f"{rows.rule.iloc[0]}@{rows.task.iloc[0]}/{rows.seed.iloc[0]}"
        seconds = float(lasting[each])
        try:
            run = made.of(each)
        except BadInput as error:
            yield Cell(name, told, each, seconds, "not recomputed", str(error))
            continue
        hear(f"{name}: {told}, {seconds:.3g} s")
        code = "same" if key(run).name == each else "changed"
        yield compared(Cell(name, told, each, seconds, "bitwise", code=code), rows, run, recomputed(run))


def recomputed(run: Work) -> Outcome:
    """The outcome of a run, computed in this process by one thread."""
    with executor("local", 0) as here:
        return here.submit(run, None, None).result()


class Runs:
    """The runs of a table, made again: from what the table says of them, else from the cells of its study of today."""

    def __init__(self, name: str, file: Path, table: pd.DataFrame, execute: bool) -> None:
        self.name, self.table, self.execute = name, table, execute
        self.specs = specs_of(file, table)
        self.cells: dict[str, list[Work]] = {}  # of the study, by scale

    def of(self, its_key: str) -> Work:
        """The run with a key. Raises `BadInput` if it cannot be made."""
        if its_key in self.specs:
            return made(self.specs[its_key].run, self.execute)
        first = self.table[self.table.key == its_key].iloc[0]
        alike = [run for run in self.at(str(first.get("scale", "fast"))) if is_of(run, first)]
        if not alike:
            raise BadInput("it is not recorded, and no cell of its study today")
        return alike[0]

    def at(self, scale: str) -> list[Work]:
        """The cells of the study at a scale, none if there is no such study or scale any more."""
        if scale not in self.cells:
            try:
                made = find(self.name).cells(scale)
            except BadInput:
                made = []
            self.cells[scale] = [cell for cell in made if not isinstance(cell, Skipped)]
        return self.cells[scale]


def made(spec: dict[str, Any], execute: bool = False) -> Work:
    """The run of a spec. Raises `BadInput` if it cannot be made, or a file of one's own would have to be executed."""
    run: Work = decode(spec, Work, execute=execute)
    for file in [] if execute else files_of(run):
        executed(str(file))
    return run


def is_of(run: Work, row: pd.Series[Any]) -> bool:
    """Whether a run has the task, the rule, the seed and the settings of a row of a table."""
    settings = run.settings()
    same = all(alike(settings[name], row[name]) for name in settings.keys() & row.keys())
    return same and run.head() == (row["task"], row["rule"], row["seed"])


def alike(ours: str | int, theirs: Any) -> bool:
    """Whether a setting is what a table has, in which a whole number may stand as another kind of number."""
    return ours == theirs if isinstance(ours, int) else ours == str(theirs)


def compared(cell: Cell, rows: pd.DataFrame, run: Work, outcome: Outcome) -> Cell:
    """The cell with its verdict: the `rows` of a table beside those of a run that was computed anew."""
    told = str(rows.status.iloc[0]) if "status" in rows else "done"
    now = numbered(pd.DataFrame(outcome.rows, columns=list(Row._fields)))
    then = numbered(rows[~rows.metric.astype(str).str.contains(CLOCK)])
    both = then.merge(now, "left", [*PLACE, "again"], suffixes=("", "_now"), indicator=True)
    bound, lost = bound_of(run, outcome), int((both._merge == "left_only").sum())
    both = both.assign(**{name: in_its_own_scale(both.metric, both[name]) for name in ("value", "value_now")})
    curves = both.groupby(["split", "metric", "layer"], observed=True).value
    size = curves.transform(lambda curve: curve.abs().max()).clip(lower=both.metric.map(least_size))
    apart = (both.value - both.value_now).abs()
    same = (apart == 0) | (both.value == both.value_now) | (both.value.isna() & both.value_now.isna())
    relative = np.where(same, 0.0, (apart / size.where(size > 0, 1.0)).fillna(np.inf))
    there = (both._merge == "both").to_numpy()
    worst = int(np.argmax(np.where(there, relative, -1.0))) if there.any() else 0
    held = {**vars(cell), "largest": float(relative[worst]), "bound": bound}
    held["metric"] = str(both.metric.iloc[worst]) if relative[worst] > 0 else ""
    reasons = (
        [f"it is {outcome.status} today ({outcome.reason}), was {told}"] if outcome.status != told else []
    )
    reasons += [f"{lost} of its {len(then)} numbers are not measured today"] if lost else []
    verdict: Verdict = "bitwise" if held["largest"] == 0 else "rounding"
    verdict = "different" if reasons or held["largest"] > bound else verdict
    return Cell(**held | {"verdict": verdict, "reason": "; ".join(reasons)})


def in_its_own_scale(metrics: pd.Series[str], values: pd.Series[float]) -> pd.Series[float]:
    """Numbers as they are held against each other: of an angle its cosine, from which it was read.

    A rounding u of a cosine near 1 moves the angle by up to √(2u): an angle that is nothing but rounding, as that of
    backpropagation to itself, would differ by all of it.
    """
    return values.where(~metrics.str.endswith("angle"), np.cos(np.deg2rad(values)))


def least_size(metric: str) -> float:
    """What a difference is relative to at least: half of the range of a metric that has one; 1 of a cosine."""
    low, high = bounds_of(metric)
    if metric.endswith("angle"):
        return 1.0
    return (high - low) / 2 if np.isfinite(high - low) else 0.0


def numbered(rows: pd.DataFrame) -> pd.DataFrame:
    """The numbers of a run with their places, those at one place counted."""
    held = rows[[*PLACE, "value"]].astype({"split": str, "metric": str, "layer": str}).reset_index(drop=True)
    return held.assign(again=held.groupby(PLACE).cumcount())


def bound_of(run: Work, outcome: Outcome) -> float:
    """The relative difference up to which two outcomes differ by rounding alone.

    A unit in the last place at every change of the weights, of which none is made smaller or larger by those that
    follow; of an experiment, whose changes nobody counts, `SIMULATED`.
    """
    batch, dtype = run.settings().get("batch_size"), getattr(getattr(run, "network", None), "dtype", None)
    if batch is None or dtype is None:
        return SIMULATED
    examples = max((row.examples for row in outcome.rows), default=0)
    return float(np.finfo(dtype).eps) / 2 * max(examples / int(batch), 1.0)


State: TypeAlias = Literal["same", "older", "not recorded", "not told"]


def state(file: Path) -> State:
    """Whether a table's runs were computed by the code of today: "older" if that of one has changed since.

    Cheap, as no data are made: their digests, and versions of libraries, are not compared. "not recorded" if the table
    does not say, "not told" if only executing a user's file, or another minor version of Python, could.
    """
    try:
        specs = specs_of(file, read_frame(file, ["key", "seed"]))
        machines = computed_with(file)
    except (BadInput, KeyError, ValueError):
        return "not recorded"
    here = ".".join(map(str, sys.version_info[:2]))
    pythons = {".".join(str(one.get("python", "")).split(".")[:2]) for one in machines}
    if not specs:
        return "not recorded"
    each = {json.dumps([spec.run | {"seed": 0}, spec.code]): spec for spec in specs.values()}
    try:
        now = [key(made(spec.run), "-").code_digest == spec.code for spec in each.values()]
    except BadInput:
        return "not told"
    if all(now):
        return "same"
    return "older" if pythons == {here} else "not told"


def frame(cells: list[Cell]) -> pd.DataFrame:
    """The cells as a frame: a row each, with the columns of `Cell`."""
    return pd.DataFrame([vars(cell) for cell in cells], columns=[*Cell.__dataclass_fields__])
