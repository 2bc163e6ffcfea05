"""A site from small tables: what its pages show, and its files."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import pandas as pd

from plausible.errors import BadInput
from plausible.plotting.committed import to_draw
from plausible.registry import registry
from plausible.registry.catalogue import describe
from plausible.report.html import Cell, Grid, Head, asset, environment, number
from plausible.report.published import counted
from plausible.site import board, drawn, figures, grids, trade
from plausible.site.answer import answer
from plausible.site.folder import file_of
from plausible.site.links import Links
from plausible.site.rules import rule
from plausible.site.told import AUDIT, Told, audited, rule_of, told
from plausible.study.store.tables import tables

TEMPLATES = Path(__file__).with_name("templates")
LEADING = "accuracy"  # the study whose forest plot stands on the front page
DOWNLOADED = ("textbook", "stress")  # studies that are about their figures, which come in all kinds of files
BOARD = ("accuracy", "feedback", "settling")  # the studies in the leaderboard of the whole project
PAGES = (
    ("The answer", "index.html"),
    ("Leaderboard", "leaderboard.html"),
    ("Rules", "rules.html"),
    ("Studies", "studies.html"),
    ("Tasks", "tasks.html"),
    ("Reproduction", "reproduction.html"),
)


class Site:
    """A site in the making: what all of its pages share, and its files by name."""

    def __init__(self, every: Sequence[Told], whole: bool, written_by: str) -> None:
        self.every, self.written_by = every, written_by
        registered = {kind: [*registry.registered(kind)] if whole else [] for kind in ("rule", "task")}
        self.audited = audited(every)
        rules = [*registered["rule"], *self.audited.rule, *(name for each in every for name in each.rules)]
        tasks = [*registered["task"], *(name for each in every for name in each.tasks)]
        self.rules, self.tasks = sorted({*rules} - {""}), sorted({*tasks} - {""})
        self.links = Links({*self.rules}, {each.name for each in every}, {*self.tasks})
        self.below = self.links.below()
        self.beside = grids.beside_rows(every, self.links)
        compared = [each.name for each in every if len(each.beside)]
        self.leading = LEADING if LEADING in compared else next(iter(compared), "")
        self.first = (
            self.leading,
            AUDIT,
            trade.TABLE,
            *DOWNLOADED,
        )  # whose figures come in all kinds of files
        self.files: dict[str, bytes] = {name: asset(name).encode() for name in ("style.css", "script.js")}

    @cached_property
    def shown(self) -> dict[str, figures.Shown]:
        """The figures of studies, by name; their files become the site's once a page asks for one."""
        found = {each.name: figures.of(each, each.name in self.first) for each in self.every}
        for shown in found.values():
            self.files |= shown.content
        return found

    def page(self, template: str, file: str, title: str, **values: Any) -> None:
        """Make a page."""
        shared = {"alone": False, "up": "../" * file.count("/"), "here": file, "pages": PAGES, "title": title}
        shared |= {"written_by": self.written_by, "version": metadata.version("plausible")}
        text = environment(TEMPLATES).get_template(template).render(**shared, **values)
        self.files[file] = text.encode("utf-8", "backslashreplace")

    def data(self, name: str, frame: pd.DataFrame) -> str:
        """Keep a frame as CSV. Returns the name of its file."""
        file = f"data/{file_of(name)}.csv"
        self.files[file] = frame.to_csv(index=False).encode("utf-8", "backslashreplace")
        return file

    def board(
        self, rows: pd.DataFrame, caption: str, links: Links, name: str = "", studies: bool = True
    ) -> Grid:
        """Rows beside the reference as a table, with its CSV where it has a name."""
        data = self.data(name, rows[[*grids.COMPARED]]) if name else ""
        return grids.compared(rows, links, caption, data, studies)

    def all(self) -> None:
        """Make every page."""
        self.front()
        self.leaderboard()
        self.reproduction()
        self.lists()
        for name in self.rules:
            self.rule(name)
        for each in self.every:
            self.study(each)
        for name in self.tasks:
            self.task(name)

    def front(self) -> None:
        """The answer as it stands: the forest plot, and the matrix of rules and criticisms."""
        forest = matrix = None
        if self.leading:
            mine = (self.beside.study == self.leading) & (self.beside.rule != self.beside.reference)
            caption = f"{self.leading}: rules less the reference of their task"
            forest = self.board(self.beside[mine], caption, self.links, f"forest-{self.leading}", False)
        if len(self.audited):
            matrix = grids.matrix(self.audited, self.links, self.data("criticisms", self.audited))
        shown = {"forest": self.shown.get(self.leading), "matrix": self.shown.get(AUDIT)}
        traded = self.traded()
        question = next((each.question for each in self.every if each.name == self.leading), "")
        said = answer(self.beside[self.beside.study == self.leading], self.leaders, self.audited)
        self.page(
            "index.html", "index.html", "Biologically plausible learning beside backpropagation",
            answer=said, forest=forest, matrix=matrix, figures=shown,
            study=self.leading, question=question, href=self.links.study(self.leading), **traded,
        )  # fmt: skip

    def traded(self) -> dict[str, Any]:
        """Accuracy against cost and objections left: the table, its charts, and drawings of both."""
        found = trade.rows(self.every)
        if not trade.known(found):
            return {"trade": None, "charts": {}, "drawn": []}
        if script := trade.plotly():
            own = (TEMPLATES / "charts.js").read_text(encoding="utf-8").encode()
            self.files |= {trade.SCRIPT: script, "charts.js": own}
        from plausible.plotting.trade import by_cost

        cost = figures.drawn_here("accuracy-cost", trade.WORDS["cost"], by_cost(found), found)
        self.files |= cost.content
        table = trade.grid(found, self.audited, self.links, self.data("trade", found))
        shown = [cost, self.shown.get(trade.TABLE, figures.NONE)]
        return {"trade": table, "charts": trade.WORDS if script else {}, "drawn": shown}

    @property
    def leaders(self) -> pd.DataFrame:
        """The rows of the studies in `BOARD`, or of all that have a reference, if none of those is there."""
        mine = self.beside[self.beside.study.isin(BOARD)]
        return mine if len(mine) else self.beside

    def leaderboard(self) -> None:
        """Rules and tasks."""
        caption = f"rules and tasks of {', '.join(dict.fromkeys(self.leaders.study)) or 'no study'}"
        rows = board.with_compute(self.leaders, self.every)
        data = self.data("leaderboard", rows[[*grids.COMPARED, *board.MORE]])
        shown = board.leaderboard(board.ranked(rows), self.links, caption, data)
        self.page("leaderboard.html", "leaderboard.html", "Leaderboard", board=shown)

    def reproduction(self) -> None:
        """All published numbers beside ours."""
        frames = [each.published.assign(study=each.name) for each in self.every if len(each.published)]
        data = self.data("reproduction", pd.concat(frames)) if frames else ""
        rows = grids.reproduced(self.every, self.links, "published numbers and ours", data)
        numbers = counted(each.drop(columns="study") for each in frames)
        heads = [Head(str(name), number=name != "kind") for name in numbers]
        body = [
            [Cell(str(kind)), *(number(n, "d") for n in counts)]
            for kind, *counts in numbers.to_numpy().tolist()
        ]
        counts = Grid("numbers of each kind by verdict, and the independent runs behind them", heads, body)
        self.page("reproduction.html", "reproduction.html", "Reproduction", rows=rows, counts=counts)

    def lists(self) -> None:
        """The pages that list rules, studies and tasks."""
        links, removed = self.links, self.audited[self.audited.verdict == "removed"].groupby("rule").size()
        found = [
            [
                *(Cell(name, href=links.rule(name)), Cell(links.family(name)), Cell(rule(name).what)),
                *(number(removed.get(name, 0), "d"), number(len(self.naming(name)), "d")),
            ]
            for name in self.rules
        ]
        heads = [Head("rule"), Head("family", choose=True), Head("what")]
        heads += [Head("criticisms removed", number=True), Head("studies", number=True)]
        self.listing("rules", "Every rule, with its page.", heads, found)
        found = [
            [
                *(Cell(e.name, href=links.study(e.name)), Cell(e.question)),
                *(number(len(e.published), "d"), number(len(e.lost), "d")),
            ]
            for e in self.every
        ]
        heads = [
            Head("study"),
            Head("question"),
            Head("published numbers", number=True),
            Head("lost runs", number=True),
        ]
        self.listing("studies", "Every study that has a table.", heads, found)
        found = [
            [
                Cell(name, href=links.task(name)),
                Cell(described(name)["what"]),
                number(len(self.of_task(name)), "d"),
            ]
            for name in self.tasks
        ]
        heads = [Head("task"), Head("what"), Head("studies", number=True)]
        self.listing("tasks", "Every task, with its page.", heads, found)

    def listing(self, kind: str, words: str, heads: Sequence[Head], rows: Sequence[Sequence[Cell]]) -> None:
        """A page that lists things of a kind."""
        grid = Grid(f"{kind} in this report", heads, rows)
        self.page("list.html", f"{kind}.html", kind.capitalize(), words=words, rows=grid)

    def naming(self, name: str) -> list[Told]:
        """The studies whose tables name a rule."""
        return [each for each in self.every if name in each.rules and each.long]

    def of_task(self, name: str) -> list[Told]:
        """The studies that have runs of a task."""
        return [each for each in self.every if name in each.tasks]

    def linked(self, several: Iterable[Told]) -> list[tuple[str, str, str]]:
        """Studies as links with their questions, from a folder of the site."""
        return [(each.name, self.below.study(each.name), each.question) for each in several]

    def rule(self, name: str) -> None:
        """The page of a rule."""
        here, naming = self.beside[self.beside.rule.map(rule_of) == name], self.naming(name)
        gone = [each.lost[each.lost.rule.map(rule_of) == name].assign(study=each.name) for each in naming]
        failures = grids.lost(pd.concat(gone)) if gone else grids.lost(pd.DataFrame(columns=[*grids.LOST]))
        told_of, learning = rule(name), drawn.learning(name, self.every)
        self.files |= learning.content
        self.page(
            "rule.html", f"rules/{file_of(name)}.html", name, rule=told_of, family=self.links.family(name),
            equations=drawn.equations(told_of.equations), shown=learning,
            evidence=grids.evidence(self.audited[self.audited.rule == name]), failures=failures,
            board=self.board(here, f"{name} beside the reference of each task", self.below),
            studies=self.linked(naming),
        )  # fmt: skip

    def study(self, each: Told) -> None:
        """The page of a study."""
        name = file_of(each.name)
        compared = self.beside[self.beside.study == each.name]
        caption, data = "rules beside the reference of their task", f"beside-{name}" if len(compared) else ""
        numbers = self.data(f"measured-{name}", pd.DataFrame(each.measured)) if each.measured else ""
        published = self.data(f"published-{name}", each.published) if len(each.published) else ""
        self.page(
            "study.html", f"studies/{name}.html", each.name, told=each, shown=self.shown[each.name],
            board=self.board(compared, caption, self.below, data, False), lost=grids.lost(each.lost),
            measured=grids.measured(each, self.below, numbers), machines=grids.machines(each),
            published=grids.reproduced([each], self.below, "published numbers and ours", published),
            table_name=f"{each.name}.parquet", commands=commands(each),
            rules=[(rule, self.below.rule(rule)) for rule in each.rules],
            tasks=[(task, self.below.task(task)) for task in each.tasks],
            tuning=self.shown.get(f"{each.name}-tuning"), tuned=self.below.study(f"{each.name}-tuning"),
        )  # fmt: skip

    def task(self, name: str) -> None:
        """The page of a task."""
        here = self.beside[self.beside.plain_task == name]
        rows = self.board(here, f"rules on {name} beside the reference", self.below)
        studies, shown = self.linked(self.of_task(name)), drawn.of_task(name)
        self.files |= shown.content
        file = f"tasks/{file_of(name)}.html"
        self.page("task.html", file, name, task=described(name), board=rows, studies=studies, shown=shown)


