"""One rule learns one task, in this process: to the end, or tick by tick."""

from __future__ import annotations

import math
import warnings
from collections.abc import Generator, Mapping, Sequence
from copy import deepcopy
from typing import TypeAlias, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike

from plausible.api import words
from plausible.api.fitted import Fitted, one_thread
from plausible.api.progress import Follow, heard
from plausible.api.words import RuleLike
from plausible.core import Optimiser, Params, State, Tick, randomness
from plausible.errors import Unsettled, require, require_whole, unknown
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.network import Network
from plausible.probes.criterion import Criterion
from plausible.probes.performance import performance
from plausible.probes.probe import Probe
from plausible.study.course import Course, Diverged
from plausible.study.learned import Learned, versions
from plausible.study.run import SCORES
from plausible.study.work import Status
from plausible.tasks.task import Task

Start: TypeAlias = Fitted | Mapping[str, ArrayLike]


class Settings(TypedDict, total=False):
    """What `fit` and `ticks` take beside rule and task; see `fit`."""

    network: str | Network | None
    hidden: Sequence[int] | None
    activation: str | Activation | None
    init: str | Init | None
    optimiser: str | Optimiser | None
    schedule: str
    epochs: int | None
    batch_size: int | None
    window: int | None
    seed: int
    probes: str | Sequence[str | Probe]
    until: str | Criterion | None


def fit(
    rule: RuleLike,
    task: str | Task,
    *,
    network: str | Network | None = None,
    hidden: Sequence[int] | None = None,
    activation: str | Activation | None = None,
    init: str | Init | None = None,
    optimiser: str | Optimiser | None = None,
    schedule: str = "cosine",
    epochs: int | None = None,
    batch_size: int | None = None,
    window: int | None = None,
    seed: int = 0,
    probes: str | Sequence[str | Probe] = (),
    until: str | Criterion | None = None,
    patience: int | None = None,
    start: Start | None = None,
    progress: Follow = None,
) -> Fitted:
    """Let a rule learn a task, in this process, and return what it has learned.

    What is not given follows the task's own recipe, as in `plausible.compare`, whose run of the same words and seed
    learns the same weights to the last bit.

    Args:
        rule: a word, such as "fa" or "predictive-coding[variance=10]@adam"; an instance, which learns its own network;
            or a class.
        task: a word, such as "digits", or a `Task`.
        network: what learns, such as "mlp[bias=False]" or MLP((64,)).
        hidden: units of each hidden layer, from below.
        activation: of the hidden layers, such as "relu".
        init: the distribution of the first weights, such as "orthogonal".
        optimiser: such as "adam[rate=0.001]"; `Grouped` gives each layer a rate of its own. The schedule varies a rate
            that is a number.
        schedule: of the learning rate: "constant", "step" or "cosine".
        epochs: passes over the training split.
        batch_size: examples between two weight changes.
        window: of sequences: time steps between two weight changes.
        seed: of the examples of a task that is drawn, their order, the first weights, and what a rule draws.
        probes: what else is measured, such as "gradient-noise", or instances.
        until: a criterion on the answers to the training split, such as "within[margin=0.2]", that ends learning.
        patience: epochs in a row without a better validation score after which learning stops. The weights and the
            state of the best epoch are kept then, and the last rows of the history are of these.
        start: what learning begins with: the weights and the state of an earlier fit, or weights by name; those that
            are not named are drawn.
        progress: True for a bar, a function that hears which fraction is done, False for neither; None for a bar where
            there is a terminal or a notebook.

    Raises:
        BadInput: for anything that cannot be used, before anything is learned, in one line. What the rule itself raises
            is raised as it is. A rule that diverges ends as `Fitted.status` says, with a warning.

    >>> import plausible as pl
    >>> fitted = pl.fit("feedback-alignment", "digits", hidden=(32,), epochs=3, optimiser="adam[rate=0.01]")
    >>> fitted.score("validation") > 0.8, fitted.params["W1"].shape, fitted.predict(fitted.task.test.x).shape
    (True, (64, 32), (360,))
    """
    settings: Settings = {
        "network": network,
        "hidden": hidden,
        "activation": activation,
        "init": init,
        "optimiser": optimiser,
        "schedule": schedule,
        "epochs": epochs,
        "batch_size": batch_size,
        "window": window,
        "seed": seed,
        "probes": probes,
        "until": until,
    }
    course = prepared(rule, task, start, patience, settings)
    with heard(progress, course.run.epochs, "epoch") as hear:
        try:
            with one_thread():
                course.learn(hear, math.inf, None)
        except (Diverged, Unsettled) as ended:
            warnings.warn(f"{course.run.rule} diverged: {ended}", stacklevel=2)
            return fitted(course, "diverged", str(ended))
    return fitted(course)


