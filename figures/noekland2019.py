"""MNIST by local losses and by backpropagation through the same blocks, after [noekland2019]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.streamed import errors_on_test, on_mnist, training_and_test
from plausible.printing.words import count

LABELS = {
    "blocks-backprop": "backprop",
    "layerwise-classifiers": "pred",
    "local-similarity": "sim",
    "predsim": "predsim",
}
SETTINGS = ("epochs", "hidden", "layers", "jitter")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in one setting, the one with the most rules."""
    found = on_mnist(table, "rule", SETTINGS)
    rules = found.groupby([*SETTINGS], observed=True).rule.nunique()
    if len(rules):
        chosen = dict(zip(SETTINGS, rules[rules == rules.max()].index[-1], strict=True))
        for name, value in chosen.items():
            found = found[found[name] == value]
    return found


def draw(table: pd.DataFrame) -> Figure:
    """Training error against epochs, and the test error of every rule.

    Args:
        table: of the study `noekland2019`, in long form.
    """
    drawn = source(table)
    return training_and_test(
        drawn, errors_on_test(drawn, "blocks-backprop", LABELS, 2), setting(drawn), LABELS
    )


def setting(drawn: pd.DataFrame) -> str:
    """The network and how long it learned, in words."""
    if not len(drawn):
        return "MNIST, no runs"
    epochs, hidden, layers, jitter = (int(drawn[name].iloc[0]) for name in SETTINGS)
    images = f"moved by up to {count(jitter, 'pixel')}" if jitter else "not moved"
    size = f"{count(layers, 'layer')} of {hidden} units"
    return f"MNIST, {size} with batch normalisation, {count(epochs, 'epoch')}, images {images}"
