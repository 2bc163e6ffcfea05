"""How labels and values become the targets of a network, and how good answers to them are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import r2_score

from plausible.api import validated
from plausible.api.estimating import Estimator, task_of
from plausible.api.parts import Parts
from plausible.core import Array
from plausible.errors import BadInput, require
from plausible.study.refusals import check_heeded, with_weights
from plausible.tasks.given import check_varies
from plausible.tasks.labels import class_weights, codes_of, decode_labels, encode_labels, labels_of
from plausible.tasks.scored import BOUNDED
from plausible.tasks.task import Split, correct

NEARLY = 1e-3  # how far from 0 and 1 probabilities may be rounded


def gives_probabilities(estimator: Classifying) -> bool:
    """Whether the network of a classifier answers from 0 to 1."""
    output = estimator._parts().output
    return output is not None and output.name in BOUNDED


class Classifying(ClassifierMixin, Estimator):  # type: ignore[misc]  # scikit-learn has no types
    """Targets that are labels: one-hot for one label an example, zeros and ones in columns for several."""

    _metric: ClassVar[str] = "accuracy"
    _several: bool = False  # whether an example may have several labels
    _weights: tuple[float, ...] = ()  # of the classes; () where all weigh alike
    _announced: NDArray[Any] | None = None  # the labels that the first call of `partial_fit` is told of

    class_weight: Mapping[Any, float] | Literal["balanced"] | None
    classes_: NDArray[Any]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _usual(self) -> str:
        return "logistic" if self._several else "softmax"

    def _kind(self) -> Literal["classes", "values"]:
        return "values" if self._several else "classes"

    def _parts(self) -> Parts:
        made = super()._parts()
        if not self._weights:
            return made
        if made.output is None:
            raise BadInput(
                f"class_weight for rule {made.label!r}, which has no output to weigh: expected None"
            )
        return made._replace(rule=with_weights(made.rule, self._weights))

    def _check_fit(self, made: Parts, split: Split) -> None:
        super()._check_fit(made, split)
        if self._weights:
            check_heeded(made.rule, made.label, self._weights, task_of(made, split, "classes"))

    def _targets(self, y: ArrayLike) -> NDArray[Any]:
        return validated.labels(y, self)

    def _encoded(self, targets: NDArray[Any], counts: NDArray[np.float64] | None, fresh: bool) -> Array:
        several = targets.ndim == 2
        announced, self._announced = self._announced, None
        kind = "labels in columns" if several else "(examples,), a label of each"
        good = fresh or several == self._several
        require(good, "y", kind, "targets of the kind that was learned so far")
        if several:
            return self._of_several(targets, fresh)
        known = announced if fresh else self.classes_
        if known is None:
            classes, codes = encode_labels(targets)
        else:
            classes, codes = known, codes_of(labels_of(targets), known)
        if fresh:
            self._several, self.classes_ = False, classes
            self._weights = class_weights(self.class_weight, codes, classes, counts)
        return np.eye(len(classes), dtype=np.float32)[codes]

    def _of_several(self, targets: NDArray[Any], fresh: bool) -> Array:
        """Zeros and ones, (examples, labels), of which an example may have several."""
        require(
            self.class_weight is None,
            "class_weight",
            self.class_weight,
            "None where an example has several labels",
        )
        if fresh:
            self._several, self._weights, self.classes_ = True, (), np.arange(targets.shape[1])
        learned = len(self.classes_)
        require(
            targets.shape[1] == learned, "the columns of y", targets.shape[1], f"{learned}, as learned so far"
        )
        return targets.astype(np.float32)

    def _announce(self, classes: ArrayLike | None) -> None:
        """Hear of all labels that there will be. Raises `BadInput` for none, or others than before."""
        if isinstance(self.class_weight, str):
            raise BadInput(
                f"partial_fit with class_weight={self.class_weight!r}: expected a mapping of labels to weights, as how "
                "many there will be of each class is not known"
            )
        known = self.classes_ if self._begun() else None
        if classes is None:
            there = "all labels that there will be, at the first call of partial_fit"
            require(known is not None, "classes", None, there)
            return
        found, _ = encode_labels(np.unique(np.asarray(classes)), "classes")
        same = known is None or np.array_equal(found, known)
        told = [] if known is None else known.tolist()
        require(same, "classes", found.tolist(), f"those of the first call, {told}")
        self._announced = found

    def _labelled(self, answer: Array) -> NDArray[Any]:
        """The labels that answers, (examples, n_out), stand for."""
        return (answer > 0.5).astype(int) if self._several else decode_labels(answer, self.classes_)

    def _probabilities(self, answer: Array) -> Array:
        """Answers, (examples, n_out), as shares of 1. Raises `BadInput` for those that are no probabilities."""
        if answer.min() < -NEARLY or answer.max() > 1 + NEARLY or not np.isfinite(answer).all():
            raise BadInput(
                f"rule {self._label!r} answers with numbers from {answer.min():.3g} to {answer.max():.3g}, no "
                "probabilities: expected one that answers with its network's, such as 'backprop'; or take predict"
            )
        total = answer.sum(axis=1, keepdims=True)
        if self._several or (abs(total - 1) < NEARLY).all():
            return answer
        even = np.full_like(answer, 1 / answer.shape[1])
        shares: Array = np.divide(answer, total, out=even, where=total > 0)
        return shares

    def _rate(self, answer: Array, y: Array, weights: NDArray[np.float64] | None) -> float:
        right = ((answer > 0.5) == (y > 0.5)).all(axis=1) if self._several else correct(answer, y)
        return float(np.average(right, weights=weights))


class Regressing(RegressorMixin, Estimator):  # type: ignore[misc]  # scikit-learn has no types
    """Targets that are values."""

    _metric: ClassVar[str] = "R²"
    _flat: bool = True  # whether values were given as (examples,)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _usual(self) -> str:
        return "linear"

    def _kind(self) -> Literal["classes", "values"]:
        return "values"

    def _targets(self, y: ArrayLike) -> NDArray[Any]:
        return validated.values(y, self)

    def _check_fit(self, made: Parts, split: Split) -> None:
        check_varies(split.y)
        super()._check_fit(made, split)

    def _encoded(self, targets: NDArray[Any], counts: NDArray[np.float64] | None, fresh: bool) -> Array:
        y = targets.reshape(len(targets), -1)
        if fresh:
            self._flat = targets.ndim == 1
        else:
            require(
                y.shape[1] == self.n_outputs_,
                "the columns of y",
                y.shape[1],
                f"{self.n_outputs_}, as learned so far",
            )
        return y

    def _rate(self, answer: Array, y: Array, weights: NDArray[np.float64] | None) -> float:
        return float(r2_score(y, answer, sample_weight=weights))
