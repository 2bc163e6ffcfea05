"""The outputs of a comparison: a table on the terminal, metrics.parquet, and the figure."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from plausible.errors import BadInput, first_line
from plausible.networks.network import Network, called
from plausible.printing.table import Column, Table
from plausible.printing.words import NOTHING, count, interval, number, without_home
from plausible.registry import registry, specs
from plausible.report import answers, beside, costs, paired, rest
from plausible.report import settling as settled
from plausible.report.answers import Answered
from plausible.report.long import frame, within
from plausible.report.remarks import remarks
from plausible.report.summary import (
    AS_CHANCE,
    BALANCED,
    LOST,
    hidden_layers,
    own_costs,
    reasons,
    summary,
    unmeasured,
)
from plausible.study.compare import Comparison, Result
from plausible.study.folders import SPEC, spec, together
from plausible.study.statistics import MARGIN, Interval
from plausible.study.workers.machine import machines
from plausible.writing import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def tables(result: Result, comparison: Comparison, margin: float = MARGIN) -> list[Table]:
    """The printed tables: the summary, what learning cost, how rules settled, and each rule beside backprop.

    `margin` is that of equivalence, a share of 1 of accuracies.
    """
    rows: Any = summary(result).to_dict("records")
    cost = costs.table(rows)
    apart = settled.table(rows) if rest.settles(result.metrics) else None
    tested = against_table(result, margin)
    return [table for table in (summary_table(result, comparison), cost, apart, tested) if table is not None]


def summary_table(result: Result, comparison: Comparison) -> Table:
    """How well every rule learned, and what that took. What a rule counts itself, such as spikes, has a column too.

    A rule that lost runs has a second row, in which these count as chance, where that was measured.
    """
    own = own_costs(result.metrics)
    percent = bool((result.metrics.metric == "accuracy").any())
    uneven = bool((result.metrics.metric == BALANCED).any())
    score = "accuracy %" if percent else "normalised error"
    unit = (".2f", 100) if percent else (".3g", 1)
    heads = (
        "lost",
        *(f"validation {score}", f"test {score}"),
        *((f"test {BALANCED} %",) if uneven else ()),
        "angle to gradient °",
        *("examples /s", "multiply-adds /example"),
        *(f"{name} /example" for name in own),
    )
    table = Table(title(comparison, result), [Column("rule", words=True), *map(Column, heads)])
    rows: Any = summary(result).to_dict("records")
    for row in rows:
        gone = row["runs"] - row["done"]
        table.add(
            row["rule"],
            str(gone),
            told(row["validation"], *unit),
            told(row["test"], *unit),
            *((told(row[BALANCED], *unit),) if uneven else ()),
            told(row["gradient angle"], ".1f"),
            *(number(row[name].estimate, ",.0f") for name in ("examples per second", "multiply-adds", *own)),
            note=", ".join(f"{row[status]} of {row['runs']} {status}" for status in LOST if row[status]),
        )
        if gone and row[AS_CHANCE].n:
            dashes = [NOTHING] * (len(heads) - 3)
            table.add(
                f"{row['rule']}, lost as chance", str(gone), NOTHING, told(row[AS_CHANCE], *unit), *dashes
            )
    return table


def against(result: Result, margin: float = MARGIN) -> pd.DataFrame:
    """Every rule beside backprop, paired by seed; beside that in its own network, where networks differ.

    The columns of `paired.beside_reference`, and limits over seeds and examples (`plausible.report.answers.beside`).
    """
    given = as_a_table(result)
    rows = paired.beside_reference(**given, margin=margin)
    return answers.beside(rows, answered(result, given["table"])) if len(rows) else rows


def answered(result: Result, table: pd.DataFrame) -> Iterator[Answered]:
    """What every run answered to the test split, named as in the table of `as_a_table`."""
    varied, networks = paired.varying(table), within(result)
    for outcome, label in zip(result.outcomes, result.labels, strict=True):
        task, rule = paired.named_task(outcome.run, varied), label.removesuffix(networks[label])
        yield Answered(task, rule, outcome.run, answers.of_outcome(outcome))


def seed_by_seed(result: Result) -> pd.DataFrame:
    """The pairs that `against` rests on, a row for each rule and seed; see `plausible.report.paired`."""
    return paired.seed_by_seed(**as_a_table(result))


def as_a_table(result: Result) -> dict[str, Any]:
    """The arguments of `paired.beside_reference` and `paired.seed_by_seed` of a comparison."""
    pairs = zip(result.outcomes, result.labels, strict=True)
    lost = [(outcome.run, label) for outcome, label in pairs if outcome.status != "done"]
    networks = within(result)
    plain = {label: label.removesuffix(apart) for label, apart in networks.items()}
    called = ((plain[label], o.run) for o, label in zip(result.outcomes, result.labels, strict=True))
    table = result.metrics
    if any(networks.values()):  # each rule is held against the reference in its own network
        table = frame(result).assign(rule=table.rule.map(plain))
    return {
        "table": table,
        "lost": [run for run, _ in lost],
        "labels": [plain[label] for _, label in lost],
        "own": paired.own_references(called),
    }


def against_table(result: Result, margin: float = MARGIN) -> Table | None:
    """The rows of `against` as a table that is printed; None where backprop was not run, or was the only rule."""
    rows = against(result, margin)
    if not len(rows) or rows.rule.nunique() < 2:
        return None
    return beside.shown(rows, seed_by_seed(result), "test, paired by seed", whole=False)


def title(comparison: Comparison, result: Result) -> str:
    """What was compared, in one line."""
    run = result.outcomes[0].run
    what = run.network.settings().get("hidden", "")
    units = f"{what.replace('none', 'no')} hidden units" if what else called(run.network)
    units = count(len({*networks}), "network") if any(networks := [*within(result).values()]) else units
    task = registry.heading(comparison.task) if specs.task_file(comparison.task) else comparison.task
    return f"{task}, {units}, {count(run.epochs, 'epoch')}, {count(comparison.seeds, 'seed')}"


def told(mean: Interval, form: str, factor: float = 1) -> str:
    """A mean with its 95 % interval, in a unit that is `factor` times smaller."""
    return interval(factor * mean.estimate, factor * mean.low, factor * mean.high, form)


def as_json(result: Result, comparison: Comparison, margin: float = MARGIN) -> dict[str, Any]:
    """The summary as JSON: an estimate is mean, low, high and n, an unknown number null. Paths begin with ~.

    `margin` is that of equivalence, a share of 1 of accuracies.
    """
    run = result.outcomes[0].run

    def plain(value: Any) -> Any:
        if isinstance(value, Interval):
            return {name: plain(part) for name, part in value.named().items()}
        if isinstance(value, float | np.floating):
            return float(value) if np.isfinite(value) else None
        return int(value) if isinstance(value, np.integer) else value

    rows = [{name: plain(cell) for name, cell in row.items()} for row in summary(result).to_dict("records")]
    runs = dict(zip(result.labels, (outcome.run for outcome in result.outcomes), strict=True))
    apart = any(within(result).values())
    for row in rows:
        row |= {"spec": runs[row["rule"]].rule, "optimiser": repr(runs[row["rule"]].optimiser)}
        row |= {"network": of_network(runs[row["rule"]].network)} if apart else {}
    shared = {row["optimiser"] for row in rows}
    settings = {} if apart else run.network.settings()
    described = {
        "task": comparison.task,
        "seeds": comparison.seeds,
        "network": None if apart else of_network(run.network),  # where rules have their own: in their rows
        **{name: settings.get(name) for name in ("activation", "init", "output")},
        "hidden": None if apart else list(getattr(run.network, "hidden", ())),
        "optimiser": repr(run.optimiser) if len(shared) == 1 else None,  # likewise
        "epochs": run.epochs,
        "batch": run.batch_size,
        "rules": rows,
        "against backprop": paired.plain(against(result, margin)),
        "seed by seed": paired.plain(seed_by_seed(result)),
        "lost": reasons(result),
        "unmeasured": unmeasured(result),
        "weights": kept(result),
        "runs": keyed(result),
        "machines": machines(outcome.machine for outcome in result.outcomes if outcome.machine),
        "remarks": remarks(completed(result)),
    }
    homeless: dict[str, Any] = json.loads(without_home(json.dumps(described)))
    return homeless


def of_network(network: Network) -> dict[str, str]:
    """What is said of a network in JSON."""
    return {"kind": type(network).__name__, **network.settings()}


def keyed(result: Result) -> list[dict[str, Any]]:
    """The key of every run, with its rule and seed; by it the run is told from that of other code."""
    keys = result.keys or [""] * len(result.outcomes)
    runs = zip(result.labels, result.outcomes, keys, strict=True)
    return [{"rule": label, "seed": outcome.run.seed, "key": key} for label, outcome, key in runs]


def kept(result: Result) -> list[dict[str, Any]]:
    """The files of weights that were kept, each with its rule and seed; `plausible.load` reads them."""
    pairs = zip(result.labels, result.outcomes, strict=True)
    return [
        {"rule": label, "seed": outcome.run.seed, "file": str(outcome.weights.resolve())}
        for label, outcome in pairs
        if outcome.weights is not None
    ]


def writable(folder: Path, option: str = "--out") -> None:
    """Make `folder`, which `option` names, and make sure that files can be written there. Raises `BadInput`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"output folder {str(folder)!r} cannot be written ({reason}): choose another with {option}"
        ) from error


