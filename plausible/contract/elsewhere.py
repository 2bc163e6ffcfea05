"""Whether rules and optimisers compute on the arrays of another library what they compute on numpy's.

The contract asks it of the strict stand-in, `plausible.contract.foreign`; whoever has such a library asks it of that:
`python -m benchmarks.arrays cupy`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from plausible.arrays import is_foreign, on_host
from plausible.contract.foreign import ADVICE, Refused
from plausible.contract.promises import Broken, applies, holds
from plausible.contract.world import case, values, within
from plausible.core import Presentation
from plausible.optimise.sgd import SGD
from plausible.probes.cost import MULTIPLY_ADDS, work_of
from plausible.train import train

PRESENTATIONS = 8
SINGLE = 2  # which of them is of one example


def moved(tree: Any, library: Any) -> Any:
    """Nested tuples, lists and mappings of arrays, with copies made by a library."""
    return library.asarray(tree) if isinstance(tree, np.ndarray) else mapped(moved, tree, library)


def native(tree: Any) -> Any:
    """The same on the host."""
    return on_host(tree) if is_foreign(tree) else mapped(lambda branch, _: native(branch), tree, None)


def mapped(change: Any, tree: Any, library: Any) -> Any:
    """A tree with its branches changed."""
    if isinstance(tree, Mapping):
        return {name: change(branch, library) for name, branch in tree.items()}
    if isinstance(tree, tuple | list):
        parts = [change(branch, library) for branch in tree]
        return type(tree)(parts) if type(tree) in (tuple, list) else type(tree)(*parts)
    return tree


def shown_in(library: Any, shown: Presentation) -> Presentation:
    """What is shown, in arrays of a library; rewards are computed on the host."""
    x, y, reward, mask, first = shown
    x, y, mask = moved((x, y, mask), library)
    return Presentation(x, y, lambda answer: moved(reward(native(answer)), library), mask, first)


def rule_computes_on(library: Any, text: str, exact: bool = True) -> None:
    """Raise `Broken` unless `train` lets the rule that `text` names learn on arrays of a library as on numpy's.

    Its updates are held against those on numpy's arrays, to the last bit if `exact`. Weights, updates, states,
    internals and answers have to be arrays of the library, at each of `PRESENTATIONS`, one of which is of one example.
    Raises `NotApplicable` for a rule whose work is a simulation's.
    """
    it = case(text)
    applies(MULTIPLY_ADDS in work_of(it.rule), "it computes in a compiled simulation, on the host")
    expected = it.step()
    params, state, shown = moved(it.params, library), moved(it.state, library), shown_in(library, it.shown)
    stream = [shown._replace(first=number in (0, SINGLE + 1)) for number in range(PRESENTATIONS)]
    stream[SINGLE] = shown_in(library, case(text, batch=1).shown)
    try:
        for tick in train(it.rule, SGD(0.01), params, state, stream, np.random.default_rng(0)):
            if tick.number == 0:
                alike(native(values(tick.step)), values(expected), exact)
            state, loss = tick.step.state, tick.step.loss
            for what, tree in (("the state", state), ("Step.internals", tick.step.internals)):
                left = [path for path, _ in within(tree)]
                holds(not left, f"{what}{''.join(left[:1])} became an array of numpy's: {ADVICE}")
            if loss is not None:
                loss()
        layers = it.rule.respond(params, state, shown.x, np.random.default_rng(0))
    except Refused as error:
        raise Broken(str(error)) from error
    holds(
        all(map(is_foreign, layers)),
        "respond returns arrays of numpy's where the weights are another library's",
    )
    finite = all(bool(np.isfinite(on_host(array)).all()) for array in params.values())
    holds(finite, f"weights are not finite after {PRESENTATIONS} presentations")


def alike(ours: Mapping[str, Any], theirs: Mapping[str, Any], exact: bool) -> None:
    """Raise `Broken` unless two mappings to arrays are."""
    a, b = dict(within(ours)), dict(within(theirs))
    holds(
        a.keys() == b.keys(),
        f"it changes {sorted(a)} on another library's arrays, and {sorted(b)} on numpy's",
    )
    for name, array in a.items():
        tolerance = 0.0 if exact else 1e-4 * float(abs(b[name]).max())
        close = np.allclose(array, b[name], rtol=0, atol=tolerance, equal_nan=True)
        holds(close, f"update{name} is another one on another library's arrays than on numpy's")
