"""One rule learns one task, in this process: to the end, or tick by tick."""

from __future__ import annotations

import math
import sys
from collections.abc import Generator, Mapping, Sequence
from copy import deepcopy
from dataclasses import is_dataclass, replace
from typing import TypeAlias, Unpack

import numpy as np
from numpy.typing import ArrayLike

from plausible.api import words
from plausible.api.fitted import Fitted, one_thread
from plausible.api.going_on import place_of
from plausible.api.nameless import name_of_rule, name_of_task, run_of_objects
from plausible.api.patience import Patience
from plausible.api.progress import Follow, heard
from plausible.api.words import RuleLike, Settings
from plausible.core import Optimiser, Rule, Tick, at_work, randomness
from plausible.errors import BadInput, Unsettled, require, require_seed, unknown
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.network import Network
from plausible.optimise.nested import is_wrapper, rebuilt
from plausible.optimise.wrappers import Grouped
from plausible.probes.criterion import Criterion
from plausible.probes.probe import Probe
from plausible.study.compare import with_schedule
from plausible.study.course import Course, Diverged
from plausible.study.learned import Ended, Learned, versions
from plausible.study.merged import say_merged_in
from plausible.study.run import Run
from plausible.tasks.as_numbers import as_array, word
from plausible.tasks.streams import stream
from plausible.tasks.task import Task

Start: TypeAlias = Fitted | Mapping[str, ArrayLike]
ENDED = {"diverged": "diverged", "interrupted": "was interrupted"}


