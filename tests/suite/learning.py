"""Runs that have learned, for tests of what they learned."""

from __future__ import annotations

from plausible.core import randomness
from plausible.registry import registry
from plausible.study.course import Course
from plausible.study.learned import Learned
from plausible.study.run import Run


def of_run(run: Run) -> tuple[Course, Learned]:
    """A run that has learned, and what it has learned."""
    roles = randomness(run.seed)
    task = registry.task(run.task, roles.data)
    course = Course(run, task, registry.rule(run.rule, run.network), roles)
    course.learn(lambda fraction: None, float("inf"), None)
    return course, Learned(run, course.params, course.state, task.n_out, task.kind, task.coded, course.rows)
