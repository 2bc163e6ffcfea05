"""Going on with what was learned, for more epochs, as if it had been so many from the start."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any

from plausible.api.fitted import Fitted
from plausible.core import randomness
from plausible.errors import BadInput, require, require_whole
from plausible.optimise.nested import is_wrapper, members
from plausible.printing.words import count
from plausible.study.course import Course
from plausible.study.place import Place
from plausible.study.resumption import restore
from plausible.study.run import Run

ELSE = "or plausible.fit(..., start=fitted), which begins with these weights and a new optimiser"


def place_of(course: Course) -> Place | None:
    """Where a course stands that has shown all of its examples; None of one that ended before, or has kept the best."""
    if course.watch is not None or course.examples != course.run.epochs * course.in_epoch:
        return None
    bits: Any = course.roles.noise.bit_generator
    counts = course.steps, course.examples, course.seconds
    return Place(*counts, course.before, course.memory, dict(bits.state))


def longer(fitted: Fitted, epochs: int) -> Course:
    """The course of a fit, of `epochs` epochs more, where the fit has ended. Raises `BadInput`; see `Fitted.go_on`.

    Nothing of it lies in the memory of the fit.
    """
    require_whole("epochs", epochs, expected="a positive whole number of epochs")
    place = fitted.learned.place
    if place is None:
        why = f" ({fitted.reason})" if fitted.reason else ", as that of a comparison"
        raise BadInput(
            f"a fit that is {fitted.status!r}{why} holds no memory of its optimiser: expected one that learned to the "
            f"end of its last epoch, without patience; {ELSE}"
        )
    run = replace(fitted.run, epochs=fitted.run.epochs + epochs)
    course = Course(run, fitted.task, fitted.rule, randomness(run.seed))
    changes, expected = fitted.run.epochs * course.per_epoch, "those of the task that was learned"
    require(
        place.number == changes, f"weight changes in {count(fitted.run.epochs, 'epoch')}", changes, expected
    )
    check_rates(run, place.number, course.steps)
    for name, weight in course.params.items():
        weight[...] = fitted.params[name]
    course.state, course.memory = deepcopy((fitted.state, place.memory))
    course.number, course.examples, course.seconds = place.number, place.examples, place.seconds
    course.before = place.before
    restore(course.roles.noise, place.noise)
    course.points.add(course.number)  # where the last measurements of the fit are made anew
    course.rows = [row for row in fitted.learned.rows if row.examples != place.examples]
    return course


def check_rates(run: Run, number: int, steps: int) -> None:
    """Raise `BadInput` if all learning rates are 0 from step `number` on, as where a cosine ends."""
    alone = [member for member in members(run.optimiser).values() if not is_wrapper(member)]
    rates = [getattr(member, "rate", None) for member in alone]
    if all(callable(rate) and not any(map(rate, range(number, steps))) for rate in rates):
        raise BadInput(
            "the schedule of the learning rate ended at 0 with the last epoch, so that nothing more would be learned: "
            f"expected a fit with schedule='constant'; {ELSE}"
        )
