"""What a rule needs, each in its own unit: one row for every rule, of rates and of spikes, and of single synapses.

All rules learn in the audit's small world: 9 inputs, layers of 13 and 11 units (recurrent ones of 13), 5 classes, 3
examples at a time; `diehl-cook` shows three images for half a second each. Work is that of one example, or of a time
step of a sequence. What a rule does not have is None: a rule of rates sends no spikes.
"""

from __future__ import annotations

import ast
import re
from math import log2, prod
from typing import Any, NamedTuple

import numpy as np

from plausible.contract.world import within
from plausible.core import Presentation
from plausible.errors import BadInput
from plausible.plausibility import counting
from plausible.plausibility.audit import not_learning
from plausible.plausibility.intervention import MOVES, is_forward
from plausible.plausibility.phases import separate_phases
from plausible.plausibility.spikes.equations import assigned, paths
from plausible.plausibility.spikes.judged import Spiking, state_of
from plausible.plausibility.spikes.models import MODELS
from plausible.plausibility.spikes.overheard import of_rule, overheard
from plausible.plausibility.subject import Subject
from plausible.plausibility.world import SEED, World, graded, world
from plausible.probes.cost import counted, sum_products, watched, work_of

LENGTHS = (8, 16, 32)  # of sequences, over which what is stored is compared
SETTLING = "settling steps"


class Costs(NamedTuple):
    """What a rule needs.

    Args:
        rule: its name.
        passes: different inputs that are sent up for each example.
        phases: activity with and without a target, or with several inputs, in turn.
        settling_steps: of the states of an example, over all phases; None where the rule does not tell.
        products: matrix products, one after the other, for a presentation.
        multiply_adds: for an example.
        per_weight: multiply-adds for an example, over the number of forward weights.
        random_numbers: for an example.
        spikes: for an example.
        synaptic_events: synapses that spikes reach, for an example.
        operations: arithmetic operations of a synapse for a spike of the neuron before and one of that after.
        per_synapse: numbers that are kept beside forward weights, as feedback or traces, for each of these.
        per_unit: numbers that are kept for each unit beside its bias.
        growth: the exponent of what is stored over the length of a sequence, 0 if it does not grow.
        sign_changes: the share of synapses that change their sign in `counting.STEPS` steps of learning.
    """

    rule: str
    passes: float | None = None
    phases: float | None = None
    settling_steps: float | None = None
    products: float | None = None
    multiply_adds: float | None = None
    per_weight: float | None = None
    random_numbers: float | None = None
    spikes: float | None = None
    synaptic_events: float | None = None
    operations: float | None = None
    per_synapse: float | None = None
    per_unit: float | None = None
    growth: float | None = None
    sign_changes: float | None = None


def costs(text: str) -> Costs:
    """What the rule needs that `text` names, or the rule of single synapses.

    Raises:
        BadInput: if there is no such rule, or it cannot learn in the audit's small world.
    """
    if text in MODELS:
        it = Spiking(MODELS[text]())
        per_synapse, per_neuron = state_of(it)
        return Costs(
            text, operations=operations(it), per_synapse=float(per_synapse), per_unit=float(per_neuron), growth=0.0
        )  # fmt: skip
    try:
        subject = Subject(lambda seed: world(text, seed))
        return of_spikes(text, subject.world) if subject.spiking else of_rates(text, subject)
    except BadInput:
        raise
    except Exception as error:  # whatever a rule raises
        raise BadInput(not_learning(text, error)) from error


def of_rates(text: str, it: Subject) -> Costs:
    """What a rule of rates needs."""
    here, shown = it.world, it.world.shown[0]
    examples = prod(shown.x.shape[:-1])
    step, ledger = watched(here.rule, here.params, here.state, shown, np.random.default_rng(SEED))
    adds = (ledger.multiply_adds + sum(map(sum_products, step.updates.values()))) / examples
    told = [float(value) for name, value in step.internals.items() if name.endswith(SETTLING)]
    per_synapse, per_unit = kept(here, step.state)
    followed = not it.made.failure
    return Costs(
        text,
        passes=counting.passes(here, it.made.sent) if followed else None,
        phases=separate_phases(it).value if followed else None,
        settling_steps=sum(told) if told else None,
        products=len(it.made.sent) / len(here.shown) if followed else None,
        multiply_adds=adds,
        per_weight=adds / weights_of(here),
        random_numbers=ledger.random_numbers / examples,
        per_synapse=per_synapse,
        per_unit=per_unit,
        growth=growth(it) if it.sequential else None,
        sign_changes=counting.signs(here)[1],
    )


