"""The commands of studies: run, status, report, reproduce, figure, figures."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from plausible.cli.options import (
    AsJson,
    Executor,
    Keep,
    Limit,
    Margin,
    Memory,
    Only,
    Retry,
    Scale,
    Study,
    Workers,
    checked,
    json_alone,
    keeping,
    share,
)
from plausible.errors import BadInput, require
from plausible.printing.table import Column, Table
from plausible.printing.terminal import emit, remark, say, show
from plausible.printing.words import count, stored_before
from plausible.writing import at_home

if TYPE_CHECKING:
    from plausible.report.remarks import Idle
    from plausible.study.campaign import Plan
    from plausible.study.store.store import Store
    from plausible.study.work import Work

Studies = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="STUDY ...",
        help="A name in studies/, or FILE.py, or FILE.py:NAME; with --html several names.",
    ),
]
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def run(
    study: Study,
    scale: Scale = "fast",
    workers: Workers = None,
    executor: Executor = "local",
    only: Only = "*",
    retry_failed: Retry = False,
    keep_weights: Keep = False,
    limit: Limit = None,
    memory: Memory = None,
) -> None:
    """Run what is missing of a study. Exit code 1 says that a run diverged, failed or timed out.

    A rule that ended no better than chance is named, with the likely reason and what to set. With --keep-weights, what
    a run learns lies beside its result, in results/runs/KEY/weights.npz, which `status --runs` and `why` name and
    `clean` removes with its run; a stored run without such a file is computed again for it.
    """
    from plausible.cli.progress import followed
    from plausible.report import remarks
    from plausible.study import campaign
    from plausible.study.store.store import Store
    from plausible.study.study import find

    workers = checked(workers, limit, memory, executor)
    store, definition = Store(), find(study)
    plan = campaign.plan(definition, scale, only)
    there, here = len(plan.stored(store)), json_alone(workers == 0)
    with here, keeping(store), followed("all", len(plan.keys), there) as lines:
        computed = campaign.carry_out(
            plan, store, lines, executor_name=executor, workers=workers, limit=limit,
            memory=None if memory is None else memory * 2**30, retry_lost=retry_failed,
            keep_weights=keep_weights,
        )  # fmt: skip
    say(f"{definition.name}, {scale}: {computed} computed, {stored_before(len(plan.keys) - computed)}")
    lost = report_lost(plan, store)
    table = plan.table(store)
    report_idle(remarks.of_study(table, done_of(plan, store)), table)
    if lost:
        raise typer.Exit(1)


def done_of(plan: Plan, store: Store) -> dict[str, Work]:
    """The stored runs of a plan that were done, by their keys."""
    return {plan.keys[run].name: run for run, there in plan.stored(store).items() if there.status == "done"}


def report_idle(idle: Mapping[tuple[str, str], Idle], table: Any) -> None:
    """Print which rules have learned nothing, why, and what to set; and on which tasks no rule could learn all."""
    from plausible.report.remarks import of_classes_in_study, told_of_study

    for line in (*told_of_study(idle), *of_classes_in_study(table)):
        remark(line)


def report_lost(plan: object, store: object) -> bool:
    """Print which runs were lost or skipped. Returns whether any was lost."""
    from plausible.study import campaign

    ended = campaign.outcomes(plan, store)  # type: ignore[arg-type]
    lost = [outcome for outcome in ended if outcome.status != "done"]
    unmeasured = [outcome for outcome in ended if outcome.status == "done" and outcome.reason]
    for outcome in [*lost, *unmeasured]:
        remark(f"{campaign.name(outcome.run)}: {outcome}")
    for cell in plan.skipped:  # type: ignore[attr-defined]
        remark(f"{campaign.name(cell)}: skipped: {cell.reason}")
    return bool(lost)


@app.command()
def status(
    study: Study,
    scale: Scale = "fast",
    only: Only = "*",
    each: Annotated[
        bool, typer.Option("--runs", help="Every run by name, with its key for `why`, and its weights.")
    ] = False,
) -> None:
    """How far a study is."""
    from plausible.study import campaign
    from plausible.study.store.store import Store
    from plausible.study.study import find

    store, definition = Store(), find(study)
    plan = campaign.plan(definition, scale, only)
    rows = campaign.frame(plan, plan.stored(store))
    counts = Counter(rows.status)
    columns = [Column("runs"), Column("status", words=True)]
    table = Table(f"{definition.name}, {scale}: {definition.question}", columns)
    for word in ("done", "diverged", "failed", "timed out", "missing", "skipped"):
        if counts[word]:
            table.add(str(counts[word]), word)
    show(table)
    if each:
        show(campaign.listed(rows))
    report_lost(plan, store)


@app.command()
def report(
    studies: Studies = None,
    scale: Scale = "fast",
    margin: Margin = 1.0,
    as_json: AsJson = False,
    as_latex: Annotated[
        bool, typer.Option("--latex", help="Print the tables as LaTeX, for a paper.")
    ] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print them as Markdown.")] = False,
    as_html: Annotated[
        bool,
        typer.Option("--html", help="A site from the small tables of studies, without training, in --out."),
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --html: all studies that have a table.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--out", help="With --html: a new folder, or one of an earlier site.")
    ] = None,
) -> None:
    """Every rule of a study beside backprop: paired differences with intervals, and what they can and cannot show.

    Where rules settle, also in how many steps, and whether they came to rest. Of a study without a reference: what was
    measured at the end of its runs. A rule that ended no better than chance is named, with the likely reason and what
    to set. With --html, the committed tables of one or more studies, or of --all, become a site in the folder --out,
    which needs no server and asks for nothing outside itself; without it, what is stored of one study is printed. As
    LaTeX or Markdown a study of which nothing is stored is told by its committed table.
    """
    named = studies or []
    kinds = {"--json": as_json, "--latex": as_latex, "--markdown": as_markdown, "--html": as_html}
    given = [kind for kind, asked in kinds.items() if asked]
    if len(given) > 1:
        raise BadInput(f"{' and '.join(given)} are given: expected one of them")
    if as_html:
        site(named, everything, folder)
    else:
        other = "--all" if everything else "--out" if folder is not None else ""
        if other:
            raise BadInput(f"{other} without --html is given: expected both, or neither")
        if not named:
            raise BadInput(
                "Missing argument 'STUDY': expected the name of a study, as plausible list studies has them"
            )
        if len(named) > 1:
            raise BadInput(
                f"the studies are {' '.join(named)!r}: expected one, or several with --html --out DIR"
            )
        report_one(named[0], scale, margin, *given)


def site(named: list[str], everything: bool, folder: Path | None) -> None:
    """Write a site of studies that have a table."""
    from plausible.site.build import build
    from plausible.site.folder import checked, write

    require(
        bool(named) != everything,
        "what the site tells of",
        " ".join(named) or "nothing",
        "STUDY ... or --all",
    )
    if folder is None:
        raise BadInput(
            "there is no folder for the site: expected --out DIR, a new one or that of an earlier site"
        )
    folder = at_home("--out", folder)
    checked(folder)
    told = " ".join(["plausible report", *(map(shlex.quote, named) if named else ["--all"]), "--html"])
    files = build(None if everything else named, told)
    write(folder, files)
    say(str(folder / "index.html"))
    remark(f"{count(sum(name.endswith('.html') for name in files), 'page')}, {count(len(files), 'file')}")


def has_runs(definition: Any, scale: str, store: Any) -> bool:
    """Whether any run of a study is stored; none is of a study whose data are not there."""
    from plausible.study import campaign

    try:
        return bool(campaign.plan(definition, scale).stored(store))
    except BadInput:
        if scale not in definition.scales:
            raise
        return False


def report_one(study: str, scale: str, margin: float, kind: str = "") -> None:
    """Print the report of what is stored of a study, as --json, --latex, --markdown or as tables.

    Where nothing is stored, LaTeX and Markdown are those of the study's committed table, if there is one.
    """
    from plausible.plotting import committed as figures
    from plausible.printing import latex, markdown
    from plausible.report.of_study import reported
    from plausible.site.printed import printed
    from plausible.site.told import table_of
    from plausible.study.store.store import Store
    from plausible.study.study import find

    pages = {"--latex": latex.page, "--markdown": markdown.page}
    with json_alone(bool(kind)):
        store, definition = Store(), find(study)
        there = kind in pages and table_of(definition.name, study) is not None
        committed = there and not has_runs(definition, scale, store)
        shown = printed(study) if committed else []
        plan, told = (None, None) if committed else reported(definition, scale, store, study, share(margin))
    if plan is None or told is None:
        emit(pages[kind](shown))
        remark("no run is stored: this is the committed table")
        return
    if kind == "--json":
        emit(json.dumps(told.rows, indent=2))
    elif kind:
        emit(pages[kind](told.tables))
    else:
        show(*told.tables)
        for line in told.notes:
            remark(line)
    report_lost(plan, store)
    for line in told.remarks:
        remark(line)
    if not kind and definition.name in figures.drawable():
        remark(f"figure: plausible figure {definition.name} --format svg,pdf,csv")


@app.command()
def reproduce(
    study: Study,
    scale: Scale = "fast",
    workers: Workers = None,
) -> None:
    """Run what is missing of a study, and hold its numbers against the published ones.

    Each has a verdict: agrees, if our 95 % interval lies in the stated band; differs, if they are apart; else
    undecided; toy, if the setting is not the paper's. Exit code 1 says that one differs, or that none was run.
    """
    from plausible.report.published import frame, shown, told
    from plausible.study import campaign
    from plausible.study.store.store import Store
    from plausible.study.study import find

    definition = find(study)
    if not definition.published:
        raise BadInput(
            f"study {definition.name!r} is held against nothing published: plausible report {study}"
        )
    with suppress(typer.Exit):  # something was lost: the table below says so too
        run(study, scale, workers)
    compared = frame(definition, campaign.plan(definition, scale).table(Store()))
    show(*shown(compared))
    remark(told(compared))
    left = int((compared.verdict == "not run").sum())
    others = [f"--scale {each}" for each in definition.scales if each not in (scale, "smoke")]
    if left and others:
        may = f"{' or '.join(others)} may, and docs/gallery.md has what came of them"
        remark(f"{count(left, 'number')} not run at scale {scale!r}: {may}")
    if (compared.verdict == "differs").any() or not compared.n.any():
        raise typer.Exit(1)


Formats = Annotated[str, typer.Option("--format", help="png, svg, pdf or csv, with commas in between.")]


@app.command()
def figure(
    name: Annotated[
        str,
        typer.Argument(
            help="A file in figures/ whose table is in studies/tables/; or the path of a table, or of such a file."
        ),
    ],
    formats: Formats = "png",
    folder: Annotated[
        Path | None,
        typer.Option("--out", help="Where it goes; PNGs to figures/, others to figures/drawn/ if not given."),
    ] = None,
    width: Annotated[str, typer.Option(help="column or page, of a journal with two columns.")] = "column",
    style: Annotated[str, typer.Option(help="light or dark.")] = "light",
) -> None:
    """Draw one figure from its committed table, for print or for a dark page.

    Fonts of PDFs are TrueType; the same table makes the same SVG, byte for byte. As wide as a page, or dark, a figure
    says so in its file's name, as in NAME-page-dark.pdf.
    """
    from plausible.plotting import committed as figures
    from plausible.registry import specs
    from plausible.report.comparison import writable
    from plausible.report.verified import anew
    from plausible.study.verified import state

    kinds = specs.split(formats, "--format")
    if folder is not None:
        folder = at_home("--out", folder)
        writable(folder)
    for file in figures.draw(str(at_home("figure", name)), kinds, folder, width, style):
        say(str(file))
    _, table = figures.drawing(str(at_home("figure", name)))
    if state(table) == "older":
        since = anew(table) or "no run of it is noted to have been computed anew"
        remark(f"its table is older than its code; {since}: plausible verify {shlex.quote(name)}")


@app.command("figures")
def figures_(formats: Formats = "png") -> None:
    """Draw all figures from the committed tables."""
    from plausible.plotting import committed as figures
    from plausible.registry import specs

    kinds, names = specs.split(formats, "--format"), figures.drawable()
    if not names:
        raise BadInput("no figure has a table here: expected some in studies/tables; plausible export STUDY")
    for name in names:
        for file in figures.draw(name, kinds):
            say(str(file))
