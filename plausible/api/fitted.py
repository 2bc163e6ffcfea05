"""What a rule has learned of a task, to be asked: answers, scores, activities, curves; `plausible.fit` returns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import ThreadpoolController

from plausible.api import saving
from plausible.core import Array, Params, Rule, State, at_work, randomness
from plausible.errors import BadInput, require, unknown
from plausible.networks.network import inner
from plausible.printing import html
from plausible.printing.table import Column, Table, as_text, in_lines
from plausible.printing.words import count
from plausible.probes.performance import CHUNK, performance
from plausible.registry import registry, serving
from plausible.registry.files import executed
from plausible.registry.specs import files_in
from plausible.report.networks import told
from plausible.study.columns import described
from plausible.study.learned import Ended, Learned
from plausible.study.run import Row, Run
from plausible.study.samples import cast
from plausible.tasks.as_numbers import as_array
from plausible.tasks.task import Split, Task, codes, uneven

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from plausible.api.progress import Follow


@dataclass(frozen=True, eq=False, repr=False)
class Fitted:
    """A rule that has learned.

    Answers are computed by one thread, as runs are: so they are the same to the last bit in every process. A rule whose
    answers are drawn draws them from the seed of its run, anew at each call.

    Args:
        learned: weights, state, and what they are of.
        status: how learning ended: "done", "diverged" or "interrupted".
        reason: why it ended before its epochs were over; or which probes failed.
        given: the task, where it is at hand.
        made: the rule, where it is at hand.
        execute_files: whether a file of a user's own that the task is in may be executed.

    >>> import plausible as pl
    >>> fitted = pl.fit("backprop", "two-moons[examples=100]", hidden=(8,), epochs=2)
    >>> int(fitted.confusion("test").to_numpy().sum()), [layer.shape for layer in fitted.activities([[0.5, 0.5]])]
    (20, [(1, 8), (1, 2)])
    """

    learned: Learned
    status: Ended = "done"
    reason: str = ""
    given: Task | None = None
    made: Rule | None = None
    execute_files: bool = True

    @property
    def run(self) -> Run:
        """All that decides what was learned: rule, task, network, optimiser, epochs, batch size, seed."""
        return self.learned.run

    @property
    def params(self) -> Params:
        """The weights by name, as {"W1": (n_in, n_1), "b1": (n_1,)}, and those of feedback."""
        return self.learned.params

    @property
    def state(self) -> State:
        """What the rule carries from one presentation to the next, after the last one."""
        return self.learned.state

    @cached_property
    def rule(self) -> Rule:
        """The rule; made anew where it is not at hand."""
        return self.run.learner() if self.made is None else self.made

    @cached_property
    def task(self) -> Task:
        """The task; made anew where it is not at hand. Raises `BadInput` if it cannot be made."""
        if self.given is not None:
            return self.given
        if not self.execute_files:
            for file in files_in(self.run.task):
                executed(file)
        return registry.task(self.run.task, randomness(self.run.seed).data)

    @cached_property
    def history(self) -> pd.DataFrame:
        """What was measured, as the long table that all results have: a row for every measurement.

        Its columns are those of `plausible.study.run.Row`, status, the settings of the run, such as hidden and epochs,
        and the parts of these, such as optimiser_rate.
        """
        rows = pd.DataFrame(self.learned.rows, columns=list(Row._fields))
        table = described(rows.assign(key="", status=self.status), {"": self.run})
        return table.drop(columns="key")

    def answers(self, X: ArrayLike) -> Array:
        """What the network answers, (examples, n_out), such as probabilities, to examples (examples, n_in).

        Raises:
            BadInput: for examples that the task could not have.
        """
        return self.activities(X)[-1]

    def activities(self, X: ArrayLike) -> list[Array]:
        """Activity by layer, each (examples, units), the answer last, to examples (examples, n_in).

        Of sequences, X is (time, sequences, n_in), and each is (time, sequences, units). Raises `BadInput`.
        """
        x = self.learned.coded.inputs(X, dtype=self.run.network.dtype)
        rng = np.random.default_rng(self.run.seed)
        pieces = [x[..., i : i + CHUNK, :] for i in range(0, x.shape[-2], CHUNK)]
        with one_thread(), at_work(self.run.rule):
            layers = [self.rule.respond(self.params, self.state, piece, rng) for piece in pieces]
        return [np.concatenate(parts, axis=-2) for parts in zip(*layers, strict=True)]

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Labels, (examples,), or values, (examples, n_out), as those that the task was made of.

        Raises:
            BadInput: for examples that the task could not have, and of what has diverged.
        """
        answers = self.answers(X)
        if not np.isfinite(answers).all():
            raise BadInput(
                f"answers are not finite, and status is {self.status!r}: expected a smaller learning rate, or patience="
            )
        found: NDArray[Any] = self.learned.coded.outputs(answers)
        return found

    def score(self, X: ArrayLike | str = "test", y: ArrayLike | None = None) -> float:
        """The accuracy, a share of 1; of values the share of variance that is explained, R².

        Args:
            X: a split, "train", "validation" or "test"; or examples, (examples, n_in), or sequences, (time, sequences,
                n_in).
            y: labels, (examples,) or (time, sequences), or values, with n_out behind that; all of them count.

        Raises:
            BadInput: if there is no such split, or the examples are not as in the task.
        """
        measured = self.scores(X, y)
        name = "accuracy" if self.learned.kind == "classes" else "normalised error"
        require(
            name in measured,
            "the targets",
            "all equal",
            "targets that differ, as their variance is explained",
        )
        return measured[name] if name == "accuracy" else 1 - measured[name]

    def scores(self, X: ArrayLike | str = "test", y: ArrayLike | None = None) -> dict[str, float]:
        """All that says how good answers are, by the names that tables have; see `score`.

        Loss, accuracy, and balanced accuracy where classes are uneven; of values loss and normalised error.
        """
        split, several = self.examples(X, y)
        network = getattr(self.rule, "network", None)
        loss = None if network is None else network.output.loss
        rng = np.random.default_rng(self.run.seed)
        kind = self.learned.kind
        with one_thread():
            measured = performance(self.rule, self.params, self.state, split, kind, loss, rng, several)
            return {metric: value for metric, _, value in measured}

    def examples(self, X: ArrayLike | str, y: ArrayLike | None) -> tuple[Split, bool]:
        """Examples with their targets as a network is shown them, and whether classes are uneven."""
        dtype, coded = self.run.network.dtype, self.learned.coded
        if isinstance(X, str):
            require(y is None, "y beside a split", "given", f"none, as the split {X!r} has its own")
            if X not in self.task.splits:
                raise unknown("split", X, self.task.splits)
            return cast(self.task.splits[X], dtype), self.task.uneven
        if y is None:
            raise BadInput("y is missing: expected the labels or values of the examples, score(X, y)")
        x = coded.inputs(X, dtype=dtype)
        targets = as_array(y, "y")
        if coded.sequential:
            shape = targets.shape[:2]
            require(
                shape == x.shape[:2], "the shape of y", targets.shape, f"{x.shape[:2]} in front, as X has"
            )
            targets = targets.reshape(-1, *targets.shape[2:])
        targets = coded.targets(targets if coded.sequential else y, self.learned.n_out, dtype=dtype)
        targets = targets.reshape(*x.shape[:2], -1) if coded.sequential else targets
        require(len(x) == len(targets), "the lengths of X and y", (len(x), len(targets)), "as many of each")
        several = self.learned.kind == "classes" and uneven(codes(targets))
        return cast(Split(x, targets), dtype), several

    def confusion(self, X: ArrayLike | str = "test", y: ArrayLike | None = None) -> pd.DataFrame:
        """How many examples of each class were given each label: rows are the classes, columns the answers.

        Raises:
            BadInput: for a task of values, and as `score` does.
        """
        coded = self.learned.coded
        if coded.classes is None:
            raise BadInput("a task of values has no confusion matrix: expected a task of classes")
        split, _ = self.examples(X, y)
        rng = np.random.default_rng(self.run.seed)
        with one_thread(), at_work(self.run.rule):
            answer = split.counted(self.rule.respond(self.params, self.state, split.x, rng)[-1])
        true, said, n = codes(split.counted(split.y)), codes(answer), len(coded.classes)
        matrix = np.zeros((n, n), int)
        np.add.at(matrix, (true, said), 1)
        labels = coded.classes.tolist()
        return pd.DataFrame(
            matrix, index=pd.Index(labels, name="class"), columns=pd.Index(labels, name="answer")
        )

    def figure(self) -> Figure:
        """Validation score and the angle to the gradient against epochs. Raises `BadInput` without matplotlib."""
        from plausible.plotting.committed import require_matplotlib

        require_matplotlib()
        from plausible.plotting import comparison

        return comparison.draw(self.history, self.caption(), [*inner(self.run.network)] or ["W1"])

    def save(self, path: str | Path) -> Path:
        """Write weights, state and what they are of into one file, without pickle; `plausible.load` reads it.

        So is what the optimiser remembers, for `go_on`; unless learning ended before its last epoch or kept the best,
        or an optimiser of one's own remembers what no file holds.

        Raises:
            BadInput: if the state of the rule cannot be stored, or the file cannot be written; for a rule that nothing
                could make again, as one of a class inside of a function.
        """
        try:
            self.run.learner()
        except BadInput as error:
            raise BadInput(
                f"rule {self.run.rule!r} cannot be saved, as it could not be loaded: {error}"
            ) from error
        return saving.save(replace(self.learned, status=self.status, reason=self.reason), path)

    def go_on(self, epochs: int, progress: Follow = None) -> Fitted:
        """What the same fit learns in so many epochs more; this one, from before a file or after, stays as it is.

        Weights, state and what the optimiser remembers are those of one fit of all these epochs, to the last bit, if
        the learning rate is constant, or on a schedule that does not depend on the epochs. A schedule goes on as it was
        made: after "step" the rate is the last one. Probes that draw, draw anew.

        Args:
            epochs: how many more.
            progress: as for `plausible.fit`.

        Raises:
            BadInput: if the fit did not learn to the end of its last epoch, as with `patience`; it was kept by
                `compare` or `run`, without what the optimiser remembers; its rate is 0 from now on, as after "cosine";
                or its task cannot be made, or is another.

        >>> import plausible as pl
        >>> how = {"hidden": (4,), "optimiser": "adam", "schedule": "constant"}
        >>> more = pl.fit("fa", "two-moons[examples=100]", epochs=3, **how).go_on(2)
        >>> five = pl.fit("fa", "two-moons[examples=100]", epochs=5, **how)
        >>> more.run == five.run, bool((more.params["W1"] == five.params["W1"]).all())
        (True, True)
        """
        from plausible.api.fitting import to_the_end
        from plausible.api.going_on import longer

        return to_the_end(longer(self, epochs), progress)

    def caption(self) -> str:
        """What was learned, in one line."""
        _, rule, seed = self.run.head()
        task = registry.heading(self.run.task)
        return f"{rule} on {task}, {count(self.run.epochs, 'epoch')}, seed {seed}"

    def table(self) -> Table:
        """The last measurement of each score, by split."""
        whole = self.history[(self.history.layer == "") & self.history.metric.isin(SHOWN)]
        last = whole.groupby(["split", "metric"], sort=False, observed=True).value.last()
        table = Table(
            self.caption(), [Column("split", words=True), Column("metric", words=True), Column("value")]
        )
        for name, value in last.items():
            table.add(*map(str, name), f"{value:.4g}")  # type: ignore[call-overload]
        return table

    def __repr__(self) -> str:
        return "\n".join(filter(None, [as_text([self.table()]), in_lines(self._to_say())]))

    def _to_say(self) -> list[str]:
        """How it ended, unless it was done, and what is to be said of the rule and its network, a line each."""
        ended = [] if self.status == "done" and not self.reason else [f"{self.status}: {self.reason}"]
        own = serving.said(self.run.rule, self.run.network.sequential)
        ignored = serving.ignored_by(self.run.rule)
        return [*ended, *filter(None, [own, told(self.run.rule, ignored)])]

    def _repr_html_(self) -> str:
        from plausible.plotting.saving import png

        lines = html.lines(self._to_say())
        return html.table(self.table()) + html.image(png(self.figure()), "learning curves") + lines


SHOWN = ("loss", "accuracy", "balanced accuracy", "normalised error")


@cache
def libraries() -> list[Any]:
    """The libraries that have threads of their own."""
    found: list[Any] = ThreadpoolController().lib_controllers
    return found


@contextmanager
def one_thread() -> Iterator[None]:
    """A context in which products of matrices are computed by one thread, and overflow is no warning."""
    threads = [(library, library.get_num_threads()) for library in libraries()]
    several = [(library, number) for library, number in threads if number not in (None, 1)]
    try:
        for library, _ in several:
            library.set_num_threads(1)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            yield
    finally:
        for library, number in several:
            library.set_num_threads(number)