def ticks(
    rule: RuleLike,
    task: str | Task,
    *,
    patience: int | None = None,
    start: Start | None = None,
    **settings: Unpack[Settings],
) -> Generator[Tick, None, Fitted]:
    """The loop of `fit`, for a loop of one's own around it: yields a tick before each weight change is applied.

    A tick has its number, from 0; `params`, the weights by name, read-only, which change in place from tick to tick;
    `shown`, the examples; and `step`, what the rule proposes. Leaving the loop ends learning. At the end it returns
    what `fit` returns, as `fitted = yield from plausible.ticks(...)` has it.

    Raises:
        BadInput: as `fit` does.
        Diverged: where weights or loss are no longer finite.

    >>> import plausible as pl
    >>> for tick in pl.ticks("fa", "two-moons[examples=100]", hidden=(4,), epochs=1, batch_size=20):
    ...     print(tick.number, tick.shown.x.shape, sorted(tick.params)[:2])
    0 (20, 2) ['B2', 'W1']
    1 (20, 2) ['B2', 'W1']
    2 (20, 2) ['B2', 'W1']
    """
    course = prepared(rule, task, start, patience, settings)
    ahead = course.ticks(lambda fraction: None)
    while True:
        with one_thread():  # not while whoever asked looks at the tick
            tick = next(ahead, None)
        if tick is None:
            return fitted(course)
        yield tick


def prepared(
    rule: RuleLike, task: str | Task, start: Start | None, patience: int | None, settings: Settings
) -> Course:
    """A run that is about to begin. Raises `BadInput`."""
    run = words.run_of(rule, task, **settings)
    course = Course(run, words.task(task, run.seed), run.learner(), randomness(run.seed))
    if start is not None:
        begin_from(course, start)
    if patience is not None:
        require_whole("patience", patience, expected="a positive whole number of epochs")
        course.watch = Patience(course, patience)
    return course


def begin_from(course: Course, start: Start) -> None:
    """Let a run begin with given weights, and with the state of an earlier fit of the same rule. Raises `BadInput`."""
    given = start.params if isinstance(start, Fitted) else start
    require(isinstance(given, Mapping), "start", given, "a Fitted, or weights by name, such as {'W1': ...}")
    for name, values in given.items():
        if name not in course.params:
            raise unknown("weight in start", str(name), course.params)
        array, weight = np.asarray(values), course.params[name]
        numbers = array.dtype.kind in "fiub" and bool(np.isfinite(array).all())
        require(numbers, f"weight {name!r} in start", array.dtype.name, "an array of finite numbers")
        require(
            array.shape == weight.shape, f"the shape of {name!r} in start", array.shape, str(weight.shape)
        )
        weight[...] = array
    if isinstance(start, Fitted) and type(start.state) is type(course.state):
        course.state = deepcopy(start.state)
    course.memory = course.run.optimiser.init(course.params)


def fitted(course: Course, status: Status = "done", reason: str = "") -> Fitted:
    """What a run has learned."""
    task, reason = course.task, reason or "; ".join(course.failures.values())
    learned = Learned(
        course.run, course.params, course.state, task.n_out, task.kind, task.coded, course.rows, versions()
    )
    return Fitted(learned, status, reason, task)


class Patience:
    """Early stopping [prechelt1998]: learning ends when the validation score has not grown for some epochs.

    The score is the accuracy on the validation split, or minus the normalised error. Weights, state and the number of
    examples of the best epoch are copied, and are those that were learned in the end.
    """

    def __init__(self, course: Course, epochs: int) -> None:
        self.course, self.epochs = course, epochs
        self.best, self.since = -math.inf, 0
        self.params: Params = {}
        self.state: State = None
        self.examples = 0

    def better(self, tick: Tick) -> bool:
        """Whether the score is better than all before; then all that was learned so far is copied."""
        course = self.course
        split, rng = course.splits["validation"], np.random.default_rng(course.run.seed)
        measured = performance(course.rule, tick.params, tick.step.state, split, course.task.kind, None, rng)
        scores = [SCORES[metric] * value for metric, _, value in measured if metric in SCORES]
        if not scores or not scores[0] > self.best:
            return False
        self.best = scores[0]
        self.params = {name: np.array(array, order="K") for name, array in tick.params.items()}
        self.state, self.examples = deepcopy(tick.step.state), course.examples
        return True

    def stops(self, tick: Tick) -> bool:
        """Whether the score has not grown for as many epochs as one waits."""
        self.since = 0 if self.better(tick) else self.since + 1
        return self.since >= self.epochs

    def last(self, tick: Tick) -> Tick:
        """The tick with the best weights and state; the run then has them, too."""
        if self.better(tick) or not self.params:
            return tick
        for name, array in self.params.items():
            self.course.params[name][...] = array
        self.course.examples = self.examples
        return tick._replace(step=tick.step._replace(state=self.state))
