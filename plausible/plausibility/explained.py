"""Why the measured verdict on a rule of the suite differs from what its authors claim: a line for each difference.

What is claimed stands under `answers` of the rule; each line here was read in the paper's equations and holds against
what the instruments show. A test asks that there is one for every difference, and none for what agrees.
"""

from __future__ import annotations

from collections.abc import Mapping

MOTION = "the slope of its own activation moves a neuron; its synapses read rates alone"
START = "a presentation begins with the activity that the input causes; synapses learn all the while from what follows"
SETTLES = "all layers settle at once, yet the lowest error is what came down through the weights above, step by step"
SWEEP = "its one sweep down starts from a forward pass without the target"
LEARNS = (
    "weights learn at every step while a batch settles, so that its examples meet in them; one by one none do"
)
TARGETS = (
    "its loss is of a layer's own activity and target; the target comes down by weights of its own, and no layer above "
    "learns from it"
)
ORDERED = "a unit's change reads what other units of its layer take out of the input, by their weights"
EXPLAINED: Mapping[tuple[str, str], str] = {
    ("equilibrium-propagation", "exact derivatives"): MOTION,
    ("continual-equilibrium-propagation", "exact derivatives"): MOTION,
    ("holomorphic-equilibrium-propagation", "exact derivatives"): MOTION,
    ("vector-field-equilibrium-propagation", "exact derivatives"): MOTION,
    (
        "continual-equilibrium-propagation",
        "separate phases",
    ): "a free phase comes first; what follows is learned from at "
    "every step, and no phase is held against another",
    ("dendritic-microcircuit", "separate phases"): START,
    ("self-predicting-microcircuit", "separate phases"): START,
    ("incremental-predictive-coding", "separate phases"): START,
    ("dual-propagation", "separate phases"): SWEEP,
    ("adjoint-dual-propagation", "separate phases"): SWEEP,
    ("burst-ccn", "separate phases"): SWEEP,
    ("continual-equilibrium-propagation", "non-local error"): LEARNS,
    ("incremental-predictive-coding", "non-local error"): LEARNS,
    ("difference-reconstruction", "non-local error"): TARGETS,
    ("local-difference-reconstruction", "non-local error"): TARGETS,
    ("fixed-weight-difference-target-propagation", "non-local error"): TARGETS,
    ("simplified-difference-target-propagation", "non-local error"): TARGETS,
    (
        "zero-divergence-learning",
        "non-local error",
    ): "weights change before the activity that an error moves is sent on",
    ("sanger", "non-local error"): ORDERED,
    ("independent-components", "non-local error"): ORDERED,
    ("predictive-coding", "update locking"): SETTLES,
    ("incremental-predictive-coding", "update locking"): SETTLES,
    ("relaxed-predictive-coding", "update locking"): SETTLES,
    ("generative-predictive-coding", "update locking"): SETTLES,
    ("fixed-prediction-coding", "update locking"): SETTLES,
    (
        "fixed-prediction-coding",
        "non-local error",
    ): "predictions are held as the forward pass left them, so that errors "
    "settle beside an activity that they do not change",
}


def explanation(rule: str, criticism: str) -> str:
    """The line for a criticism of a registered rule; "" without one."""
    return EXPLAINED.get((rule, criticism), "")
