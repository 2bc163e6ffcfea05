"""The kinds of things that an option may be made of, and what a name stands for among each of them."""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from plausible.errors import BadInput
from plausible.networks.inits import INITS, distribution
from plausible.networks.outputs import Output, Reduction, weighed
from plausible.registry.brackets import IN_A_FILE, head, is_group
from plausible.registry.encoding import can_be, promised
from plausible.registry.kinds import KINDS, registered
from plausible.registry.names import is_in_file
from plausible.registry.session import is_in_session
from plausible.settling.relaxation import FORMS, Relaxation, relaxation


class Part(NamedTuple):
    """A kind of things that options are made of: its name in `plausible.registry.kinds`, and an example in words."""

    kind: str
    example: str


class Read(NamedTuple):
    """A function that reads a whole text: of a form that has its own reader, as those with round brackets."""

    read: Callable[[str], Any]


WEIGHTS = f"a distribution of weights, such as uniform(0.1), of {', '.join(INITS)}"
PARTS: Mapping[str, Part] = {  # by the place of each class, as some are above this room
    "plausible.core:Rule": Part("rule", "a rule, such as feedback-alignment"),
    "plausible.core:Optimiser": Part("optimiser", "an optimiser, such as adam[rate=0.001]"),
    "plausible.optimise.schedules:Schedule": Part(
        "schedule", "a schedule, such as cosine[start=0.1,steps=100]"
    ),
    "plausible.networks.inits:Init": Part("init", WEIGHTS),
    "plausible.networks.activations:Activation": Part("activation", "an activation, such as relu"),
    "plausible.networks.outputs:Output": Part("output", "an output, such as linear[reduction=sum]"),
    "plausible.settling.relaxation:Relaxation": Part(
        "relaxation", "a way to settle, such as euler(20, 0.1) or fixed-point(100)"
    ),
    "plausible.networks.network:Network": Part("network", "a network, such as mlp[hidden=(100,)]"),
    "plausible.networks.mlp:MLP": Part("network", "a network, such as mlp[hidden=(100,)]"),
    "plausible.networks.rnn:RNN": Part("network", "a network, such as rnn[hidden=(100,)]"),
    "plausible.probes.criterion:Criterion": Part("criterion", "a criterion, such as within[margin=0.2]"),
    "plausible.probes.probe:Probe": Part("probe", "a probe, such as alignment"),
}
NAME = re.compile(r"[A-Za-z][\w.-]*")


def fixed_point(
    steps: int = 20, tolerance: float = 0.0, momentum: float = 0.0, halving: bool = False
) -> Relaxation:
    """The relaxation whose rate is 1."""
    return Relaxation(steps, FORMS["fixed-point"]["rate"], tolerance, momentum, halving)


SETTLING: Mapping[str, Callable[..., Relaxation]] = {"euler": Relaxation, "fixed-point": fixed_point}


def known(kind: type) -> Part | None:
    """The suite's kind that a class or a protocol stands for; None if it stands for none."""
    return PARTS.get(f"{kind.__module__}:{kind.__qualname__}")


def is_made(kind: type) -> bool:
    """Whether a text can name a thing of a kind: one of the suite's, a dataclass, a protocol or an abstract class."""
    if known(kind) is not None:
        return True
    if kind.__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
        return False
    return dataclasses.is_dataclass(kind) or bool(promised(kind)) or inspect.isabstract(kind)


def is_one(value: Any, kind: type) -> bool:
    """Whether a value is of a kind; if that is a protocol, whether it has its methods."""
    return not inspect.isclass(value) and can_be(type(value), kind)


def split_call(text: str) -> tuple[str, str | None, bool] | None:
    """A name, the text in its brackets, and whether these are round; None if the text does not begin with a name."""
    try:
        name, inside = head(text)
    except BadInput:
        return None
    if inside is None and text.endswith(")"):
        ends = [match.end() for match in IN_A_FILE.finditer(text)] or [text.find("(")]
        for end in ends:
            if is_group(text[end:].strip(), "("):
                return text[:end].strip(), text[end:].strip()[1:-1], True
    return (name, inside, False) if NAME.fullmatch(name) or IN_A_FILE.search(name) else None


def find(kind: type, name: str, inside: str | None, is_round: bool) -> Any:
    """What `name` stands for among a kind: a class, a function, a value, or `Read`; None if it stands for nothing.

    A name is FILE.py:Name, a class of a notebook's cell, the name of the class `kind` itself, a registered name, or its
    initials. `inside` is the text in the brackets after it, which are round or not.

    Raises:
        BadInput: for a file, or a class of another package, that cannot be imported or has no such name.
    """
    of = known(kind)
    if (is_in_file(name) or is_in_session(name)) and (of is None or of.kind != "output"):
        return loaded("rule" if of is None or of.kind not in KINDS else of.kind, name)
    if of is None:
        return kind if name == kind.__name__ and not inspect.isabstract(kind) else of_any(kind, name)
    if of.kind == "relaxation":  # the number of steps has no default: `euler` alone is no relaxation
        if name not in SETTLING or inside is None:
            return None
        return Read(relaxation) if is_round else SETTLING[name]
    if of.kind == "init" and is_round and name in INITS:
        return Read(distribution)
    thing = loaded(of.kind, name)
    if isinstance(thing, Output) and inside in typing.get_args(Reduction):  # as it prints, softmax[sum]
        return Read(lambda _: reduced(thing, typing.cast(Reduction, inside)))
    return partial(reduced, thing) if isinstance(thing, Output) and inside is not None else thing


def reduced(output: Output, reduction: Reduction = "mean", weights: tuple[float, ...] = ()) -> Output:
    """An output with another reduction over examples, and weights of classes."""
    return weighed(dataclasses.replace(output, reduction=reduction), weights)


def of_any(kind: type, name: str) -> Any:
    """The one registered class of this name, registered as whatever kind, that is of `kind`; None unless it is one."""
    made = [loaded(word, name) for word, about in KINDS.items() if about.form == "class" and word != "rule"]
    fitting = [each for each in made if inspect.isclass(each) and can_be(each, kind)]
    return fitting[0] if len(fitting) == 1 else None


def loaded(kind: str, name: str) -> Any:
    """The thing that is registered as `name`, or has these initials, among a kind; None if there is none."""
    from plausible.registry import registry

    try:
        if not (is_in_file(name) or is_in_session(name)):
            registry.full_name(kind, name)
    except BadInput:
        return None
    return registry.load(kind, name)


def word_of(kind: type) -> str:
    """The word for a thing of a kind, in messages."""
    of = known(kind)
    return kind.__name__ if of is None else of.kind


def words(kind: type) -> str:
    """The words for what is expected where a thing of a kind stands."""
    of = known(kind)
    if of is None:
        alone = dataclasses.is_dataclass(kind)
        return f"{kind.__name__}[option=value,...]" if alone else f"FILE.py:Name of a {kind.__name__}"
    there = registered(of.kind) if of.kind in KINDS and not of.example.endswith(tuple(INITS)) else {}
    return of.example + (f", of {', '.join(sorted(there))}" if there else "")
