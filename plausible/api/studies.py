"""Studies in notebooks and scripts: each command of a study as a method that gives what it prints, as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from plausible.api.progress import Follow, heard
from plausible.api.results import Unnamed, there
from plausible.errors import BadInput, require_flag
from plausible.printing import html
from plausible.printing.table import as_text, in_lines
from plausible.report import listing, needed, of_study, published, tuning
from plausible.study import campaign, tune
from plausible.study import trials as trials_tables
from plausible.study.engine import Silent
from plausible.study.statistics import MARGIN
from plausible.study.store.store import Store
from plausible.study.study import Study, candidates, find, installed
from plausible.study.tuning.design import Design
from plausible.study.work import Work

StoreLike = str | Path | Store | None
NONE_HERE = (
    "no studies here: a folder studies/ below this one, or a package that brings some, has their files"
)


def listed(what: str) -> pd.DataFrame:
    """What `plausible list` shows, a row for whatever has a name.

    Args:
        what: rules, tasks, networks, optimisers, schedules, activations, outputs, inits, relaxations, criteria, probes,
            experiments, studies or figures.

    Returns:
        The columns that the command prints, such as name, source and options; a cell of several texts is a list.

    Raises:
        BadInput: for another word.

    >>> import plausible as pl
    >>> pl.listed("optimisers").name[:2].tolist()
    ['adam', 'bold-driver']
    """
    return listing.frame(what)


def store_of(given: StoreLike) -> Store:
    """The store that a folder is, made if it is not there; without one, that of the commands."""
    return given if isinstance(given, Store) else Store(given)


@contextmanager
def listening(progress: Follow, total: int, there: Iterable[Work] = ()) -> Iterator[Silent]:
    """A listener to `total` runs, those that are `there` already among them, which tells how far they are."""
    with heard(progress, total, "run") as tell:
        yield Silent(lambda done: tell(done / max(total, 1)), dict.fromkeys(there, 1.0))


@dataclass(frozen=True, repr=False)
class Studied:
    """A study: its methods are the commands of a study, and give what these print as frames.

    In all of them, `scale` is "smoke" (seconds), "fast" (minutes), "long" of some studies, or "paper" (as published);
    `only` a pattern for names of runs, such as "backprop@*"; `store` the folder of results, which is
    `PLAUSIBLE_RESULTS` or ./results if it is not given.
    """

    study: Study
    given: str  # its name, as in `pl.studies`

    @property
    def name(self) -> str:
        """The name of the study."""
        return self.study.name

    @property
    def question(self) -> str:
        """What the study asks, in one sentence."""
        return self.study.question

    @property
    def scales(self) -> list[str]:
        """The scales at which it can be run."""
        return [*self.study.scales]

    def run(
        self,
        scale: str = "fast",
        only: str = "*",
        *,
        workers: int = 1,
        limit: float | None = None,
        retry_failed: bool = False,
        keep_weights: bool = False,
        store: StoreLike = None,
        progress: Follow = None,
    ) -> pd.DataFrame:
        """Run what is missing, and say how every run ended; see `status`, and `compare` for the arguments.

        Raises:
            BadInput: for a scale that there is not, a pattern that nothing matches, and runs that cannot be made.
            OSError: if the store is full.
        """
        require_flag("retry_failed", retry_failed)
        require_flag("keep_weights", keep_weights)
        kept, plan = store_of(store), campaign.plan(self.study, scale, only)
        lost, weights = retry_failed, keep_weights
        with listening(progress, len(plan.keys), plan.stored(kept)) as ear:
            campaign.carry_out(
                plan, kept, ear, workers=workers, limit=limit, retry_lost=lost, keep_weights=weights
            )
        return campaign.frame(plan, plan.stored(kept))

    def status(self, scale: str = "fast", only: str = "*", *, store: StoreLike = None) -> pd.DataFrame:
        """How far the study is: a row for every run.

        Columns: run, as rule@task/seed; the settings that vary; key, for `why`; status, "missing" or "skipped" too;
        weights, their file; reason, why it was lost or skipped. `status().status.value_counts()` counts them.
        """
        plan = campaign.plan(self.study, scale, only)
        return campaign.frame(plan, plan.stored(store_of(store)))

    def report(self, scale: str = "fast", *, margin: float = MARGIN, store: StoreLike = None) -> pd.DataFrame:
        """Every rule beside backprop, paired by seed; without a reference, what was measured at the end of the runs.

        Columns are those of the command's JSON: `plausible.report.comparisons.Terms.row` or
        `plausible.report.measured`, how rules settle, and remark on a rule that has learned nothing. Raises `BadInput`
        if no run was done. `margin` is that of equivalence, a share of 1 of accuracies.
        """
        told = of_study.reported(self.study, scale, there(store), self.given, margin)
        return of_study.frame(told.report)

    def published(self, scale: str = "fast", *, store: StoreLike = None) -> pd.DataFrame:
        """Published numbers beside ours, as `plausible reproduce` prints them once the study was run.

        Columns: `plausible.report.published.frame`. Raises `BadInput` if the study is held against nothing.
        """
        if not self.study.published:
            raise BadInput(
                f"study {self.name!r} is held against nothing published: expected another; see report()"
            )
        return published.frame(self.study, campaign.plan(self.study, scale).table(store_of(store)))

    def seeds(
        self, difference: float = 1.0, power: float = 0.8, scale: str = "fast", *, store: StoreLike = None
    ) -> pd.DataFrame:
        """How many seeds see a difference from backprop, in points of accuracy, with a probability; by a paired t test.

        Columns: task, rule, pairs; spread, the standard deviation of the paired differences; half, half the width of
        their 95 % interval; seeds, NA if too few pairs tell, or if more than 10,000 do not. Of the committed table
        where the store has no run. Raises `BadInput` as `plausible.report.needed.needed` does.
        """
        return needed.needed(self.study, difference, power, scale, store_of(store)).rows

    def tune(
        self,
        trials: int = 20,
        scale: str = "fast",
        only: str = "*",
        *,
        epochs: int | None = None,
        share: float | None = None,
        design: Design | None = None,
        workers: int = 1,
        limit: float | None = None,
        store: StoreLike = None,
        progress: Follow = None,
    ) -> pd.DataFrame:
        """Tune every rule on validation, in a search and finals of as many trials; run the winners on fresh seeds.

        Its tables are written into the store, from which `compare(..., tuned=NAME)` takes the settings that won.

        Args:
            trials: of every rule.
            scale: of the runs that are tuned.
            only: see the class.
            epochs: of a trial; as many as the study's runs if not given.
            share: of the epochs of those runs, in the place of `epochs`.
            design: of the two stages, as the command's options (`plausible.study.tuning.design.Design`).
            workers: processes; 0 for this one.
            limit: seconds that a run may take.
            store: see the class; every trial is stored.
            progress: as in `compare`.

        Returns:
            The columns of `plausible.report.tuning.winners_frame`; a rule whose trials were all lost has no row.

        Raises:
            BadInput: as `plausible.study.tune.planned` does.
        """
        kept = store_of(store)
        plan = tune.planned(self.study, scale, only, trials, epochs, share, workers, limit, design)
        with listening(progress, plan.total) as ear:
            found = tune.carried_out(plan, kept, ear, workers=workers, limit=limit)
        if not found.groups:
            return pd.DataFrame()
        files = trials_tables.write(self.name, scale, found.groups, found.winners, kept, plan.metrics)
        for _ in files:
            pass  # which `compare(..., tuned=...)` reads
        return tuning.winners_frame(found.groups, found.winners, kept)

    def __repr__(self) -> str:
        return in_lines([f"study {self.name!r}: {self.question} Scales: {', '.join(self.scales)}."])


class Studies(Mapping[str, Studied]):
    """The studies that have names here, and any in a file: `pl.studies["accuracy"]`, `pl.studies["./mine.py"]`.

    A study is imported when it is asked for. An unknown name raises `BadInput`, which is a `KeyError` here.

    >>> import plausible as pl
    >>> pl.studies["accuracy"].scales
    ['smoke', 'fast', 'tuned', 'paper']
    """

    def __getitem__(self, name: str) -> Studied:
        try:
            return Studied(find(name), name)
        except BadInput as error:
            raise Unnamed(str(error)) from error

    def __contains__(self, name: object) -> bool:
        return name in {*self}

    def __iter__(self) -> Iterator[str]:
        return iter([*(file.stem for file in candidates()), *installed()])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return as_text([listing.shown(listing.frame("studies"))]) if len(self) else NONE_HERE

    def _repr_html_(self) -> str:
        return html.table(listing.shown(listing.frame("studies"))) if len(self) else html.lines([NONE_HERE])

    def _ipython_key_completions_(self) -> list[str]:
        return [*self]


studies = Studies()
