"""Comparisons in notebooks and scripts: what the command `compare` computes and prints, as frames and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from plausible.api.progress import Follow, heard
from plausible.api.words import RuleLike, comparison
from plausible.core import Optimiser
from plausible.errors import BadInput, require_flag
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.network import Network
from plausible.printing import html
from plausible.printing.table import as_text, in_lines
from plausible.probes.probe import Probe
from plausible.report import comparison as report
from plausible.report import long, paired, summary
from plausible.report.answers import BOTH
from plausible.report.networks import of_networks
from plausible.report.remarks import IN_PYTHON, remarks
from plausible.study.compare import Comparison, Result
from plausible.study.compare import compare as carried_out
from plausible.study.folders import place, spec
from plausible.study.run import Outcome, Run
from plausible.study.statistics import MARGIN
from plausible.study.store.store import Store
from plausible.tasks.task import Task
from plausible.writing import at_home

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False, eq=False)
class Compared:
    """A comparison that has been made. It shows itself as the tables that `plausible compare` prints.

    All frames are made anew from the measurements when they are first asked for.

    >>> import plausible as pl
    >>> made = pl.compare("backprop,fa", "two-moons[examples=100]", seeds=2, epochs=1, hidden=(4,), workers=0)
    >>> made.frame.rule.unique().tolist(), len(made.outcomes)
    (['backprop', 'feedback-alignment'], 4)
    """

    comparison: Comparison
    result: Result

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The long table: a row for every measurement, with the settings of its run as columns.

        Its columns are those of `plausible.study.run.Row`, `key` and `status` of the run, settings such as hidden,
        optimiser and epochs, and the parts of these, such as optimiser_rate. `rule` is the label in this comparison.
        """
        return long.frame(self.result)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """A row for every rule: what the command prints, and what its JSON holds.

        Columns: rule, runs, done, diverged, failed, timed out; estimates over seeds with their 95 % intervals, as test,
        test_low, test_high and test_n: of validation and test score, the gradient angle in degrees, and what learning
        costs; see `plausible.report.summary`. An accuracy is a share of 1.
        """
        return summary.flat(summary.summary(self.result))

    @cached_property
    def paired(self) -> pd.DataFrame:
        """`beside` with its default margin: every rule beside backprop (or bptt) on the test split, paired by seed."""
        return self.beside()

    def beside(self, margin: float = MARGIN) -> pd.DataFrame:
        """Every rule beside backprop (or bptt) on the test split, paired by seed.

        Args:
            margin: a rule is as good as the reference if it surely differs by less: a share of 1 of accuracies, an
                amount of other scores.

        Returns:
            A row for each rule: n, lost, the mean and the paired difference with their 95 % intervals, and what these
            show, also over seeds and test examples; the columns are told of at
            `plausible.report.comparisons.Terms.row` and `plausible.report.answers.beside`. A rule that lost runs has a
            second row, in which these count as chance, `lost_as`. An empty frame with these columns where no rule is
            the reference.

        Raises:
            BadInput: for a margin that is not positive.

        >>> import plausible as pl
        >>> made = pl.compare("backprop,fa", "two-moons[examples=100]", seeds=3, epochs=1, hidden=(4,), workers=0)
        >>> made.beside(margin=1).as_good[1], made.seed_by_seed.seed.tolist()
        ('yes', [0, 1, 2])
        """
        rows = report.against(self.result, margin)
        return rows if len(rows) else pd.DataFrame(columns=[*paired.COLUMNS, "metric", "reference", *BOTH])

    @cached_property
    def seed_by_seed(self) -> pd.DataFrame:
        """The pairs that `beside` rests on: a row for each rule and seed.

        Columns: task, rule, seed; value and of_reference, the two test scores; difference; metric, reference.
        """
        return report.seed_by_seed(self.result)

    @property
    def outcomes(self) -> list[Outcome[Run]]:
        """How every run ended, rule by rule, with its measurements."""
        return self.result.outcomes

    @property
    def weights(self) -> pd.DataFrame:
        """The files of weights that were kept, which `plausible.load` reads. Columns: rule, seed, file."""
        return pd.DataFrame(report.kept(self.result), columns=["rule", "seed", "file"])

    @property
    def remarks(self) -> list[str]:
        """What is to be said of it, a line each: own networks, lost runs, failed probes, rules at chance."""
        found = (of_networks(self.comparison), summary.reasons(self.result), summary.unmeasured(self.result))
        return [*found[0], *found[1], *found[2], *remarks(report.completed(self.result), IN_PYTHON)]

    def figure(self) -> Figure:
        """Validation score and the angle to the gradient against epochs, with 95 % intervals over seeds.

        Raises:
            BadInput: if no run was done, or matplotlib cannot be imported.
        """
        from plausible.plotting.committed import require_matplotlib

        if not len(report.completed(self.result)):
            raise BadInput("no run of this comparison was done, so there is nothing to draw: see its remarks")
        require_matplotlib()
        return report.figure(self.result, self.comparison)

    def write(self, folder: str | Path, overwrite: bool = False) -> list[Path]:
        """Write what `plausible compare --out FOLDER` writes: the measurements, their summary and the figure.

        Args:
            folder: made if it is not there.
            overwrite: also where another comparison lies in it.

        Returns:
            The files: comparison.json, metrics.parquet, summary.json, and compare.png and .svg if a run was done.

        Raises:
            BadInput: if the folder holds another comparison or cannot be written, or the figure cannot be drawn.
        """
        require_flag("overwrite", overwrite)
        goal = at_home("folder", folder)
        place(spec(self.comparison), goal, goal, overwrite)
        report.writable(goal)
        files = report.write(self.result, self.comparison, goal)
        drawn, trouble = report.draw(self.result, self.comparison, goal)
        if trouble:
            raise BadInput(f"the figure could not be drawn ({trouble}): the other files are in {str(goal)!r}")
        return [*files, *drawn]

    def to_html(self, file: str | Path | None = None, overwrite: bool = False) -> str:
        """One page of HTML that needs no other file: the tables, which one sorts and filters, the figure, the remarks.

        Args:
            file: where it is written, too, if it is given.
            overwrite: also over a file that is no such page.

        Raises:
            BadInput: if the file holds something else, or cannot be written.

        >>> import plausible as pl
        >>> made = pl.compare("backprop,fa", "two-moons[examples=100]", seeds=2, epochs=1, hidden=(4,), workers=0)
        >>> made.to_html().startswith("<!DOCTYPE html>")
        True
        """
        from plausible.report import comparison_page

        require_flag("overwrite", overwrite)
        goal = None if file is None else at_home("file", file)
        if goal is not None:
            comparison_page.checked(goal, overwrite, "file", "overwrite=True")
        text = comparison_page.page(self.result, self.comparison, self.remarks)
        if goal is not None:
            comparison_page.write(text, goal)
        return text

    def __repr__(self) -> str:
        shown = as_text(report.tables(self.result, self.comparison))
        return "\n".join(filter(None, [shown, in_lines(self.remarks)]))

    def _repr_html_(self) -> str:
        from plausible.plotting.saving import png  # which imports matplotlib

        tables = "".join(map(html.table, report.tables(self.result, self.comparison)))
        try:
            picture = html.image(png(self.figure()), "learning curves and angles")
        except BadInput as error:  # the tables are shown all the same
            picture = html.lines([str(error)])
        return tables + picture + html.lines(self.remarks)


