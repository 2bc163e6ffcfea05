"""Studies as data: a question, the runs that answer it at each scale, and the published numbers to compare with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import NamedTuple, TypeAlias

from plausible.core import Optimiser, randomness
from plausible.errors import BadInput, require, require_name, require_whole, unknown
from plausible.networks.network import Network
from plausible.probes.probe import Probe, check_probes
from plausible.registry import files as own_files
from plausible.registry import registry, specs
from plausible.registry.users import guarded
from plausible.search import Range
from plausible.study.published import Ours as Ours
from plausible.study.published import Published as Published
from plausible.study.refusals import check_fit, check_inputs
from plausible.study.run import Run
from plausible.study.work import Work
from plausible.tasks.task import Task
from plausible.train import begin

MOST_SEEDS = 10_000  # the most seeds of a rule


class Skipped(NamedTuple):
    """A combination that cannot be run, with the reason; a row in every table."""

    run: Work
    reason: str


Cell: TypeAlias = Work | Skipped


@dataclass(frozen=True)
class Study:
    """A question, and what is run to answer it.

    Args:
        name: as the file in studies/ and the figure in figures/.
        question: one sentence.
        scales: "smoke" (seconds), "fast" (minutes on two cores) and "paper" (the published setting), and where the
            way between them is long, "long" (an hour), and "tuned" (what `plausible tune` is for); each a function that
            returns the cells.
        published: what the study is held against.
        metrics: the metrics in its committed table; all that were measured, if none is named.
        probes: probes of each of its runs, beside those that the runs name themselves.
        answers: whether what its runs answered to the test split is exported beside its table.
        search: what `plausible tune` searches otherwise than rules and optimisers declare: by rule as the runs name it,
            or "*" for all, settings such as "optimiser.rate" and "rule.feedback" with their ranges, or None where a
            setting is not searched.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.study.study import Study, cells
    >>> def smoke():
    ...     return cells(["digits"], ["backprop", "fa"], [MLP((4,))], SGD(0.5), 10, 32, seeds=2)
    >>> study = Study("narrow", "Can four units align?", {"smoke": smoke})
    >>> len(study.cells("smoke"))
    4
    """

    name: str
    question: str
    scales: Mapping[str, Callable[[], Sequence[Cell]]]
    published: tuple[Published, ...] = ()
    metrics: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    search: Mapping[str, Mapping[str, Range | None]] = field(default_factory=dict)
    answers: bool = False

    def __post_init__(self) -> None:
        require_name("the name of a study", self.name)
        scales = self.scales if isinstance(self.scales, Mapping) else {}
        good = len(scales) > 0 and all(map(callable, scales.values()))
        good = good and all(isinstance(scale, str) and scale.isprintable() and scale for scale in scales)
        require(
            good, "scales", self.scales, "a mapping of names such as smoke to functions that return cells"
        )
        require(isinstance(self.question, str), "question", self.question, "one sentence")
        for name, kind in (("published", Published), ("metrics", str)):
            values = getattr(self, name)
            good = isinstance(values, tuple) and all(isinstance(value, kind) for value in values)
            require(good, name, values, f"a tuple of {kind.__name__}")
        check_probes(self.probes)
        require(isinstance(self.answers, bool), "answers", self.answers, "True or False")
        check_search(self.search)

    def cells(self, scale: str) -> list[Cell]:
        """The cells of a scale, each once. Raises `BadInput` if there is no such scale."""
        if scale not in self.scales:
            raise unknown("scale", scale, self.scales, f" of study {self.name!r}")
        where = f"scale {scale!r} of study {self.name!r}"
        make = self.scales[scale]
        if inspect.iscoroutinefunction(make) or inspect.isasyncgenfunction(make):
            raise BadInput(f"{where} is a coroutine: expected def instead of async def")
        with guarded(lambda reason, _: f"{where} cannot be made: {reason}"):
            made = list(make())
        for cell in made:
            good = isinstance(cell, Work | Skipped)
            require(good, f"a cell of {where}", type(cell).__name__, "Run, Experiment or Skipped")
            if isinstance(cell, Skipped):
                good = isinstance(cell.run, Work) and isinstance(cell.reason, str)
                require(good, f"a cell of {where}", cell, "Skipped(run, reason), a run and words")
        require(len(made) > 0, where, "empty", "a function that returns cells")
        probed = (c if isinstance(c, Skipped) else c.probed(self.probes) for c in made)
        return list(dict.fromkeys(probed))


def check_search(given: object) -> None:
    """Raise `BadInput` unless `given` has ranges, or None, by rule and setting."""
    by_rule = [*given.values()] if isinstance(given, Mapping) else [None]
    good = all(isinstance(ranges, Mapping) for ranges in by_rule) and all(
        isinstance(name, str) and isinstance(range, Range | None)
        for ranges in by_rule
        if isinstance(ranges, Mapping)
        for name, range in ranges.items()
    )
    require(good, "search", given, 'by rule, a mapping such as {"optimiser.rate": Range(1e-3, 1.0)}')


def cells(
    tasks: Sequence[str],
    rules: Sequence[str],
    networks: Sequence[Network],
    optimisers: Mapping[str, Optimiser] | Optimiser,
    epochs: int,
    batch_size: int,
    seeds: int,
    window: int | None = None,
) -> list[Cell]:
    """Every combination; one that a rule cannot serve becomes a `Skipped` with the reason.

    `optimisers` is one for all, or one per rule, by the name that stands in `rules`; `fa@adam` there gives a rule its
    own, and a rule that is not among them has the one that it names itself. `window` is that of `Run`. Raises
    `BadInput` for a name that stands for nothing.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.sgd import SGD
    >>> from plausible.study.study import cells
    >>> runs = cells(["digits"], ["backprop", "fa"], [MLP((4,)), MLP((8,))], SGD(0.5), 10, 32, seeds=3)
    >>> len(runs), runs[0].rule, runs[0].network.hidden, runs[2].seed
    (12, 'backprop', (4,), 2)
    """
    require_whole("the number of seeds", seeds, 1, MOST_SEEDS, "one or more")
    pairs = {text: specs.with_optimiser(text) for text in rules}
    for rule, _ in pairs.values():
        registry.load("rule", specs.parse(rule).name)  # an unknown name is an error
    chosen = {text: optimiser_for(text, optimisers) for text in rules}
    combinations: list[Cell] = []
    for name in tasks:
        task = registry.task(name, randomness(0).data)
        for network, text in product(networks, rules):
            run = Run(name, pairs[text][0], network, chosen[text], epochs, batch_size, window=window)
            reason = refusal(run, task)
            runs = [replace(run, seed=seed) for seed in range(seeds)]
            combinations += [Skipped(run, reason) for run in runs[:1]] if reason else runs
    return combinations


def optimiser_for(text: str, optimisers: Mapping[str, Optimiser] | Optimiser) -> Optimiser:
    """The optimiser of a rule: the one behind its `@`, the one that is given, or the one that the rule names itself.

    Raises:
        BadInput: if there is none, or a name stands for nothing.
    """
    rule, named = specs.with_optimiser(text)
    if named is None and not isinstance(optimisers, Mapping):
        return optimisers
    if named is None and isinstance(optimisers, Mapping) and text in optimisers:
        return optimisers[text]
    own = registry.own_optimiser(rule) if named is None else named
    given = ", ".join(optimisers) if isinstance(optimisers, Mapping) else ""
    require(own is not None, "a rule without an optimiser", text, f"one of {given}")
    return registry.optimiser(own or "")


def refusal(run: Run, task: Task) -> str:
    """Why a rule cannot serve a task on a network, or an optimiser its batches; nothing if they can."""
    try:
        check_fit(run, task)
        rule = registry.rule(run.rule, run.network)
        check_inputs(rule, task)
        begin(rule, run.optimiser, task.n_in, task.n_out, randomness(run.seed).weights)
    except BadInput as error:
        return str(error)
    return ""


def find(name: str) -> Study:
    """The study called `name`: of the project, of the folder studies/ below this one, of a package, or FILE.py:NAME.

    Raises:
        BadInput: if there is no such study, or its file cannot be imported.
    """
    if ".py" in name:
        file, _, attribute = name.rpartition(":") if ":" in name else (name, "", "study")
        study = own_files.from_file(file, attribute)
    else:
        file = next((str(path) for path in candidates() if path.stem == name), "")
        if not (file or name in installed()):
            known = [*(path.stem for path in candidates()), *installed()]
            raise unknown("study", name, known, shown="plausible list studies")
        place = own_files.found_by_name(Path(file)) if file else ""
        study = own_files.from_file(place, "study") if file else registry.load("study", name)
    if not isinstance(study, Study):
        raise BadInput(
            f"{name!r} holds {type(study).__name__}: expected a plausible.study.study.Study called `study`"
        )
    return study


def installed() -> list[str]:
    """The names of the studies that packages have registered, without those that a file of `candidates` has."""
    files = {file.stem for file in candidates()}
    return [name for name in registry.registered("study") if name not in files]


def candidates() -> list[Path]:
    """The files of studies, one for a name: in the project that the package was installed from, and in ./studies."""
    folders = dict.fromkeys([Path(__file__).parents[2] / "studies", Path("studies").resolve()])
    files = [file for folder in folders for file in sorted(folder.glob("*.py")) if file.is_file()]
    by_name: dict[str, Path] = {}
    for file in files:
        if "\nstudy = " in file.read_text(encoding="utf-8", errors="replace"):
            by_name.setdefault(file.stem, file)
    return list(by_name.values())
