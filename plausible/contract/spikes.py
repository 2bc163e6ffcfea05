"""What rules promise beside the others that are shown one example after another, and count spikes."""

from __future__ import annotations

from typing import Any

import numpy as np

from plausible.contract.promises import applies, holds
from plausible.contract.world import N_OUT, Case, case, examples, learns_sequences
from plausible.core import Outer, Rule
from plausible.optimise.sgd import SGD
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.registry import registry
from plausible.tasks.streams import Minibatches, rewarding
from plausible.tasks.task import Split, correct
from plausible.train import train

SHOWN = 105  # examples after which neurons should have spiked
UNTOLD = ("target at the output", "non-local error")  # what a rule answers that learns without labels
HIDDEN = (20,)  # neurons whose spikes tell something of three classes
EXAMPLES, PASSES = 300, 20


def online(rule: Rule) -> bool:
    """Whether weights change with each example of a presentation, as those of spiking networks do."""
    return MULTIPLY_ADDS not in work_of(rule)


def shown(text: str, number: int) -> Split:
    """So many examples of the small world, in the range that the rule takes."""
    inputs = getattr(case(text).rule, "inputs", None)
    return examples(number, "float32", learns_sequences(text), inputs)


def spikes_but_not_all_the_time(text: str) -> None:
    """Its neurons spike when examples are shown, and not at nearly every step."""
    it = case(text)
    applies("spikes" in work_of(it.rule), "it counts no spikes")
    split = shown(text, SHOWN)
    given = it.shown._replace(x=split.x, y=split.y, reward=rewarding("classes", split.y, None))
    try:
        number = float(it.step(shown=given).internals["spikes"])
    except RuntimeError as error:  # what is silent, or runs away, ends its simulation with these words
        holds(False, str(error))
    else:
        holds(number > 0, f"no neuron spiked (examples shown: {SHOWN}): are weights or inputs too small?")


def unsupervised_is_deaf_to_labels(text: str) -> None:
    """Where it says that it needs no target and no error, other labels change none of its updates, to the last bit."""
    it = case(text)
    said = getattr(it.rule, "answers", ())
    applies(online(it.rule), "its examples are shown together")
    applies(set(UNTOLD) <= set(said), f"it does not answer {' and '.join(map(repr, UNTOLD))}")
    y = np.roll(it.shown.y, 1, axis=-1)
    other = it.step(shown=it.shown._replace(y=y, reward=rewarding("classes", y, None)))
    for name, update in it.step().updates.items():
        ours, theirs = (u.dense() if isinstance(u, Outer) else u for u in (update, other.updates[name]))
        moved = float(np.abs(ours - theirs).max())
        holds(
            np.array_equal(ours, theirs), f"the update of {name!r} changes by up to {moved:.3g} with labels"
        )


def learns_from_spikes(text: str) -> tuple[float, int]:
    """The accuracy on the small task as soon as it beats chance, else that in the end, and the epochs until then."""
    it = case(text, hidden=HIDDEN)
    split, batch = shown(text, EXAMPLES), int(getattr(it.rule, "presentation", 20))
    own = registry.own_optimiser(text)
    optimiser: Any = SGD(0.05, momentum=0.9) if own is None else registry.optimiser(own)
    stream, state, right = Minibatches(batch)(split, "classes", PASSES, it.roles.order), it.state, 0.0
    looked = Minibatches(batch).length(split)
    for tick in train(it.rule, optimiser, it.params, state, stream, it.roles.noise):
        state = tick.step.state
        if (tick.number + 1) % looked == 0:
            right = accuracy(it._replace(state=state), split)
            if right > wanted():
                return right, (tick.number + 1) // looked
    return right, PASSES


def accuracy(it: Case, split: Split) -> float:
    """The share of right answers."""
    return float(correct(split.counted(it.respond(split.x)[-1]), split.counted(split.y)).mean())


def wanted() -> float:
    """Of all answers so many must be right: chance is 1/3 ± 0.03 over 300 examples."""
    return 1 / N_OUT + 0.15
