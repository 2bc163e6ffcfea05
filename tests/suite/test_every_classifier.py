"""Every rule is a classifier by its name, with the network that it learns. Oracle: the registry; kinds of networks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

import plausible
from plausible import PlausibleClassifier
from plausible.registry import registry

# So few that spiking networks are simulated at once, and not compiled first.
_, Y = make_blobs(30, 4, centers=3, cluster_std=1.5, random_state=0)
NAMES = np.array(["ash", "birch", "cedar"])
SEQUENCES = ("bptt", "exact-lag-bptt", "random-feedback-bptt", "readout-only", "rtrl")
KINDS = {  # of networks of rules that learn no MLP
    **dict.fromkeys(SEQUENCES, "rnn"),
    "supralinear-hebb": "continuous-rnn",
    **dict.fromkeys(("burst-ccn", "burstprop"), "events"),
    **dict.fromkeys(
        ("blocks-backprop", "blocks-feedback-alignment", "blocks-direct-feedback-alignment"), "blocks"
    ),
}


# These are shown examples for so long that their networks are compiled, for a minute.
LONG = {"diehl-cook", "event-driven-feedback", "kinase", "mstdpet", "reward-stdp", "urbanczik-senn"}


@pytest.mark.parametrize("rule", sorted({*registry.registered("rule")} - LONG))
def test_every_rule_of_rows_is_a_classifier_by_its_name(rule: str) -> None:
    x = np.random.default_rng(0).random((len(Y), 16))  # rates of spikes, as pixels are, are from 0 to 1
    if rule in KINDS:
        told = f"rule '{rule}' learns networks of kind {KINDS[rule]}, not mlp"
        with pytest.raises(plausible.BadInput, match=told):
            PlausibleClassifier(rule, (6,), network="mlp", epochs=1, random_state=0).fit(x, Y)
    if rule not in (*SEQUENCES, "supralinear-hebb"):
        made = PlausibleClassifier(rule, (6,), "tanh", epochs=1, random_state=0)
        assert set(made.fit(x, NAMES[Y]).predict(x)) <= set(NAMES)
