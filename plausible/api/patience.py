"""Early stopping: learning ends when the validation score has not grown for some epochs."""

from __future__ import annotations

import math
from copy import deepcopy

import numpy as np

from plausible.core import Measurement, Params, State, Tick, View
from plausible.errors import require_whole
from plausible.printing.words import count
from plausible.probes.performance import performance
from plausible.study.course import Course
from plausible.study.run import SCORES


class Best:
    """The best that was learned so far, and how long ago: what early stopping [prechelt1998] needs to know.

    >>> import numpy as np
    >>> from plausible.api.patience import Best
    >>> best, params = Best(epochs=2), {"W1": np.zeros(1)}
    >>> for score in (0.1, 0.5, 0.4, 0.3):
    ...     params["W1"] += 1
    ...     _ = best.hear(score, params, None)
    >>> best.score, best.since, best.over
    (0.5, 2, True)
    >>> best.restore(params)
    >>> params
    {'W1': array([2.])}
    """

    def __init__(self, epochs: int) -> None:
        self.epochs, self.since, self.score = epochs, 0, -math.inf
        self.params: Params = {}  # a copy of the weights with which the score was best
        self.state: State = None  # and of the rule's state

    def hear(self, score: float, params: View, state: State) -> bool:
        """Whether a score is better than all before, larger and no NaN; then weights and state are copied."""
        better = score > self.score
        self.since = 0 if better else self.since + 1
        if better:
            self.score, self.state = score, deepcopy(state)
            self.params = {name: np.array(array) for name, array in params.items()}
        return better

    @property
    def over(self) -> bool:
        """Whether the score has not grown for as many epochs as one waits."""
        return self.since >= self.epochs

    def restore(self, params: Params) -> None:
        """Give weights the values that they had when the score was best, if there was one; in place."""
        for name, array in self.params.items():
            params[name][...] = array


class Patience:
    """Early stopping, for `Course.watch`.

    The score is the accuracy on the validation split, or minus the normalised error, after every epoch. Weights, state
    and the number of examples of the best epoch are copied, and are those that were learned in the end, however
    learning ends. Raises `BadInput` unless `epochs` is a whole number above 0.
    """

    def __init__(self, course: Course, epochs: int) -> None:
        require_whole("patience", epochs, expected="a positive whole number of epochs")
        self.course, self.best = course, Best(epochs)
        self.examples = 0  # that were shown until the best epoch ended
        self.said = ""  # why learning ended early, in words

    def hear(self, tick: Tick) -> None:
        """Score what was learned so far."""
        course = self.course
        split, rng = course.splits["validation"], np.random.default_rng(course.run.seed)
        measured = performance(course.rule, tick.params, tick.step.state, split, course.task.kind, None, rng)
        scores = [SCORES[metric] * value for metric, _, value in measured if metric in SCORES]
        if self.best.hear(scores[0] if scores else math.nan, tick.params, tick.step.state):
            self.examples = course.examples

    def stops(self, tick: Tick) -> bool:
        """Whether the score has not grown for as many epochs as one waits."""
        if tick.number == 0:  # nothing is learned yet
            return False
        self.hear(tick)
        if self.best.over:
            self.said = f"stopped early at epoch {self.course.told()}, as the validation score had not "
            self.said += f"grown for {count(self.best.since, 'epoch')}"
        return self.best.over

    def last(self, tick: Tick) -> Tick:
        """The tick with the best weights and state; the run then has them, too."""
        self.hear(tick)
        return tick._replace(step=tick.step._replace(state=self.best.state)) if self.restore() else tick

    def restore(self) -> bool:
        """Give the run the weights and the state of the best epoch, if there was one; the history says which it was."""
        if not self.best.params:
            return False
        course = self.course
        self.best.restore(course.params)
        course.state, course.examples = self.best.state, self.examples
        course.add("validation", [Measurement("best epoch", "", self.examples / course.in_epoch)])
        best = f"weights are those of epoch {course.told()}, the best on validation"
        self.said = "; ".join(filter(None, [self.said, best]))
        return True
