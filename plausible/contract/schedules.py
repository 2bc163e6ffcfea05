"""What every schedule of a rate promises, and every criterion for having learned."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from plausible.contract.data import check_settings, check_stored
from plausible.contract.promises import Broken, Promise, applies, holds
from plausible.core import Array, Params
from plausible.errors import BadInput, is_real
from plausible.optimise.sgd import SGD
from plausible.registry import registry, specs
from plausible.tasks.task import one_hot

RATE, STEPS = 0.1, 100  # of a schedule that is named without options
BEYOND = 20  # steps after its end
HALF = 0.5


def schedule(text: str) -> Any:
    """The schedule that `text` names; without options one of a rate and a number of steps, as runs make it."""
    return registry.made("schedule", text, *(() if specs.parse(text).options else (RATE, STEPS)))


def course(made: Any) -> list[Any]:
    """The rates, step by step."""
    return [made(step) for step in range(STEPS + BEYOND)]


def schedule_holds_settings_only(text: str) -> None:
    """It is a frozen dataclass that holds settings, and no arrays."""
    check_settings(schedule(text))


def schedule_is_stored(text: str) -> None:
    """It is written as JSON, as which it travels and is stored, and read again as an equal one."""
    check_stored(schedule(text))


def schedule_gives_rates(text: str) -> None:
    """At every step, and after the last, it gives a finite number of at least 0."""
    for step, rate in enumerate(course(schedule(text))):
        good = is_real(rate) and 0 <= float(rate) < math.inf
        holds(good, f"at step {step} it gives {rate!r}: expected a finite number of at least 0")


def schedule_depends_on_the_step_alone(text: str) -> None:
    """A rate depends on the step alone, in whichever order steps are asked for: runs go on from checkpoints."""
    made = schedule(text)
    forward, back = course(made), [made(step) for step in reversed(range(STEPS + BEYOND))]
    holds(forward == back[::-1], "steps that are asked for in another order have other rates")


def schedule_starts_elsewhere(text: str) -> None:
    """`started(rate)` is the same course from another rate, and changes nothing of the first."""
    made = schedule(text)
    applies(hasattr(made, "started"), "it has no `started`: tuning leaves its rate alone")
    before = course(made)
    applies(before[0] > 0, "it starts from 0")
    again = made.started(before[0])
    holds(np.allclose(course(again), before, rtol=1e-12), "started from its own rate, it is another course")
    other = course(made.started(HALF * before[0]))
    holds(
        bool(np.isclose(other[0], HALF * before[0])),
        f"started from {HALF * before[0]:g}, it begins at {other[0]:g}",
    )
    holds(course(made) == before, "`started` changed the schedule: return another one")


def schedule_is_shortened(text: str) -> None:
    """`shortened(fraction)` is the same course over a fraction of the steps."""
    made = schedule(text)
    applies(hasattr(made, "shortened"), "it has no `shortened`: trials of fewer epochs leave it as it is")
    before, half = course(made), course(made.shortened(HALF))
    holds(
        np.allclose(course(made.shortened(1.0)), before, rtol=1e-12),
        "shortened to the whole, it is another course",
    )
    holds(
        bool(np.isclose(half[0], before[0])), f"shortened, it begins at {half[0]:g}, and not at {before[0]:g}"
    )
    end = before[-1]
    holds(bool(np.isclose(half[-1], end)), f"shortened, it ends at {half[-1]:g}, and not at {end:g}")


def schedule_serves_an_optimiser(text: str) -> None:
    """An optimiser takes it in the place of its rate."""
    made = schedule(text)
    try:
        optimiser = SGD(made)
    except BadInput as error:
        raise Broken(str(error)) from error
    params: Params = {"W1": np.ones((2, 3))}
    memory = optimiser.init(params)
    optimiser.apply(params, {"W1": np.ones((2, 3))}, memory)
    holds(
        np.allclose(params["W1"], 1 + float(made(0))),
        "the first step of plain gradient descent is not its first rate",
    )


def answers(dtype: str = "float64") -> tuple[Array, Array]:
    """Answers that are right in every number, and their one-hot targets."""
    y = one_hot(np.arange(12) % 3, 3, dtype)
    return y.copy(), y


def criterion_holds_settings_only(text: str) -> None:
    """It is a frozen dataclass that holds settings, and no arrays."""
    check_settings(registry.made("criterion", text))


def criterion_is_stored(text: str) -> None:
    """It is written as JSON, as which it travels and is stored, and read again as an equal one."""
    check_stored(registry.made("criterion", text))


def criterion_is_met_by_targets(text: str) -> None:
    """It says True of answers that are the targets, and False of the answer that is 1 where the target is 0."""
    met = registry.made("criterion", text)
    for dtype in ("float32", "float64"):
        right, y = answers(dtype)
        for what, answer, expected in (("the targets", right, True), ("their opposite", 1 - y, False)):
            said = met(answer, y)
            holds(
                isinstance(said, bool),
                f"it returns {said!r} of kind {type(said).__name__}: expected True or False",
            )
            holds(said is expected, f"it says {said} of answers that are {what}")


def criterion_is_of_all_examples(text: str) -> None:
    """It depends on all examples, in whichever order, and writes into none."""
    met = registry.made("criterion", text)
    right, y = answers()
    wrong = right.copy()
    wrong[: len(y) // 2] = 1 - wrong[: len(y) // 2]
    order = np.random.default_rng(0).permutation(len(y))
    for answer in (right, wrong):
        before = answer.copy(), y.copy()
        holds(met(answer, y) == met(answer[order], y[order]), "it depends on the order of examples")
        same = np.array_equal(answer, before[0]) and np.array_equal(y, before[1])
        holds(same, "it writes into the answers or the targets")


PROMISES: tuple[Promise, ...] = (
    schedule_holds_settings_only,
    schedule_is_stored,
    schedule_gives_rates,
    schedule_depends_on_the_step_alone,
    schedule_starts_elsewhere,
    schedule_is_shortened,
    schedule_serves_an_optimiser,
)
CRITERIA: tuple[Promise, ...] = (
    criterion_holds_settings_only,
    criterion_is_stored,
    criterion_is_met_by_targets,
    criterion_is_of_all_examples,
)
