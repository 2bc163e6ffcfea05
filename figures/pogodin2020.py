"""MNIST by the kernelised bottleneck and by backpropagation, after [pogodin2020]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.streamed import errors_on_test, on_mnist, training_and_test
from plausible.printing.words import count

GROUPED, DIVIDED = "gaussian grp", "gaussian grp+div"
LABELS = {GROUPED: "grouped pHSIC", DIVIDED: "grouped and divided pHSIC"}
SETTINGS = ("epochs", "hidden")


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies on MNIST in one setting, the longest in the widest layers."""
    found = on_mnist(table, "method", SETTINGS)
    for name in reversed(SETTINGS):
        found = found[found[name] == found[name].max()]
    return found


def draw(table: pd.DataFrame) -> Figure:
    """Training error against epochs, and the test error of every method.

    Args:
        table: of the study `pogodin2020`, in long form.
    """
    drawn = source(table)
    return training_and_test(drawn, errors_on_test(drawn, "backprop", LABELS), setting(drawn), LABELS)


def setting(drawn: pd.DataFrame) -> str:
    """The network and how long it learned, in words."""
    if not len(drawn):
        return "MNIST, no runs"
    epochs, hidden = (int(drawn[name].iloc[0]) for name in SETTINGS)
    return f"MNIST, 3 layers of {hidden} units, {count(epochs, 'epoch')}, Gaussian kernel"
