"""What the classifier and the regressor share: a learner made of their parameters, its epochs, and its answers."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from plausible.api import validated
from plausible.api.parts import USUAL, Parts, check_range_of, parts, same_word, seed_of
from plausible.api.patience import Best
from plausible.api.words import RuleLike
from plausible.core import Array, Params, Presentation, Randomness, at_work, randomness
from plausible.errors import BadInput, is_whole, require, require_number, require_whole
from plausible.networks.activations import Activation
from plausible.networks.outputs import OUTPUTS, Output
from plausible.optimise.batch import check_batch
from plausible.printing.words import count
from plausible.probes.performance import CHUNK
from plausible.registry import registry
from plausible.study.compare import alike
from plausible.study.course import DIVERGED
from plausible.study.learner import Learner
from plausible.study.refusals import check_inputs, check_targets
from plausible.study.work import Row
from plausible.tasks.as_numbers import word
from plausible.tasks.streams import Minibatches, rewarding, taken
from plausible.tasks.task import Recipe, Split, Task

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("rule", "hidden", "activation", "network", "optimiser")  # parameters of which parts are made


class Given(NamedTuple):
    """Examples with their targets, and how often each is shown in an epoch."""

    x: NDArray[Any]  # (examples, n_in)
    y: Array  # (examples, n_out)
    counts: NDArray[np.float64] | None  # (examples,); None where each is shown once

    @property
    def split(self) -> Split:
        """What rules learn from."""
        return Split(self.x, self.y)

    def cast(self, dtype: str) -> Given:
        """The same in a network's dtype. Raises `BadInput` for what is not finite there."""
        return self._replace(x=validated.cast(self.x, dtype, "X"), y=validated.cast(self.y, dtype, "y"))

    def some(self, rows: NDArray[np.intp]) -> Given:
        """Those in these rows."""
        return Given(self.x[rows], self.y[rows], None if self.counts is None else self.counts[rows])

    def cut(self, share: float, seed: int, kind: str) -> tuple[Given, Given]:
        """What is learned from, and the `share` that is held back, of classes in proportion. Raises `BadInput`."""
        codes = self.y.argmax(axis=1) if kind == "classes" else None
        rows = np.arange(len(self.x))
        enough = "more, of which some are held back; or early_stopping=False"
        with validated.one_line(lambda: require(False, "the number of rows", len(rows), enough)):
            kept, held = train_test_split(rows, test_size=share, random_state=seed, stratify=codes)
        least = min(len(kept), len(held))
        require(
            least > 1,
            f"{len(rows)} rows cut by validation_fraction={share:g}: the smaller part",
            least,
            "two rows",
        )
        return self.some(kept), self.some(held)


