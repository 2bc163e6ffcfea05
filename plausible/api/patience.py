"""Early stopping: learning ends when the validation score has not grown for some epochs."""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np

from plausible.core import Measurement, Params, State, Tick
from plausible.errors import require_whole
from plausible.printing.words import count
from plausible.probes.performance import performance
from plausible.study.course import Course
from plausible.study.run import SCORES


class Patience:
    """Early stopping [prechelt1998], for `Course.watch`.

    The score is the accuracy on the validation split, or minus the normalised error, after every epoch. Weights, state
    and the number of examples of the best epoch are copied, and are those that were learned in the end, however
    learning ends. Raises `BadInput` unless `epochs` is a whole number above 0.
    """

    def __init__(self, course: Course, epochs: int) -> None:
        require_whole("patience", epochs, expected="a positive whole number of epochs")
        self.course, self.epochs = course, epochs
        self.best, self.since = -math.inf, 0
        self.params: Params = {}
        self.state: State = None
        self.examples = 0
        self.said = ""  # why learning ended early, in words

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
        if tick.number == 0:  # nothing is learned yet
            return False
        self.since = 0 if self.better(tick) else self.since + 1
        if self.since >= self.epochs:
            self.said = f"stopped early at epoch {self.course.told()}, as the validation score had not "
            self.said += f"grown for {count(self.since, 'epoch')}"
        return self.since >= self.epochs

    def last(self, tick: Tick) -> Tick:
        """The tick with the best weights and state; the run then has them, too."""
        self.better(tick)
        return tick._replace(step=tick.step._replace(state=self.state)) if self.restore() else tick

    def restore(self) -> bool:
        """Give the run the weights and the state of the best epoch, if there was one; the history says which it was."""
        if not self.params:
            return False
        course = self.course
        for name, array in self.params.items():
            course.params[name][...] = array
        course.state, course.examples = self.state, self.examples
        course.add("validation", [Measurement("best epoch", "", self.examples / course.in_epoch)])
        best = f"weights are those of epoch {course.told()}, the best on validation"
        self.said = "; ".join(filter(None, [self.said, best]))
        return True