def write(result: Result, comparison: Comparison, folder: Path, margin: float = MARGIN) -> list[Path]:
    """Write what was compared, the measurements and their summary, in the place of an earlier comparison's files.

    `margin` is that of equivalence.

    Raises:
        OSError: if a file cannot be written; the files in the folder then still belong to one comparison.
    """
    with together(folder, spec(comparison)) as new:
        result.metrics.to_parquet(new / "metrics.parquet", index=False)
        text = json.dumps(as_json(result, comparison, margin), indent=2) + "\n"
        (new / "summary.json").write_text(text, encoding="utf-8")
    return [folder / name for name in (SPEC, "metrics.parquet", "summary.json")]


def draw(result: Result, comparison: Comparison, folder: Path) -> tuple[list[Path], str]:
    """Draw the runs that were done. Returns the files, and in one line why some are missing, "" if none are.

    The figure comes last, and no error in drawing it costs any of the other files.
    """
    files: list[Path] = []
    if not len(completed(result)):
        return files, ""
    try:
        from plausible.plotting.saving import save  # matplotlib may refuse its settings on import

        drawn = figure(result, comparison)
        for ending in ("png", "svg"):
            with whole(folder / f"compare.{ending}") as name:
                save(drawn, name, ending)
            files.append(folder / f"compare.{ending}")
    except Exception as error:
        return files, f"{type(error).__name__}: {first_line(error)}"
    return files, ""


def figure(result: Result, comparison: Comparison) -> Figure:
    """The figure of the runs that were done: learning curves, and angles of hidden layers to the gradient."""
    from plausible.plotting.comparison import draw

    done = completed(result)
    inside = {label: hidden_layers(o.run) for label, o in zip(result.labels, result.outcomes, strict=True)}
    hidden = [layer in inside[rule] for rule, layer in zip(done.rule, done.layer, strict=True)]
    shown = done[(done.metric != "gradient angle") | np.array(hidden, bool)]
    return draw(shown, title(comparison, result), {layer for layers in inside.values() for layer in layers})


def completed(result: Result) -> Any:
    """The measurements of the runs that were done."""
    pairs = zip(result.outcomes, result.labels, strict=True)
    done = {(label, o.run.seed) for o, label in pairs if o.status == "done"}
    was_done = [
        (rule, seed) in done for rule, seed in zip(result.metrics.rule, result.metrics.seed, strict=True)
    ]
    return result.metrics[np.array(was_done, bool)]  # an empty list would choose columns, not rows