def of_spikes(text: str, here: World) -> Costs:
    """What a rule needs whose work is a simulation."""
    with overheard() as runs:
        step = here.step()
        it = Spiking(of_rule(runs, text))
    examples = prod(here.shown[0].x.shape[:-1])
    own = {name: counted(step, name) / examples for name in work_of(here.rule)}
    per_synapse, per_neuron = state_of(it)
    changed = {name: np.asarray(step.updates[name]) for name in step.updates if name[0] == "W"}
    crossed = [
        (here.params[name] * (here.params[name] + change) < 0).mean() for name, change in changed.items()
    ]
    return Costs(
        text,
        phases=1.0,
        spikes=own.get("spikes"),
        synaptic_events=own.get("synaptic events"),
        operations=operations(it),
        per_synapse=float(per_synapse),
        per_unit=float(per_neuron),
        growth=0.0,
        sign_changes=float(np.mean(crossed)),
    )


def operations(it: Spiking) -> float:
    """Arithmetic operations of a synapse that learns, for a spike of the neuron before and one of that after."""
    total = 0
    for owner in {weight.owner for weight in it.model.learned}:
        part = it.model.equations.projections[owner]
        events = dict(part.events)
        for code in (part.on_pre, part.on_post):
            for name, text in paths(code, ""):
                total += (
                    0 if name in events else sum(map(arithmetic, filter(str.strip, re.split(r"[;\n]", text))))
                )
    return float(total)


def arithmetic(line: str) -> int:
    """Arithmetic operations in a statement."""
    _, operator, expression = assigned(line)
    tree = ast.parse(expression.strip(), mode="eval")
    return (operator != "=") + sum(
        isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call) for node in ast.walk(tree)
    )


def weights_of(here: World) -> int:
    """How many forward weights there are."""
    return sum(array.size for name, array in here.params.items() if name[:1] in ("W", "R"))


def kept(here: World, state: Any) -> tuple[float, float]:
    """Numbers that are kept beside forward weights and biases: for each of these weights, and for each unit.

    Those of an array of examples and units count for one example.
    """
    batch = here.shown[0].x.shape[-2]
    units = sum(array.shape[-1] for name, array in here.params.items() if name[:1] == "W")
    others = [array for name, array in here.params.items() if not is_forward(name)]
    several = [*others, *(array for _, array in within(state))]
    for_synapses = for_units = 0.0
    for array in several:
        each = array.shape[1:] if array.ndim >= 2 and array.shape[0] == batch else array.shape
        if len(each) >= 2:
            for_synapses += prod(each)
        else:
            for_units += prod(each)
    return for_synapses / weights_of(here), for_units / units


def growth(it: Subject) -> float:
    """The exponent of what is stored over the length of a sequence.

    A rule that learns step by step what it learns of the whole stores its state; another one what it holds at once.
    """
    online = it.in_windows is not None and it.in_windows <= MOVES
    sizes = [float(carried(it.world, length) if online else held(it.world, length)) for length in LENGTHS]
    first, second = np.diff(sizes)
    return log2(second / first) if first > 0 and second > 0 else 0.0


def sequence(here: World, length: int) -> Presentation:
    """One example of so many steps."""
    shown = here.shown[0]
    x, y = (np.resize(each[:, :1], (length, 1, each.shape[-1])) for each in (shown.x, shown.y))
    mask = None if shown.mask is None else np.ones((length, 1), shown.mask.dtype)
    return Presentation(x, y, graded(y, mask), mask)


def held(here: World, length: int) -> int:
    """The most bytes that the changes of a sequence occupy at once."""
    _, ledger = watched(
        here.rule, here.params, here.state, sequence(here, length), np.random.default_rng(SEED)
    )
    return ledger.memory.most


def carried(here: World, length: int) -> int:
    """How many numbers are in the state after a sequence that is shown step by step."""
    whole, state = sequence(here, length), here.state
    for t in range(length):
        x, y = whole.x[t : t + 1], whole.y[t : t + 1]
        mask = None if whole.mask is None else whole.mask[t : t + 1]
        shown = Presentation(x, y, graded(y, mask), mask, t == 0)
        state = here.step(state=state, shown=shown).state
    return counting.state_of(state)