class Estimator(BaseEstimator, ABC):  # type: ignore[misc]  # scikit-learn has no types
    """The base of both estimators; see `plausible.api.estimators`."""

    _metric: ClassVar[str]  # what `_rate` measures, in tables
    _precision: str = (
        "float64"  # of the examples that were given; a network learns in it, unless it names its own
    )

    rule: RuleLike
    epochs: int
    batch_size: int
    early_stopping: bool
    validation_fraction: float
    patience: int
    warm_start: bool
    random_state: int | np.random.RandomState | None
    n_features_in_: int

    @abstractmethod
    def _usual(self) -> str:
        """The name of the output of a network whose output is not given."""

    @abstractmethod
    def _kind(self) -> Literal["classes", "values"]:
        """What a task of such targets is of."""

    @abstractmethod
    def _targets(self, y: ArrayLike) -> NDArray[Any]:
        """Targets as an array. Raises `BadInput` for what is none."""

    @abstractmethod
    def _encoded(self, targets: NDArray[Any], counts: NDArray[np.float64] | None, fresh: bool) -> Array:
        """Targets as the network is taught them, (examples, n_out); `fresh`, if they decide how. Raises `BadInput`.

        `counts` is how often each example is shown in an epoch, (examples,); None for once.
        """

    @abstractmethod
    def _rate(self, answer: Array, y: Array, weights: NDArray[np.float64] | None) -> float:
        """How good answers (examples, n_out) are; more is better."""

    def _parts(self) -> Parts:
        """The parts that the parameters name. Raises `BadInput`."""
        given = self.get_params(deep=False)
        hidden, activation = given["hidden"], given["activation"]
        hidden = tuple(hidden) if isinstance(hidden, list) else hidden
        activation = registry.activation(activation) if isinstance(activation, str) else activation
        whole = isinstance(hidden, tuple) and all(is_whole(units) and units > 0 for units in hidden)
        require(whole, "hidden", hidden, "a tuple of positive whole numbers, one per hidden layer")
        good = isinstance(activation, Activation)
        require(good, "activation", activation, "a name, such as 'relu', or an Activation")
        offered = {
            "hidden": hidden,
            "activation": activation,
            "output": registry.output(self._usual()),
            "dtype": self._precision,
        }
        return parts(given["rule"], given["network"], given["optimiser"], offered)

    def _named(self) -> tuple[object, ...]:
        """The parameters of which the parts are made."""
        return tuple(getattr(self, name) for name in NAMES)

    def _check(self) -> None:
        """Raise `BadInput` unless the numbers among the parameters can be used."""
        require_whole("epochs", self.epochs)
        require_whole("batch_size", self.batch_size)
        require_whole("patience", self.patience)
        for name in ("early_stopping", "warm_start"):
            value = getattr(self, name)
            require(isinstance(value, bool | np.bool_), name, value, "True or False")
        share = self.validation_fraction
        require_number("validation_fraction", share, 0, 1, open_low=True)
        require(share < 1, "validation_fraction", share, "a share below 1")

    def _begun(self) -> bool:
        """Whether something was learned."""
        return hasattr(self, "_learner")

    def _given(self, X: ArrayLike, y: ArrayLike, weights: ArrayLike | None, fresh: bool, least: int) -> Given:
        """What is to be learned from, checked, without what is never shown. Raises `BadInput`."""
        validated.required(y, self)
        x = validated.examples(self, X, reset=fresh, least=least)
        targets = self._targets(y)
        validated.as_many(x, targets)
        self._precision = x.dtype.name if fresh else self._precision
        counts = validated.counts_of(weights, len(x))
        if counts is not None:
            rows = counts > 0
            x, targets, counts = x[rows], targets[rows], counts[rows]
        return Given(x, self._encoded(targets, counts, fresh), counts)

    def _fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Self:
        """See `fit`."""
        self._check()
        fresh = not (self.warm_start and self._begun())
        given = self._given(X, y, sample_weight, fresh, least=2)
        made = self._parts() if fresh else self._same()
        held = None
        if self.early_stopping:
            seed = seed_of(self.random_state)
            given, back = given.cut(float(self.validation_fraction), seed, self._kind())
            held = back.cast(made.dtype)
        self._check_fit(made, given.split)
        check_batch(made.optimiser, self.batch_size, len(given.x))
        split = given.cast(made.dtype).split
        validated.say_cast(X, "X", made.dtype)
        if self._kind() == "values":
            validated.say_cast(y, "y", made.dtype)
        if fresh:
            self._begin(made, split)
        self._learn(split, given.counts, self.epochs, held)
        self._say_diverged(split, stopped=held is not None)
        return self

    def _partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None) -> Self:
        """See `partial_fit`."""
        self._check()
        fresh = not self._begun()
        if self.early_stopping:
            raise BadInput(
                "partial_fit with early_stopping=True: expected False, as there is nothing to hold back"
            )
        given = self._given(X, y, sample_weight, fresh, least=1)
        made = self._parts() if fresh else self._same()
        check_targets(made.rule, self._kind(), "arrays", [given.y])
        check_range_of(made, given.x)
        check_batch(made.optimiser, self.batch_size, len(given.x))
        split = given.cast(made.dtype).split
        validated.say_shown(X, "X", made.dtype)
        if fresh:
            self._begin(made, split)
        return self._learn(split, given.counts, 1, None)

    def _check_fit(self, made: Parts, split: Split) -> None:
        """Raise `BadInput` unless the rule can learn these examples."""
        check_inputs(made.rule, task_of(made, split, self._kind()))

    def _begin(self, made: Parts, split: Split) -> None:
        """Start anew, for examples and targets of these sizes. Raises `BadInput`, as the rule does."""
        self._label, self._made = made.label, self._named()
        self.seed_ = seed_of(self.random_state)
        self._roles: Randomness = randomness(self.seed_)
        n_in, n_out = split.x.shape[1], split.y.shape[1]
        self._learner = Learner.new(made.rule, made.optimiser, n_in, n_out, self._roles)
        self.n_outputs_ = n_out
        self._before: float | None = None  # the loss of the first batch, before learning
        self._rows: list[Row] = []
        self.loss_curve_: list[float] = []
        self.validation_scores_: list[float] = []
        self.n_iter_, self.t_, self._epochs_done, self._seconds = 0, 0, 0, 0.0

    def _same(self) -> Parts:
        """The parts, which are those that learned so far. Raises `BadInput` if the parameters name others."""
        learner = self._learner
        if all(
            map(same_word, self._named(), self._made)
        ):  # else made anew, which takes longer than to learn one example
            return Parts(self._label, learner.rule, learner.optimiser)
        now = self._parts()
        rule, optimiser = learner.rule, learner.optimiser
        for what, given, kept, same in (
            ("rule", now.rule, rule, alike((now.rule, optimiser), (rule, optimiser))),
            ("optimiser", now.optimiser, optimiser, alike((rule, now.optimiser), (rule, optimiser))),
        ):
            require(
                same, f"the {what} that is to go on", given, f"{kept!r}, which learned so far; or a clone"
            )
        return now

    def _learn(
        self, split: Split, counts: NDArray[np.float64] | None, epochs: int, held: Given | None
    ) -> Self:
        """Learn for `epochs` epochs, or until `patience` of them were no better on what is held back."""
        began, best = self._epochs_done, Best(self.patience)
        for _ in range(epochs):
            self._epoch(split, counts)
            if held is None:
                continue
            score = self._rate(self._answers(held.x), held.y, held.counts)
            self.validation_scores_.append(score)
            self._row("validation", self._metric, score)
            best.hear(score, self._learner.params, self._learner.state)
            if best.over:
                break
        if best.params:
            best.restore(self._learner.params)
            self._learner.state, self.best_validation_score_ = best.state, best.score
        self.n_iter_ = self._epochs_done - began
        return self

    def _epoch(self, split: Split, counts: NDArray[np.float64] | None) -> None:
        """Learn from every example once, or as often as `counts` say."""
        learner, order = self._learner, self._roles.order
        output = self._output
        total, seen, batch = 0.0, 0, int(self.batch_size)
        told = True
        if counts is None:
            stream = Minibatches(batch)(split, self._kind(), 1, order)
        else:
            stream = counted(split, self._kind(), batch, counts, order)
        began = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # divergence is looked for below
            for tick in learner.ticks(stream):
                shown, loss = tick.shown, tick.step.loss
                seen += len(shown.x)
                if loss is None:
                    told = False
                else:
                    total += loss() / (1 / len(shown.y) if output is None else output.scale(shown.y))
                if self._before is None and output is not None:
                    self._before = total / seen if told else self._loss(output, shown.x, shown.y)
        self._seconds += time.perf_counter() - began
        self._epochs_done += 1
        self.t_ += seen
        if not all(np.isfinite(array).all() for array in learner.params.values()):
            raise BadInput(
                f"weights of rule {self._label} are no longer finite after {self._epochs_done} epochs: expected inputs "
                "of about 1 in size, as StandardScaler makes them, or an optimiser of a smaller rate"
            )
        if told and seen:
            self.loss_curve_.append(total / seen)
            self._row("train", "loss", total / seen)

    def _say_diverged(self, split: Split, stopped: bool) -> None:
        """Warn in one line if the training loss is `DIVERGED` times that before learning, as `plausible.fit` does.

        It is that of the last epoch, or of some answers where a rule offers none, or an earlier epoch was kept. Before
        learning it is that of the first batch, or of answering with the mean of y, if that is larger: a batch may be of
        a single example, whose loss is small by chance.
        """
        output = self._output
        if output is None or self._before is None:
            return
        mean = float(output.loss(np.broadcast_to(split.y.mean(axis=0), split.y.shape), split.y).mean())
        before = max(self._before, mean)
        kept = self.loss_curve_ and not stopped
        loss = self.loss_curve_[-1] if kept else self._loss(output, split.x[:CHUNK], split.y[:CHUNK])
        if not loss <= DIVERGED * before:
            word(
                f"rule {self._label!r} diverged: after {count(self._epochs_done, 'epoch')} the training loss is "
                f"{loss:.3g}, and it was {before:.3g} before learning; expected inputs of about 1 in size, as "
                "StandardScaler makes them, or an optimiser of a smaller rate",
                ConvergenceWarning,
            )

    def _loss(self, output: Output, x: Array, y: Array) -> float:
        """The mean loss of the answers to examples, as they are now."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return float(output.loss(self._answers(x), y).mean())

    @property
    def _output(self) -> Output | None:
        """What the rule's network answers with, if it has one."""
        return Parts(self._label, self._learner.rule, self._learner.optimiser).output

    def _row(self, split: str, metric: str, value: float) -> None:
        head = ("arrays", self._label, self.seed_, float(self._epochs_done), self.t_, self._seconds)
        self._rows.append(Row(*head, split, metric, "", value))

    def _answers(self, x: Array) -> Array:
        """Answers (examples, n_out) to examples in the network's dtype; the same at every call."""
        learner, rng = self._learner, np.random.default_rng(self.seed_)
        pieces = [x[i : i + CHUNK] for i in range(0, len(x), CHUNK)]
        with at_work(self._label):
            found = [learner.rule.respond(learner.params, learner.state, piece, rng)[-1] for piece in pieces]
        return np.concatenate(found)

    def _answered(self, X: ArrayLike) -> Array:
        """Answers to examples as a user gives them. Raises `NotFittedError`, and `BadInput` for other columns."""
        check_is_fitted(self, "_learner")
        x = validated.examples(self, X, reset=False)
        shown = validated.cast(x, self._dtype, "X")
        validated.say_shown(X, "X", self._dtype)
        return self._answers(shown)

    @property
    def _dtype(self) -> str:
        return Parts("", self._learner.rule, self._learner.optimiser).dtype

    @property
    def params_(self) -> Params:
        """The weights by name: W1 ... WL (n_in, n_out), b1 ... bL (n_out,), and those of feedback."""
        check_is_fitted(self, "_learner")
        return self._learner.params

    @property
    def history_(self) -> pd.DataFrame:
        """The long table of what was measured, with the columns of `plausible.study.work.Row`."""
        import pandas as pd  # here, as it is slow to import

        check_is_fitted(self, "_learner")
        return pd.DataFrame(self._rows, columns=list(Row._fields))


def task_of(made: Parts, split: Split, kind: Literal["classes", "values"]) -> Task:
    """A task of these examples alone. Raises `BadInput` for targets that cannot be learned, as those of one value."""
    name = "linear" if made.output is None or made.output.name not in OUTPUTS else made.output.name
    recipe = Recipe((1,), name, epochs=1, batch_size=1, optimiser=USUAL)
    alone = "an estimator is given what it learns from, alone"
    return Task("X and y", split, split, split, kind, recipe, shared=alone)


def counted(
    split: Split, kind: str, batch_size: int, counts: NDArray[np.float64], rng: Generator
) -> Iterator[Presentation]:
    """Minibatches of one epoch in which example i comes counts[i] times, a fraction of it by chance.

    Of whole numbers, they are those of `Minibatches` over examples that are repeated so often.
    """
    whole = np.floor(counts)
    chance = counts - whole
    times = whole + (rng.random(len(counts)) < chance) if chance.any() else whole
    rows = np.repeat(np.arange(len(counts)), times.astype(int))
    order = rows[rng.permutation(len(rows))]
    for start in range(0, len(order), batch_size):
        x, y, _ = taken(split, order[start : start + batch_size])
        yield Presentation(x, y, rewarding(kind, y, None))
