"""What reviews and tables of the literature say of rules, to be held against what is measured."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """A verdict that somebody published."""

    rule: str
    criticism: str
    verdict: str  # "present" or "removed"
    source: str  # a key of references.bib
    note: str = ""


TABLE_1 = {  # of lv2025: weight transport, non-local error and separate phases, + where a rule is said to remove it
    "backprop": "---",
    "feedback-alignment": "+--",
    "predictive-coding": "-+-",
    "forward-forward": "+++",
    "equilibrium-propagation": "+++",
    "layerwise-classifiers": "-+-",
    "difference-target-propagation": "++-",
    "node-perturbation": "++-",
    "hebb": "+++",
    "reward-stdp": "+++",
}
ASKED = ("weight transport", "non-local error", "separate phases")
NOTES = {
    ("hebb", "separate phases"): "of features by themselves, which here are read out",
    ("forward-forward", "separate phases"): "disputable: it takes two passes",
    ("layerwise-classifiers", "weight transport"): "disputable: within a layer alone",
    ("equilibrium-propagation", "weight transport"): "disputable: weights are symmetric",
    ("equilibrium-propagation", "separate phases"): "disputable: there is a free and a nudged phase",
}
LITERATURE: tuple[Said, ...] = (
    *(
        Said(
            rule,
            criticism,
            "removed" if mark == "+" else "present",
            "lv2025",
            NOTES.get((rule, criticism), ""),
        )
        for rule, marks in TABLE_1.items()
        for criticism, mark in zip(ASKED, marks, strict=True)
    ),
    Said("equilibrium-propagation", "weight transport", "present", "whittington2019"),
    Said("contrastive-hebbian", "weight transport", "present", "whittington2019"),
    Said("predictive-coding", "weight transport", "present", "whittington2019"),
    Said(
        "dendritic-microcircuit", "weight transport", "present", "whittington2019", "of the models in general"
    ),
    Said("equilibrium-propagation", "separate phases", "present", "whittington2019", "a control signal"),
    Said("contrastive-hebbian", "separate phases", "present", "whittington2019", "a control signal"),
    Said("predictive-coding", "separate phases", "removed", "whittington2019", "no control signal"),
    Said("dendritic-microcircuit", "separate phases", "removed", "whittington2019", "no control signal"),
    Said("predictive-coding", "one-to-one units", "present", "whittington2019", "error nodes"),
    Said("dendritic-microcircuit", "one-to-one units", "present", "whittington2019", "interneurons"),
    Said("rtrl", "storage in time", "removed", "marschall2020"),
    Said("bptt", "storage in time", "present", "marschall2020"),
    Said("random-feedback-bptt", "weight transport", "removed", "marschall2020"),
)


def said_of(rule: str, criticism: str) -> list[Said]:
    """What the literature says of a rule, by its registered name."""
    return [each for each in LITERATURE if (each.rule, each.criticism) == (rule, criticism)]
