"""Whether the code of today computes the numbers of committed tables: cells drawn at random, run anew."""

from __future__ import annotations

import json
import re
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
from plausible.registry.files import executed, module_of
from plausible.study.amplified import DRAWS, FAR, GROWN, MOST, NEAR, TIMES, nudged
from plausible.study.differences import PLACE, apart_by, bound_of, bounds_at, largest_of, step
from plausible.study.keys.changes import files_of
from plausible.study.keys.key import key
from plausible.study.rebuilt import CHANGED, Cells, ends
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.tables import PACKAGE, as_it_is, computed_with, holding, specs_of, tables
from plausible.study.work import Work
from plausible.study.workers.executors import executor
from plausible.study.workers.kernels import elsewhere
from plausible.study.workers.machine import machine

Verdict: TypeAlias = Literal["bitwise", "rounding", "amplified", "different", "not recomputed"]
CLOCK = "second"  # a metric with this word is of the clock, which no two runs share
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
        raise unknown("table", names, ["all", *known], shown="plausible list figures")
    if not file.is_file():
        raise BadInput(
            f"table {names!r} is not there: expected one that plausible export wrote, or a name that plausible "
            "list figures shows"
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
    held = {name: of_runs(file) for name, file in chosen(names).items()}
    for name, file in chosen(names).items():
        yield from of_table(name, file, held.pop(name), cells, seed, longest, execute, hear)


def of_runs(file: Path) -> pd.DataFrame:
    """A table as it is; where it holds runs, their numbers are numbers. Raises `BadInput`."""
    table = as_it_is(file)
    numbers = [name for name in ("seconds", "value", "epoch", "examples", "seed") if name in table]
    return holding(table, file, numbers) if "key" in table else table


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
            code = "same" if key(run).name == each else "changed"
        except BadInput as error:
            yield Cell(name, told, each, seconds, "not recomputed", str(error))
            continue
        hear(f"{name}: {told}, {seconds:.3g} s")
        settled = code == "same" and on_this_machine(file)
        cell = Cell(name, told, each, seconds, "bitwise", code=code)
        yield compared(cell, rows, run, recomputed(run), settled)


def on_this_machine(file: Path) -> bool:
    """Whether all runs of a table were computed with this processor and BLAS; versions of libraries are in keys."""
    here, known = machine(), computed_with(file)
    kernels = {*here["blas"].split("; ")}
    theirs = [{*str(one.get("blas", "")).split("; ")} for one in known]
    alike = (one <= kernels or kernels <= one for one in theirs)  # scipy's is not loaded everywhere
    return bool(known) and all(alike) and {one.get("processor") for one in known} == {here["processor"]}


def recomputed(run: Work) -> Outcome:
    """The outcome of a run, computed in this process by one thread."""
    with executor("local", 0) as here:
        return here.submit(run, None, None).result()


class Runs:
    """The runs of a table, made again: from what the table says of them, else from the cells of its study of today."""

    def __init__(self, name: str, file: Path, table: pd.DataFrame, execute: bool) -> None:
        self.table, self.execute = table, execute
        self.specs, self.cells = specs_of(file, table), Cells(name)

    def of(self, its_key: str) -> Work:
        """The run with a key. Raises `BadInput` if it cannot be made."""
        if its_key in self.specs:
            return made(self.specs[its_key].run, self.execute)
        (end,) = ends(self.table[self.table.key == its_key])
        return self.cells.run(end)


def made(spec: dict[str, Any], execute: bool = False) -> Work:
    """The run of a spec. Raises `BadInput` if it cannot be made, or a file of one's own would have to be executed.

    The studies of the project are executed, as they are where a study is named.
    """
    studies = re.escape((PACKAGE / "studies").as_posix())
    for file in dict.fromkeys(re.findall(rf'"({studies}/\w+\.py):', json.dumps(spec))):
        module_of(Path(file))
    run: Work = decode(spec, Work, execute=execute)
    for file in [] if execute else files_of(run):
        executed(str(file))
    return run


def compared(cell: Cell, rows: pd.DataFrame, run: Work, outcome: Outcome, settled: bool = False) -> Cell:
    """The cell with its verdict: the `rows` of a table beside those of a run that was computed anew.

    A difference beyond rounding is "amplified" if nudges of the weights, by a unit in the last place, come to as much
    in every metric (`plausible.study.amplified`). It never is where it is `settled` that code, versions and machine are
    those of the table. A run that a criterion ends, and that ends at another time, is so decided by what is before.
    """
    told = str(rows.status.iloc[0]) if "status" in rows else "done"
    apart = apart_by(rows[~rows.metric.astype(str).str.contains(CLOCK)], outcome)
    common = apart[apart.examples < ending(run, apart, outcome)]
    stopped = len(common) < len(apart)  # by a criterion, at another time
    apart = common if stopped else apart
    bound, lost = bound_of(run, outcome), int(apart.relative.isna().sum())
    worst = apart.relative.fillna(-1.0).argmax() if len(apart) else 0
    largest = max(float(apart.relative.iloc[worst]), 0.0) if lost < len(apart) else 0.0
    held = {**vars(cell), "largest": largest, "bound": bound}
    held["metric"] = str(apart.metric.iloc[worst]) if largest > 0 else ""
    reasons = (
        [f"it is {outcome.status} today ({outcome.reason}), was {told}"] if outcome.status != told else []
    )
    reasons += [f"{lost} of its {len(apart)} numbers are not measured today"] if lost else []
    verdict: Verdict = "bitwise" if largest == 0 else "rounding"
    reasons += ["its criterion was met at another time, and nothing differs before"] * (
        stopped and largest == 0
    )
    if largest > bound or stopped:
        verdict = "different" if reasons or settled or not amplified(apart, run, outcome) else "amplified"
    return Cell(**held | {"verdict": "different" if reasons else verdict, "reason": "; ".join(reasons)})


def ending(run: Work, apart: pd.DataFrame, outcome: Outcome) -> float:
    """After how many examples the table or the run of today stopped, where a criterion ends them at different times.

    What is measured then has no partner, and what is before decides. Infinite, where they end together.
    """
    last = float(apart.examples.max()), float(max((row.examples for row in outcome.rows), default=0))
    by_criterion = isinstance(run, Run) and run.until is not None
    return min(last) if by_criterion and last[0] != last[1] else np.inf


def amplified(apart: pd.DataFrame, run: Work, outcome: Outcome) -> bool:
    """Whether differences from a run's `outcome` are what nudges make of it until then, and everywhere.

    In the place of nudges stand other kernels of BLAS for an experiment, whose weights, if any, nobody sees. A
    difference is theirs up to `NEAR` times the largest of a few nudges, up to `TIMES` that of many, and up to `FAR`
    times that of other kernels.

    Everywhere is at each measurement of each metric, so that a changed equation, which changes the first numbers after
    the start already, is not taken for rounding that has grown; nor is one number that has changed among others of the
    same weights which have not. Answers change one by one: a difference of accuracies is held against the smallest one
    that the run shows in the same split, too.
    """
    rows = pd.DataFrame(outcome.rows, columns=list(Row._fields))
    steps = rows[rows.metric == "accuracy"].groupby("split").value.agg(step)
    few_answers = FAR * apart.split.map(steps).where(apart.metric == "accuracy").fillna(0.0)

    learns = run if isinstance(run, Run) else None

    def others(draws: range) -> list[pd.DataFrame]:
        made = map(recomputed, nudged(learns, draws)) if learns else elsewhere(run)
        return [apart_by(rows, other) for other in made]

    few = others(range(DRAWS))
    if alone(apart, few):
        return False
    apart = apart.assign(relative=(apart.relative - few_answers).clip(lower=0.0))
    times = times_of(apart, few, run)
    if times <= NEAR or learns is None:
        return times <= FAR
    return times_of(apart, [*few, *others(range(DRAWS, MOST))], run) <= TIMES


def alone(apart: pd.DataFrame, others: list[pd.DataFrame]) -> bool:
    """Whether numbers differ where most others, which every nudge moves, are those of the table to the last bit.

    By more than `GROWN`: what is less may be the order of the sums in one of them.
    """
    place = [*PLACE, "again"]
    least = pd.concat(others or [apart[:0]]).groupby(place).relative.min()
    moved = apart.set_index(place).relative.loc[lambda each: each.index.isin(least[least > GROWN].index)]
    apart_there = apart[apart.relative > GROWN].examples.unique()
    unmoved = (moved == 0).groupby("examples").mean()
    return bool((unmoved[unmoved.index.isin(apart_there)] > 0.5).any())


def times_of(apart: pd.DataFrame, others: list[pd.DataFrame], run: Work) -> float:
    """How many times what nudges make until then differences are, at most; infinite, of what no nudge has.

    When growth sets in is chance: the measurement that follows counts.
    """
    nudges, times = largest_of(pd.concat(others or [apart[:0]])), 0.0
    for metric, differences in largest_of(apart).items():
        if metric not in nudges:
            return np.inf
        until = nudges[metric].cummax()
        made = until.shift(-1).fillna(until).reindex(differences.index)
        allowed = np.maximum(made, bounds_at(run, made.index.to_numpy()))
        times = max(times, float(np.nan_to_num(differences / allowed, nan=np.inf).max(initial=0.0)))
    return times


State: TypeAlias = Literal["same", "older", "not recorded", "not told"]


def state(file: Path) -> State:
    """Whether a table's runs were computed by the code of today: "older" if that of one has changed since.

    A run is older, too, whose key had changed already when it was recorded (`plausible.study.rebuilt`). Cheap, as no
    data are made: their digests, and versions of libraries, are not compared. "not recorded" if the table does not say
    it of all its runs, "not told" if only executing a user's file, or another minor version of Python, could.
    """
    try:
        table = as_it_is(file, ["key", "seed"])
        specs = specs_of(file, table)
        machines = computed_with(file)
    except (BadInput, KeyError, ValueError):
        return "not recorded"
    here = ".".join(map(str, sys.version_info[:2]))
    pythons = {".".join(str(one.get("python", "")).split(".")[:2]) for one in machines}
    if any(spec.code == CHANGED for spec in specs.values()):
        return "older"
    if not specs:
        return "not recorded"
    each = {json.dumps([spec.run | {"seed": 0}, spec.code]): spec for spec in specs.values()}
    try:
        now = [key(made(spec.run), "-").code_digest == spec.code for spec in each.values()]
    except BadInput:
        return "not told"
    if all(now):
        return "same" if len(specs) == table.key.nunique() else "not recorded"
    return "older" if pythons == {here} else "not told"


def frame(cells: list[Cell]) -> pd.DataFrame:
    """The cells as a frame: a row each, with the columns of `Cell`."""
    return pd.DataFrame([vars(cell) for cell in cells], columns=[*Cell.__dataclass_fields__])
