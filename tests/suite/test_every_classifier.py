"""Every rule is a classifier by its name, with the network that it learns. Oracle: the registry; kinds of networks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

import plausible
from plausible import PlausibleClassifier
from plausible.registry import registry

_, Y = make_blobs(90, 4, centers=3, cluster_std=1.5, random_state=0)
NAMES = np.array(["ash", "birch", "cedar"])
SEQUENCES = ("bptt", "exact-lag-bptt", "random-feedback-bptt", "readout-only", "rtrl")
KINDS = {  # of networks of rules that learn no MLP, and the name of one
    **dict.fromkeys(SEQUENCES, ("RNN", "rnn")),
    "supralinear-hebb": ("ContinuousRNN", ""),
    **dict.fromkeys(("burst-ccn", "burstprop"), ("EventNetwork", "events")),
    **dict.fromkeys(
        ("blocks-backprop", "blocks-feedback-alignment", "blocks-direct-feedback-alignment"),
        ("Blocks", "blocks"),
    ),
}


# These are shown examples for so long that their networks are compiled, for a minute.
LONG = {"diehl-cook", "event-driven-feedback", "kinase", "mstdpet", "reward-stdp", "urbanczik-senn"}


@pytest.mark.parametrize("rule", sorted({*registry.registered("rule")} - LONG))
def test_every_rule_of_rows_is_a_classifier_by_its_name(rule: str) -> None:
    made = PlausibleClassifier(rule, (6,), "tanh", epochs=1, random_state=0)
    x = np.random.default_rng(0).random((len(Y), 16))  # rates of spikes, as pixels are, are from 0 to 1
    if rule in KINDS:
        kind, network = KINDS[rule]
        with pytest.raises(
            plausible.BadInput, match=f"rule '{rule}' learns a network of kind {kind}, not MLP"
        ):
            made.fit(x, Y)
    if rule not in (*SEQUENCES, "supralinear-hebb"):
        made = PlausibleClassifier(rule, network=network, epochs=1, random_state=0) if rule in KINDS else made
        assert set(made.fit(x, NAMES[Y]).predict(x)) <= set(NAMES)
