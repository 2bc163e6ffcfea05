"""Learning rules as a classifier and a regressor of scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.metaestimators import available_if

from plausible.api.targets import Classifying, Regressing, gives_probabilities
from plausible.api.words import RuleLike
from plausible.core import Array, Optimiser
from plausible.networks.activations import Activation
from plausible.networks.network import Network


class PlausibleClassifier(Classifying):
    """A classifier that learns by a learning rule of the suite.

    It keeps scikit-learn's contract: `Pipeline`, `cross_val_score`, and `GridSearchCV`, also over rules.

    Parameters
    ----------
    rule : str, Rule or type, default="backprop"
        What learns: a word as on the command line, such as "fa[feedback=uniform(0.5)]", or "fa@sgd[rate=0.1]" with an
        optimiser; a class; or an instance, whose own network learns, as it is. Rules for sequences are refused.
    hidden : tuple of int, default=(64,)
        Units of each hidden layer; () is a single layer. Not used where network or rule is an instance.
    activation : str or Activation, default="relu"
        Of hidden units; "tanh" serves all rules. Not used where network or rule is an instance.
    network : str, Network or None, default=None
        What learns: a name with options, as in "mlp[bias=False]", which may leave `hidden` and `activation` to this
        estimator; or an instance, as it is. None is an MLP with a softmax output and cross-entropy; for labels of which
        an example may have several, a logistic one and binary cross-entropy.
    optimiser : str, Optimiser or None, default=None
        A name with options, as in "adam[rate=0.001]", or an instance. None is the rule's own, if it names one,
        or Adam at a rate of 0.001. Its rate is constant, unless an instance says otherwise.
    epochs : int, default=50
        How often every example is shown by `fit`.
    batch_size : int, default=32
        Examples between two weight changes.
    early_stopping : bool, default=False
        Whether to hold examples back, stop when accuracy on them grows no more, and keep the best weights.
    validation_fraction : float, default=0.1
        The share of the examples that is held back, classes in proportion.
    patience : int, default=10
        Epochs in a row without a better accuracy after which learning stops.
    class_weight : dict, "balanced" or None, default=None
        What the error of an example weighs, by its label; "balanced" is n / (n_classes · n_c) [king2001]. Refused for
        rules that do not learn from the error of the output, such as "forward-forward"; `sample_weight` serves all.
    warm_start : bool, default=False
        Whether `fit` goes on with what was learned: two fits of 5 epochs are one of 10, to the last bit.
    random_state : int, RandomState or None, default=None
        The seed of first weights and of the order of examples. A whole number is that of `plausible.fit`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; of several labels an example, the numbers of the columns.
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a frame whose columns have names.
    n_outputs_ : int
        Outputs of the network: the classes.
    params_ : dict of ndarray
        The weights by name: W1 ... WL (n_in, n_out), b1 ... bL (n_out,), and those of feedback.
    loss_curve_ : list of float
        The mean loss of an example in each epoch, as it was before the weight change that it gave rise to. Empty for
        rules that offer no loss.
    validation_scores_, best_validation_score_ : list of float, float
        Accuracy on what is held back, with early_stopping.
    history_ : DataFrame
        All of that in the suite's long table, with the seconds that learning took.
    n_iter_ : int
        Epochs of the last fit.
    t_ : int
        Examples that were shown so far.
    seed_ : int
        The seed: `random_state`, or the number that was drawn.

    Notes
    -----
    Weights have the dtype of X, float64 or float32, which is faster, unless a network says otherwise; a warning tells
    where that makes different rows equal. What cannot be used raises `BadInput`, a ValueError of one line. On the same
    arrays, network, optimiser of constant rate and seed, weights are those of `plausible.fit` to the last bit.

    Examples
    --------
    >>> from plausible.api.estimators import PlausibleClassifier
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> classifier = PlausibleClassifier("feedback-alignment", hidden=(64,), epochs=30, random_state=0)
    >>> bool(classifier.fit(X_train, y_train).score(X_test, y_test) > 0.95)
    True
    >>> classifier.predict_proba(X_test).shape
    (450, 10)
    """

    def __init__(
        self,
        rule: RuleLike = "backprop",
        hidden: tuple[int, ...] = (64,),
        activation: str | Activation = "relu",
        *,
        network: str | Network | None = None,
        optimiser: str | Optimiser | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.rule = rule
        self.hidden = hidden
        self.activation = activation
        self.network = network
        self.optimiser = optimiser
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples; dense.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels, whole numbers or words; or zeros and ones, where an example may have several labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How often an example is shown in an epoch, if these are whole numbers: fitting is that of examples which are
            repeated so often. Other weights, and whole numbers of a mean above 100, are relative: they are divided by
            their mean, and a fraction is shown by chance. So they serve every rule.

        Returns
        -------
        self : PlausibleClassifier
            The fitted classifier.

        Raises
        ------
        BadInput
            In one line, for data and parameters that cannot be used; labels of one class only.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn once more from examples, of which there may be a single one; go on where the last call ended.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that there will be; needed at the first call, and only then.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self : PlausibleClassifier
            The classifier, one epoch further. As many calls with all examples are as many epochs.

        Raises
        ------
        BadInput
            In one line, for data and parameters that cannot be used.
        """
        self._announce(classes)
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The label of each example: that of the largest answer.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels; of several labels an example, 1 for an answer above one half, else 0.
        """
        return self._labelled(self._answered(X))

    @available_if(gives_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each label; there only where the network's output answers from 0 to 1.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples.

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of `classes_`. Of an output that is not softmax, such as "logistic", answers are
            divided by their sum; where an example may have several labels, they are as they are.

        Raises
        ------
        BadInput
            For a rule that answers with other numbers, such as "generative-predictive-coding".
        """
        return self._probabilities(self._answered(X))