def fit(
    rule: RuleLike,
    task: str | Task,
    *,
    network: str | Network | None = None,
    hidden: Sequence[int] | None = None,
    activation: str | Activation | None = None,
    init: str | Init | None = None,
    optimiser: str | Optimiser | None = None,
    rates: Mapping[str, float] | None = None,
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
        optimiser: such as "adam[rate=0.001]". The schedule varies a rate that is a number.
        rates: learning rates of single weights, by name or pattern, as {"W1": 0.1, "b*": 0.01}; all others have that of
            the optimiser. `Grouped` gives them different optimisers.
        schedule: of the learning rate: "constant", "step" or "cosine".
        epochs: passes over the training split.
        batch_size: examples between two weight changes.
        window: of sequences: time steps between two weight changes.
        seed: of the examples of a task that is drawn, their order, the first weights, and what a rule draws.
        probes: what else is measured, such as "activity", or instances.
        until: a criterion on the answers to the training split, such as "within[margin=0.2]", that ends learning.
        patience: epochs in a row without a better validation score after which learning stops. The weights and the
            state of the best epoch are kept, however learning ends; the last rows of the history are of these, and say
            which it was, "best epoch".
        start: what learning begins with: the weights of an earlier fit, and its state where the rule is of the same
            class; or weights by name. Those that are not named are drawn. The optimiser begins anew, and so does the
            schedule: two fits of 5 epochs, the second from the first, are not one of 10; `Fitted.go_on` makes one.
        progress: None or True for a bar on a terminal and in a notebook, and a line now and then elsewhere; False for
            silence; or a function that hears which fraction is done.

    Returns:
        What was learned. If weights or loss are no longer finite, or the training loss is ten times that before
        learning, its `status` is "diverged", and a warning of one line says so; if you interrupt it in a notebook or a
        Python session, it is "interrupted", with what was learned so far. A script ends when it is interrupted.

    Raises:
        BadInput: for anything that cannot be used, before anything is learned, in one line. What the rule itself raises
            is raised as it is.

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
    return to_the_end(prepared(rule, task, start, patience, rates, settings), progress)


def to_the_end(course: Course, progress: Follow) -> Fitted:
    """Learn to the end, and return what was learned; see `fit`."""
    status, reason = learned_by(course, progress)
    if status != "done":
        word(f"{course.run.head()[1]} {ENDED[status]}: {reason}")
    return fitted(course, status, reason)


def learned_by(course: Course, progress: Follow) -> tuple[Ended, str]:
    """Learn to the end. Returns how it ended, and why, "" if it was done. Raises what the rule raises."""
    with heard(progress, course.run.epochs, "epoch") as hear:
        try:
            with one_thread():
                course.learn(hear, math.inf, None)
            if course.watch is None and course.run.until is None:  # else it may have ended before
                hear(1.0)
        except (Diverged, Unsettled) as ended:
            return "diverged", str(ended)
        except KeyboardInterrupt:
            if not hasattr(sys, "ps1"):  # a script, which ends
                raise
            return "interrupted", f"at epoch {course.told()} of {course.run.epochs}"
    return "done", ""


def ticks(
    rule: RuleLike,
    task: str | Task,
    *,
    rates: Mapping[str, float] | None = None,
    patience: int | None = None,
    start: Start | None = None,
    **settings: Unpack[Settings],
) -> Generator[Tick, None, Fitted]:
    """The loop of `fit`, for a loop of one's own around it: yields a tick before each weight change is applied.

    A tick has its number, from 0; `params`, the weights by name, read-only, which change in place from tick to tick;
    `shown`, the examples; and `step`, what the rule proposes. Leaving the loop ends learning. At the end it returns
    what `fit` returns, as `fitted = yield from plausible.ticks(...)` has it.

    Raises:
        BadInput: as `fit` does, and at once.
        Diverged: where weights or loss are no longer finite.

    >>> import plausible as pl
    >>> for tick in pl.ticks("fa", "two-moons[examples=100]", hidden=(4,), epochs=1, batch_size=20):
    ...     print(tick.number, tick.shown.x.shape, sorted(tick.params)[:2])
    0 (20, 2) ['B2', 'W1']
    1 (20, 2) ['B2', 'W1']
    2 (20, 2) ['B2', 'W1']
    """
    for odd in settings.keys() - Settings.__annotations__.keys():
        raise TypeError(f"ticks() got an unexpected keyword argument {odd!r}")
    return loop(prepared(rule, task, start, patience, rates, settings))


def loop(course: Course) -> Generator[Tick, None, Fitted]:
    """The loop around a run that is about to begin; see `ticks`."""
    ahead = course.ticks(lambda fraction: None)
    while True:
        with one_thread(), at_work(course.run.head()[1]):  # not while whoever asked looks at the tick
            tick = next(ahead, None)
        if tick is None:
            return fitted(course)
        yield tick


def prepared(
    rule: RuleLike,
    task: str | Task,
    start: Start | None,
    patience: int | None,
    rates: Mapping[str, float] | None,
    settings: Settings,
) -> Course:
    """A run that is about to begin. Raises `BadInput`."""
    run, made, examples = described(rule, task, settings)
    if rates is not None:
        schedule = settings.get("schedule", "cosine")
        plain, _, _ = described(rule, task, {**settings, "schedule": "constant"})
        steps = run.epochs * stream(run.batch_size, run.window).length(examples.train)
        optimiser = by_layer(plain.optimiser, rates)
        scheduled = run.optimiser != plain.optimiser  # the rate of a rule's own optimiser is on no schedule
        run = replace(run, optimiser=with_schedule(optimiser, schedule, steps) if scheduled else optimiser)
    course = Course(run, examples, made, randomness(run.seed))
    say_merged_in(examples, [run.network.dtype])
    if start is not None:
        begin_from(course, start)
    if patience is not None:
        course.watch = Patience(course, patience)
    return course


def described(rule: RuleLike, task: str | Task, settings: Settings) -> tuple[Run, Rule, Task]:
    """The run that words and objects describe, its rule and its task. Raises `BadInput`."""
    seed = settings.get("seed", 0)
    require_seed("seed", seed)
    words.check_order((rule,) if isinstance(rule, str) else (), task)
    examples = words.task(task, seed)
    text = task if isinstance(task, str) else name_of_task(task, seed)
    if text and name_of_rule(rule):
        run = words.run_of(rule, text, **settings)
        return run, run.learner(), examples
    return *run_of_objects(rule, examples, settings), examples


def by_layer(optimiser: Optimiser, rates: Mapping[str, float]) -> Optimiser:
    """The optimiser with rates of their own for the weights that patterns name, as {"W1": 0.1, "b*": 0.01}.

    Inside of wrappers, as those of `Clipped`, the optimisers that have a rate are changed. Raises `BadInput`.
    """
    good = isinstance(rates, Mapping) and len(rates) > 0
    require(good, "rates", rates, 'rates by the names of weights, such as {"W1": 0.1, "b*": 0.01}')

    def change(path: str, member: Optimiser) -> Optimiser:
        if is_wrapper(member) or not (is_dataclass(member) and hasattr(member, "rate")):
            return member
        groups = tuple((name, replace(member, rate=rate)) for name, rate in rates.items())
        return Grouped(groups, member)

    changed = rebuilt(optimiser, change)
    require(
        changed is not optimiser, "rates beside the optimiser", optimiser, "one with a rate, such as 'sgd'"
    )
    return changed


def begin_from(course: Course, start: Start) -> None:
    """Let a run begin with given weights, and with the state of an earlier fit of the same rule. Raises `BadInput`."""
    given = start.params if isinstance(start, Fitted) else start
    require(isinstance(given, Mapping), "start", given, "a Fitted, or weights by name, such as {'W1': ...}")
    for name, values in given.items():
        if name not in course.params:
            raise unknown("weight in start", str(name), course.params)
        array, weight = as_array(values, f"weight {name!r} in start"), course.params[name]
        require(
            array.shape == weight.shape, f"the shape of {name!r} in start", array.shape, str(weight.shape)
        )
        numbers = array.dtype.kind in "fiub"
        require(
            numbers, f"the dtype of {name!r} in start", array.dtype.name, "one of numbers, such as float32"
        )
        with np.errstate(over="ignore"):
            bad = np.count_nonzero(~np.isfinite(array.astype(weight.dtype)))
        if bad:
            told = f"{bad} of its {array.size} numbers are NaN or infinite in {weight.dtype}"
            raise BadInput(f"weight {name!r} in start cannot be begun with: {told}; expected finite numbers")
        weight[...] = array
    if isinstance(start, Fitted) and type(start.rule) is type(course.rule):
        course.state = deepcopy(start.state)
    course.memory = course.run.optimiser.init(course.params)


def fitted(course: Course, status: Ended = "done", reason: str = "") -> Fitted:
    """What a run has learned; with patience, at its best."""
    watch = course.watch
    if isinstance(watch, Patience):
        if status != "done":
            watch.restore()
        reason = "; ".join(filter(None, [reason, watch.said]))
    reason = "; ".join(filter(None, [reason, *course.failures.values()]))
    task, place = course.task, place_of(course) if status == "done" else None
    of_task = task.n_out, task.kind, task.coded
    learned = Learned(
        course.run, course.params, course.state, *of_task, course.rows, versions(), status, reason, place
    )
    return Fitted(learned, status, reason, task, course.rule)