def compare(
    rules: RuleLike | Sequence[RuleLike] | None = None,
    task: str | Task = "digits",
    *,
    seeds: int = 5,
    epochs: int | None = None,
    hidden: Sequence[int] | None = None,
    batch_size: int | None = None,
    activation: str | Activation | None = None,
    init: str | Init | None = None,
    network: str | Network | None = None,
    optimiser: str | Optimiser | None = None,
    schedule: str = "cosine",
    tuned: str | None = None,
    window: int | None = None,
    probes: str | Sequence[str | Probe] = (),
    workers: int = 1,
    limit: float | None = None,
    store: str | Path | Store | None = None,
    retry_failed: bool = False,
    keep_weights: bool = False,
    progress: Follow = None,
) -> Compared:
    """Compare learning rules on one task, with the same seeds and the same budget, as `plausible compare` does.

    What is not given follows the task's own recipe. A rule is a word, with options and an optimiser of its own where
    wanted, as "fa[feedback=uniform(0.5)]@adam"; an instance, which learns its own network; or a class, of this session
    too, with its defaults. Words and classes learn `network`; if that is not given, the one that all instances share,
    so that rules are compared in one network; and without instances, the network of the recipe.

    Args:
        rules: one rule or several; backprop, shallow, feedback-alignment and direct-feedback-alignment if none is
            given, for sequences bptt, readout-only and random-feedback-bptt.
        task: a word, such as "digits" or "two-moons[examples=500]", or a `Task`.
        seeds: runs per rule; seed 0 and up.
        epochs: passes over the training split.
        hidden: units of each hidden layer, from below; () for no hidden layer.
        batch_size: examples between two weight changes.
        activation: of the hidden layers, such as "relu".
        init: the distribution of the first weights, such as "orthogonal".
        network: what words and classes learn; a word takes what it does not name from the recipe, an instance is
            taken as it is.
        optimiser: such as "adam[rate=0.001]"; the schedule varies its rate where that is a number.
        schedule: of the learning rate: "constant", "step" or "cosine".
        tuned: a tuned study, whose winners on this task are taken for the rules that were tuned there.
        window: of sequences: time steps between two weight changes.
        probes: what else is measured.
        workers: processes; 0 for this one, for classes of a notebook and for debuggers.
        limit: seconds that a run may take; one that takes longer ends as "timed out".
        store: a folder of results, as "results" of the command: what is there is not computed again. Nothing is kept
            if it is not given.
        retry_failed: whether runs in the store that diverged, failed or timed out are run again.
        keep_weights: whether what each run learns is kept in the store, in files that `weights` of the result names.
        progress: None or True for a bar, or lines now and then where there is no terminal and no notebook; False for
            silence; or a function, which hears which fraction of the runs is done.

    Raises:
        BadInput: for anything that a run could not start with, before one starts, in one line.
        OSError: if the store is full.

    >>> import plausible as pl
    >>> made = pl.compare(["backprop", "fa"], "two-moons[examples=100]", seeds=2, epochs=2, hidden=(8,), workers=0)
    >>> made.summary[["rule", "runs", "done"]].to_dict("records")[1]
    {'rule': 'feedback-alignment', 'runs': 2, 'done': 2}
    """
    require_flag("retry_failed", retry_failed)
    require_flag("keep_weights", keep_weights)
    kept = store if store is None or isinstance(store, Store) else Store(store)
    described = comparison(
        rules,
        task,
        seeds=seeds,
        epochs=epochs,
        hidden=hidden,
        batch_size=batch_size,
        activation=activation,
        init=init,
        network=network,
        optimiser=optimiser,
        schedule=schedule,
        tuned=tuned,
        window=window,
        probes=probes,
        folder=None if kept is None else kept.root / "tasks",
    )
    runs = len(described.entries)
    with heard(progress, runs, "run") as tell:

        def done(so_far: float) -> None:
            tell(so_far / runs)

        result = carried_out(described, workers, done, limit, kept, retry_failed, keep_weights)
    return Compared(described, result)
