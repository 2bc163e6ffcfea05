"""Which examples are probed while a rule learns, and which first step is rehearsed before the clock starts."""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from itertools import islice

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from plausible.core import Memory, Optimiser, Params, Rule, State
from plausible.probes.probe import Probed
from plausible.tasks.streams import Minibatches, Stream
from plausible.tasks.task import Split
from plausible.train import train

PROBED = 500  # training examples that are probed: the same ones for every rule at one seed
SEQUENCES, STEPS = 50, 1000  # sequences that are probed for angles and work, and the time steps of each
ANSWERED = 10 * STEPS  # the most time steps of a sequence whose answers are measured


def probed(split: Split, kind: str, stream: Stream, rng: Generator) -> Probed:
    """The examples that are probed; `rng` draws which, and `stream` is that of learning, for a batch of one.

    Of sequences, the first steps are probed, if each has an answer that counts among them; see `counting`.
    """
    sample = rng.permutation(split.examples)[:PROBED]
    answered = counting(split, sample, ANSWERED, PROBED)
    subset = counting(split, sample[: SEQUENCES if split.sequential else PROBED], STEPS, SEQUENCES)
    one = counting(split, sample[:1], STEPS, SEQUENCES)
    return Probed(
        answered,
        next(Minibatches(subset.examples, shuffle=False)(subset, kind, 1, rng)),
        next(iter(stream(one, kind, 1, np.random.default_rng(0)))),
    )


def counting(split: Split, chosen: NDArray[np.intp], steps: int, sequences: int) -> Split:
    """The `chosen` examples, shortened so that each still has a time step at which its answer counts.

    Single examples are not shortened. Of sequences the first `steps` time steps are taken, if each sequence has such a
    step among them. Otherwise sequences end with the last step at which any answer counts. The longer they are, the
    fewer are taken: at least one, and at most `steps` times `sequences` time steps in all. One sequence that is longer
    than that loses its first time steps; the network then starts from rest at the first step that is left.
    """
    mask = None if split.mask is None else split.mask[:, chosen] > 0
    if mask is None or mask[:steps].any(axis=0).all():
        return split.some(chosen, steps)
    end = int(np.flatnonzero(mask.any(axis=1))[-1]) + 1
    begin = max(end - steps * sequences, 0)
    there = np.flatnonzero(mask[begin:end].any(axis=0))[: max(steps * sequences // (end - begin), 1)]
    late = Split(split.x[begin:end], split.y[begin:end], split.mask[begin:end])  # type: ignore[index]
    return late.some(chosen[there])


def rehearse(
    rule: Rule,
    optimiser: Optimiser,
    params: Params,
    state: State,
    memory: Memory,
    split: Split,
    kind: str,
    stream: Stream,
    order: Generator,
    noise: Generator,
    first: int = 0,
) -> None:
    """Take step number `first` of a run on copies: what happens once in a process then happens before the clock starts.

    Such things are imports, the compilation of programs, and the first call of BLAS. The rehearsed step equals the real
    one to the last bit, and raises the same errors. Weights, memory and generators stay as they are.
    """
    begin = {name: array.copy(order="K") for name, array in params.items()}
    ahead = islice(stream(split, kind, 1 + first // stream.length(split), deepcopy(order)), first, first + 1)
    deque(train(rule, optimiser, begin, state, ahead, deepcopy(noise), deepcopy(memory), first), maxlen=0)


def cast(split: Split, dtype: str) -> Split:
    """The examples of a split in `dtype`, in contiguous memory."""
    x, y, mask = split
    counted = None if mask is None else np.ascontiguousarray(mask, dtype)
    return Split(np.ascontiguousarray(x, dtype), np.ascontiguousarray(y, dtype), counted)
