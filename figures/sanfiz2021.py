"""The signs of the weights as feedback, beside random feedback and backprop, after [sanfiz2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.findings import INCOMPLETE, by_rule, errors, said
from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import angles_in_time, final_errors, hidden_angles, spread, validation_errors
from plausible.plotting.style import VIOLET
from plausible.printing.words import count

LABELS = {
    "backprop": "backprop",
    "uniform-sign-feedback": "uSF",
    "batchwise-random-sign-feedback": "brSF",
    "fixed-random-sign-feedback": "frSF",
    "feedback-alignment[feedback=glorot]": "FA",
    "direct-feedback-alignment[feedback=glorot]": "DFA",
}


def source(table: pd.DataFrame) -> pd.DataFrame:
    """What is drawn of the study's table: accuracies, angles of the hidden layers' changes, and of layered feedback."""
    done = table[table.status == "done"]
    scores = done[(done.metric == "accuracy") & done.split.isin(["validation", "test"])]
    angles = hidden_angles(done)
    gradients = angles[(angles.metric == "gradient angle") & (angles.rule != "backprop")]
    weights = done[(done.metric == "weight angle") & done.layer.str.startswith("B")]
    drawn = pd.concat([scores, gradients, weights])
    return drawn[["task", "rule", "seed", "epoch", "split", "metric", "layer", "value"]]


def draw(table: pd.DataFrame) -> Figure:
    """Validation and test error; the angle of changes to the gradient, and of feedback to the weights.

    Args:
        table: of the study `sanfiz2021`, in long form, with the setting `hidden`.
    """
    drawn = source(table)
    with sheet(COLUMN, 2.9) as figure:
        (errors_, test), (gradients, weights) = figure.subplots(2, 2)
        validation_errors(errors_, drawn, "Validation", LABELS)
        final_errors(test, drawn, LABELS)
        test.set(title="Test error (%)", xlabel="")
        angles_in_time(gradients, drawn, "gradient angle", "Change and gradient", LABELS)
        angles_in_time(weights, drawn, "weight angle", "Feedback and weights", LABELS)
        for angle in (30.0, 41.41):
            weights.axhline(angle, color=VIOLET, linewidth=0.6, linestyle=":")
        tasks = ", ".join(dict.fromkeys(drawn.task.astype(str)))
        n = drawn.seed.nunique()
        note = f"{tasks}, four hidden layers, angles: their means; {count(n, 'seed')}; {spread(n)}"
        theory = "dotted: theory before learning, 30° for uSF and 41.4° for brSF and frSF"
        return finished(figure, finding(drawn), f"{note}; {theory}", errors_)


def finding(drawn: pd.DataFrame) -> str:
    """The last angles of changes to the gradient, and the range of test errors."""
    angles, test = by_rule(drawn, "gradient angle"), errors(drawn, "test")
    if not {*LABELS} - {"backprop"} <= {*angles.index} or not {*LABELS} <= {*test.index}:
        return INCOMPLETE
    return (
        f"Signs of the weights keep changes nearer to the gradient: {said(angles, '°', LABELS, 0)}; test errors from "
        f"{test.iloc[0]:.1f} ({LABELS[str(test.index[0])]}) to {test.iloc[-1]:.1f} % ({LABELS[str(test.index[-1])]})"
        if not any("sign" not in str(rule) for rule in angles.index[:3])
        else f"Changes end at these angles to the gradient: {said(angles, '°', LABELS, 0)}"
    )