class PlausibleRegressor(Regressing):
    """A regressor that learns by a learning rule of the suite, one value of an example or several.

    It keeps scikit-learn's contract: `Pipeline`, `cross_val_score`, and `GridSearchCV`, also over rules.

    Parameters
    ----------
    rule : str, Rule or type, default="backprop"
        What learns: a word as on the command line, such as "fa[feedback=uniform(0.5)]"; a class; or an instance, whose
        own network learns, as MLP((64,), output="linear"). Rules for sequences, or classes only, are refused.
    hidden : tuple of int, default=(64,)
        Units of each hidden layer; () is a single layer. Not used where network or rule is an instance.
    activation : str or Activation, default="relu"
        Of hidden units; "tanh" serves all rules. Not used where network or rule is an instance.
    network : str, Network or None, default=None
        What learns: a name with options, as in "mlp[bias=False]", which may leave `hidden` and `activation` to this
        estimator; or an instance, as it is. None is an MLP with a linear output and half the squared error.
    optimiser : str, Optimiser or None, default=None
        A name with options, as in "adam[rate=0.001]", or an instance. None is the rule's own, if it names one,
        or Adam at a rate of 0.001. Its rate is constant, unless an instance says otherwise.
    epochs : int, default=50
        How often every example is shown by `fit`.
    batch_size : int, default=32
        Examples between two weight changes.
    early_stopping : bool, default=False
        Whether to hold examples back, stop when R² of them grows no more, and keep the best weights.
    validation_fraction : float, default=0.1
        The share of the examples that is held back.
    patience : int, default=10
        Epochs in a row without a better R² after which learning stops.
    warm_start : bool, default=False
        Whether `fit` goes on with what was learned: two fits of 5 epochs are one of 10, to the last bit.
    random_state : int, RandomState or None, default=None
        The seed of first weights and of the order of examples. A whole number is that of `plausible.fit`.

    Attributes
    ----------
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X was a frame whose columns have names.
    n_outputs_ : int
        Outputs of the network: the values of an example.
    params_ : dict of ndarray
        The weights by name: W1 ... WL (n_in, n_out), b1 ... bL (n_out,), and those of feedback.
    loss_curve_ : list of float
        The mean loss of an example in each epoch, as it was before the weight change that it gave rise to. Empty for
        rules that offer no loss.
    validation_scores_, best_validation_score_ : list of float, float
        R² of what is held back.
    history_ : DataFrame
        All of that in the suite's long table, with the seconds that learning took.
    n_iter_ : int
        Epochs of the last fit.
    t_ : int
        Examples that were shown so far.
    seed_ : int
        The seed: `random_state`, or the number that was drawn.

    Notes
    -----
    TransformedTargetRegressor scales values that are not of about 1 in size. Weights and answers have the dtype of X.

    Examples
    --------
    >>> import numpy as np
    >>> from plausible.api.estimators import PlausibleRegressor
    >>> X = np.random.default_rng(0).normal(size=(200, 3))
    >>> y = np.stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])], axis=1)
    >>> regressor = PlausibleRegressor("direct-feedback-alignment", epochs=100, random_state=0).fit(X, y)
    >>> regressor.predict(X).shape, bool(regressor.score(X, y) > 0.8)
    ((200, 2), True)
    """

    def __init__(
        self,
        rule: RuleLike = "backprop",
        hidden: tuple[int, ...] = (64,),
        activation: str | Activation = "relu",
        *,
        network: str | Network | None = None,
        optimiser: str | Optimiser | None = None,
        epochs: int = 50,
        batch_size: int = 32,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        patience: int = 10,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.rule = rule
        self.hidden = hidden
        self.activation = activation
        self.network = network
        self.optimiser = optimiser
        self.epochs = epochs
        self.batch_size = batch_size
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.warm_start = warm_start
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn from examples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples; dense.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Values.
        sample_weight : array-like of shape (n_samples,), default=None
            How often an example is shown in an epoch, if these are whole numbers: fitting is that of examples which are
            repeated so often. Other weights, and whole numbers of a mean above 100, are relative: they are divided by
            their mean, and a fraction is shown by chance. So they serve every rule.

        Returns
        -------
        self : PlausibleRegressor
            The fitted regressor.

        Raises
        ------
        BadInput
            In one line, for data and parameters that cannot be used; values that are all the same among them.
        """
        return self._fit(X, y, sample_weight)

    def partial_fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Learn once more from examples, of which there may be a single one; go on where the last call ended.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their values.
        sample_weight : array-like of shape (n_samples,), default=None
            As in `fit`.

        Returns
        -------
        self : PlausibleRegressor
            The regressor, one epoch further. As many calls with all examples are as many epochs.

        Raises
        ------
        BadInput
            In one line, for data and parameters that cannot be used.
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X: ArrayLike) -> Array:
        """The values of each example.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Examples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Values, with as many axes as those that were learned.
        """
        answer = self._answered(X)
        return answer[:, 0] if self._flat else answer
