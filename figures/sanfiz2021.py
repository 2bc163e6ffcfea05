"""The signs of the weights as feedback, beside random feedback and backprop, after [sanfiz2021]."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import captioned, sheet
from plausible.plotting.panels import (
    angles_in_time,
    final_errors,
    hidden_angles,
    legend_above,
    validation_errors,
)
from plausible.printing.words import count

LABELS = {
    "backprop": "backprop",
    "uniform-sign-feedback": "uSF",
    "batchwise-random-sign-feedback": "brSF",
    "fixed-random-sign-feedback": "frSF",
    "feedback-alignment[feedback=glorot]": "FA",
    "direct-feedback-alignment[feedback=glorot]": "DFA",
}

LOOKS = {
    "uniform-sign-feedback": ("#56B4E9", "^"),
    "batchwise-random-sign-feedback": ("#E69F00", "v"),
    "fixed-random-sign-feedback": ("#009E73", "s"),
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
    with sheet(9, 6) as figure:
        (errors, test), (gradients, weights) = figure.subplots(2, 2)
        validation_errors(errors, drawn, "Validation", LABELS, LOOKS)
        final_errors(test, drawn, list(LABELS), labels=LABELS)
        test.set_title("Test")
        angles_in_time(
            gradients, drawn, "gradient angle", "Change and gradient, mean of hidden layers", LOOKS
        )
        angles_in_time(weights, drawn, "weight angle", "Feedback and weights, mean of layers", LOOKS)
        for angle, words in ((30.0, "uSF in theory"), (41.41, "brSF, frSF in theory")):
            weights.axhline(angle, color="#AA3377", linewidth=0.8, linestyle=":")
            weights.annotate(
                words, (0, angle), (2, 2), textcoords="offset points", fontsize=6, color="#AA3377"
            )
        legend_above(figure, errors, 6)
        tasks = ", ".join(dict.fromkeys(drawn.task.astype(str)))
        note = f"{tasks}, four hidden layers; {count(drawn.seed.nunique(), 'seed')}"
        return captioned(
            figure, f"{note}; bands and bars: 95 % interval of the mean; theory: before learning"
        )