def described(name: str) -> dict[str, Any]:
    """What is told of a task; of one that is not registered, its name alone. Nothing of a user's is executed."""
    nothing = {"name": name, "what": "", "about": "", "options": []}
    if name not in registry.registered("task"):
        return nothing
    try:
        made = registry.load("task", name)
    except BadInput:
        return nothing
    return nothing | describe("task", name, made) | {"about": inspect.getdoc(made) or ""}


def commands(each: Told) -> list[str]:
    """The commands that make a study's table, and its figure where it has one, and that compute runs of it anew."""
    scale = f" --scale {shlex.quote(each.scale)}" if each.scale else ""
    name, known = shlex.quote(each.given or each.name), tables().get(each.name)
    if each.study is None:
        made = [f"python -m studies.{each.name}"] if each.about and each.name.isidentifier() else []
    else:
        first = "tune" if each.scale == "tuned" else "run"
        made = [f"plausible {first} {name}{scale}", f"plausible export {name}{scale}"]
        made += [f"plausible reproduce {name}{scale}"] if each.study.published else []
    named = known is not None and known.resolve() == each.file.resolve()
    checked = f"plausible verify {shlex.quote(each.name if named else str(each.file))}"
    return [*filter(None, [*made, to_draw(each.file)]), checked]


def build(names: Iterable[str] | None, written_by: str) -> Mapping[str, bytes]:
    """The files of a site, by name: of studies by name, or of all tables that are there, with all registered rules.

    Nothing is trained, and nothing is written.

    Raises:
        BadInput: for a name that has no table, or a table that cannot be read.
    """
    site = Site(told(names), names is None, written_by)
    site.all()
    return site.files
