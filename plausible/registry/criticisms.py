"""The criticisms of backpropagation as an account of how a brain learns: one list, in the field's words.

A rule says under `answers` which of them its authors claim to remove.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from plausible.errors import BadInput, unknown


class Criticism(NamedTuple):
    """One objection: its name, what it says, and where it is said, a key of `references.bib`."""

    name: str
    sentence: str
    source: str


CRITICISMS: tuple[Criticism, ...] = (
    Criticism(
        "weight transport",
        "Errors come down through the very weights that activity goes up through: a synapse would have to know the "
        "strength of another one.",
        "grossberg1987",
    ),
    Criticism(
        "exact derivatives",
        "What comes down is multiplied by the slope of each neuron's activation, where it worked on the way up.",
        "bengio2015",
    ),
    Criticism(
        "non-local error",
        "A synapse changes by an error that is computed elsewhere, and not by the activity of the two neurons that it "
        "joins.",
        "whittington2019",
    ),
    Criticism(
        "separate phases",
        "Activity and errors take turns in the same network, and something has to tell the synapses which of them they "
        "see.",
        "bengio2015",
    ),
    Criticism(
        "update locking",
        "A layer cannot learn before all layers above it have worked, and, where it is locked backwards, before the "
        "error has come back through them.",
        "jaderberg2017",
    ),
    Criticism(
        "target at the output",
        "Every output neuron is told what it should have done; an animal hears a reward at best.",
        "bengio2015",
    ),
    Criticism(
        "continuous values",
        "Neurons send each other numbers of any size and sign, and no spikes.",
        "bengio2015",
    ),
    Criticism(
        "insensitivity to timing",
        "When a neuron spikes makes no difference to what its synapses learn, whereas the sign of a change depends on "
        "milliseconds.",
        "bipoo1998",
    ),
    Criticism(
        "synchronised steps",
        "All neurons and synapses work at the ticks of one clock, a layer after the other.",
        "bengio2015",
    ),
    Criticism(
        "storage in time",
        "The activity of every past step is kept, and errors travel back through it: memory grows with the sequence.",
        "marschall2020",
    ),
    Criticism(
        "signed synapses",
        "One neuron excites some neurons and inhibits others, and a synapse may change its sign while it learns.",
        "cornford2021",
    ),
    Criticism(
        "one-to-one units",
        "Each neuron has a partner of its own, as for its error, to which it is joined one to one.",
        "whittington2019",
    ),
    Criticism(
        "extra state",
        "Synapses or neurons remember more than a weight and an activity: traces, copies, influences on all others.",
        "marschall2020",
    ),
)
BY_NAME: Mapping[str, Criticism] = {each.name: each for each in CRITICISMS}
QUALIFIED = re.compile(r"(?P<name>[^()]+?)(?: \((?P<only>[^()]+)\))?")


class Answer(NamedTuple):
    """A criticism that a rule answers, and to what part of it; "" where it answers all of it."""

    criticism: Criticism
    only: str = ""


def answer(text: str) -> Answer:
    """One of a rule's `answers`: a criticism by its name, in brackets the part that is answered, where it is not all.

    Raises:
        BadInput: if there is no such criticism.

    >>> from plausible.registry.criticisms import answer
    >>> answer("weight transport (of magnitudes)").only
    'of magnitudes'
    >>> answer("weight transports")
    Traceback (most recent call last):
    plausible.errors.BadInput: unknown criticism 'weight transports': did you mean 'weight transport'? expected one of \
continuous values, exact derivatives, extra state, insensitivity to timing, non-local error, one-to-one units, \
separate phases, signed synapses, storage in time, synchronised steps, target at the output, update locking, \
weight transport
    """
    found = QUALIFIED.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadInput(
            f"answers has {text!r}: expected the name of a criticism, such as 'weight transport', if need be with the "
            "part that is answered, such as 'weight transport (of magnitudes)'"
        )
    if found["name"] not in BY_NAME:
        raise unknown("criticism", found["name"], BY_NAME)
    return Answer(BY_NAME[found["name"]], found["only"] or "")
