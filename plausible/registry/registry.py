"""From names to what they stand for: entry points, and classes in a user's own file.

A name is `backprop`, its initials (`fa` for `feedback-alignment`), or `./my_rule.py:MyRule`, each with options in
brackets where there are any: `sgd[rate=0.1,momentum=0.9]`. Which kinds of things there are, and where they are
registered, says `plausible.registry.kinds`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from numpy.random import Generator

from plausible.core import Optimiser, Rule, at_work
from plausible.errors import BadInput, in_one_line, require, unknown
from plausible.networks.activations import Activation
from plausible.networks.inits import INITS, Init, distribution
from plausible.networks.network import Network, require_network
from plausible.networks.outputs import Output, Reduction
from plausible.optimise.nested import require_optimiser
from plausible.optimise.schedules import SCHEDULES, Rate, scheduled
from plausible.registry import kinds, networks
from plausible.registry.brackets import head
from plausible.registry.files import from_file, path_of
from plausible.registry.kinds import KINDS
from plausible.registry.kinds import registered as registered
from plausible.registry.names import is_in_file
from plausible.registry.opened import data_in, regular
from plausible.registry.parts import split_call
from plausible.registry.session import in_session, is_in_session
from plausible.registry.specs import parse, refiled, task_file
from plausible.registry.users import guarded
from plausible.registry.values import called, read
from plausible.tasks import shut
from plausible.tasks.drawn import from_its_generator
from plausible.tasks.task import Task


def full_name(kind: str, name: str) -> str:
    """The registered name that `name` or its initials stand for. Raises `BadInput` if there is none.

    >>> from plausible.registry.registry import full_name
    >>> full_name("rule", "fa"), full_name("rule", "backprop")
    ('feedback-alignment', 'backprop')
    """
    if name.endswith(".py"):
        raise BadInput(f"{kind} {name!r} names a file only: expected {name}:Class")
    known = kinds.registered(kind)
    if name in known:
        return name
    matches = [full for full in known if "-" in full and "".join(word[0] for word in full.split("-")) == name]
    if len(matches) == 1:
        return matches[0]
    raise unknown(kind, name, known, shown=kinds.listed_by(kind))


def stands_for(kind: str, name: str) -> bool:
    """Whether a name, or its initials, stand for something registered.

    >>> from plausible.registry.registry import stands_for
    >>> stands_for("rule", "fa"), stands_for("task", "fa")
    (True, False)
    """
    try:
        full_name(kind, name)
    except BadInput:
        return False
    return True


def load(kind: str, name: str) -> Any:
    """The class or function that is registered as `name`, or that a file defines, by `FILE.py:Name`."""
    file, colon, attribute = name.rpartition(":")
    if colon and file.endswith(".py"):
        return from_file(file, attribute)
    if is_in_session(name):
        return in_session(name)
    point = kinds.registered(kind)[full_name(kind, name)]
    with guarded(lambda reason, _: f"{kind} {name!r} ({point.value}) cannot be imported: {reason}"):
        return point.load()


def rule(text: str, network: Network) -> Rule:
    """The rule that `text` names, on `network` if it takes one. Raises `BadInput` if that is of another kind.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.registry import registry
    >>> rule = registry.rule("fa[feedback=uniform(0.5)]", MLP((32,)))
    >>> type(rule).__name__, rule.network.hidden, rule.feedback
    ('FeedbackAlignment', (32,), Uniform(limit=0.5))
    """
    from plausible.registry import serving  # here, as that module imports this one

    name, options = parse(text)
    make = load("rule", name)
    if not (isinstance(make, type) and dataclasses.is_dataclass(make)):
        raise BadInput(
            f"rule {name!r} is {in_one_line(make)}: expected a frozen dataclass with init, update and respond"
        )
    given = dict[str, Any](options)
    if networks.learned_by(make):
        called_here = text if "rule" in options else name  # of one around another, with that
        inner = serving.innermost(text) if "rule" in options else make  # a file is not looked at once more
        serving.check_serves(called_here, inner, serving.both(make, options.get("rule")), network)
        given = {"network": network, **options}
    with at_work(name):
        instance: Rule = called(f"rule {name!r}", make, given)
    return instance


MADE: ContextVar[Callable[[str, Task], None]] = ContextVar("MADE", default=lambda text, task: None)
"""What hears of every task that is made, with the text that named it."""


def task(text: str, rng: Generator) -> Task:
    """The task that `text` names; `rng` draws its examples if it is one that is drawn.

    Raises:
        BadInput: if there is no such task, or it cannot be made, or draws from another generator; while a rule is at
            work (`plausible.tasks.shut`).

    >>> import numpy as np
    >>> from plausible.registry import registry
    >>> task = registry.task("digits", np.random.default_rng(0))
    >>> task.name, task.n_in, task.n_out, task.kind
    ('digits', 64, 10, 'classes')
    """
    shut.check(f"task {text!r}")
    name, options = parse(text)
    make = load("task", name)
    with shut.reading() as opened:
        made = from_its_generator(f"task {name!r}", lambda: called(f"task {name!r}", make, options, rng), rng)
    shut.guard(regular(data_in(dict.fromkeys(opened, ()))))
    if not isinstance(made, Task):
        raise BadInput(f"task {name!r} returned {type(made).__name__}: expected a plausible.tasks.task.Task")
    MADE.get()(text, made)
    return made


def made(kind: str, text: str, *arguments: Any) -> Any:
    """What `text` names, of a kind whose things are classes with options or values; `arguments` go before the options.

    Raises:
        BadInput: if there is no such thing, it is of another form than its kind, or these options do not fit it.
    """
    name, options = parse(text)
    thing, about = load(kind, name), KINDS[kind]
    if about.form == "value" and not callable(thing):
        require(not options, f"{kind} {text!r}", "a value with options", f"{name} alone")
        return thing
    good = isinstance(thing, type) and dataclasses.is_dataclass(thing)
    if about.form == "class" and not (good and all(has(thing, method) for method in about.methods)):
        raise BadInput(f"{kind} {name!r} is {in_one_line(thing)}: expected {about.expected}")
    return called(f"{kind} {name!r}", thing, options, *arguments)


def has(cls: Any, name: str) -> bool:
    """Whether what a dataclass makes has a method or a field of this name."""
    return hasattr(cls, name) or name in {field.name for field in dataclasses.fields(cls)}


def optimiser(text: str) -> Optimiser:
    """The optimiser that `text` names.

    >>> from plausible.registry import registry
    >>> registry.optimiser("sgd[rate=0.5,momentum=0.9]")
    SGD(rate=0.5, momentum=0.9, nesterov=False)
    """
    instance: Optimiser = made("optimiser", text)
    require_optimiser(f"what {text!r} makes", instance)
    return instance


def own_optimiser(text: str) -> str | None:
    """The spec of the optimiser that a rule names as its own, as `plausible.core.Rule` says; None if it names none.

    >>> from plausible.registry import registry
    >>> registry.own_optimiser("diehl-cook"), registry.own_optimiser("backprop")
    ('sgd[rate=1]', None)
    """
    from plausible.registry import serving  # here, as that module imports this one

    name, options = parse(text)
    make = load("rule", name)
    own = getattr(make, "optimiser", None)
    if isinstance(own, property):  # on which the rule's options decide
        own = called(f"rule {name!r}", make, {**serving.served(text), **options}).optimiser
    good = own is None or isinstance(own, str)
    require(good, f"the optimiser of rule {name!r}", own, "its name, such as 'sgd[rate=1]', or None")
    return None if own is None else str(own)


def probe(text: str) -> Any:
    """The probe that `text` names, as `plausible.probes.probe` says; the caller checks that it is one."""
    return made("probe", text)


def activation(text: str) -> Activation:
    """The activation that `text` names."""
    value: Activation = of_type("activation", text, Activation)
    return value


def output(text: str, reduction: Reduction | None = None) -> Output:
    """The output that `text` names, with its loss; in brackets its reduction, and the weights of classes.

    >>> from plausible.registry import registry
    >>> registry.output("softmax[weights=(1,2)]"), registry.output("linear", "sum")
    (softmax[weights=(1.0,2.0)], linear[sum])
    """
    options = head(text)[1]
    value: Output = read("output", text, Output) if options else of_type("output", text, Output)
    return value if reduction is None else dataclasses.replace(value, reduction=reduction)


def init(text: str) -> Init:
    """The distribution of weights that `text` names.

    Options stand in square brackets, as in `FILE.py:Mine[scale=0.1]`, or in round ones, as in `gaussian(0.1)`.
    """
    value: Init
    call = split_call(text.strip())
    if call is None or not call[2]:
        value = distribution(text) if text.strip() in INITS else of_type("init", text, Init)
        return value
    if call[0] in INITS:
        return distribution(text)
    load("init", call[0])  # refuses a name that there is not
    value = read("init", text.strip(), Init)
    return value


def of_type(kind: str, text: str, expected: type) -> Any:
    """What `text` names. Raises `BadInput` if it is of another type."""
    value = made(kind, text)
    wanted = f"a value of type {expected.__module__}.{expected.__name__}"
    require(isinstance(value, expected), f"{kind} {text!r}", value, wanted)
    return value


def schedule(text: str, rate: float, steps: int) -> Rate:
    """The course of a learning rate over a run of `steps` steps that `text` names.

    A user's own schedule is a class whose first two fields are the rate that it starts from and the number of steps.
    """
    if text in SCHEDULES:
        return scheduled(text, rate, steps)
    name = parse(text).name
    if not (is_in_file(name) or is_in_session(name) or name in other_schedules()):
        raise unknown("schedule", text, [*SCHEDULES, *other_schedules()])
    course: Rate = made("schedule", text, rate, steps)
    return course


def other_schedules() -> list[str]:
    """The schedules that other packages have registered."""
    return [name for name in kinds.registered("schedule") if name not in KINDS["schedule"].own]


def network(text: str, offered: Mapping[str, Any] | None = None) -> Network:
    """The network that `text` names, as in mlp[hidden=(64,32)] or FILE.py:Name[width=16].

    Args:
        text: a name, and options in brackets; of an activation, an output or a distribution their names.
        offered: values for the fields that it has, of the same kind, and that `text` does not name.

    Raises:
        BadInput: if there is no such network, or it cannot be made.
    """
    name, options = parse(text)
    make = load("network", name)
    if not (isinstance(make, type) and dataclasses.is_dataclass(make)):
        raise BadInput(f"network {name!r} is {in_one_line(make)}: expected {KINDS['network'].expected}")
    instance: Network = called(f"network {name!r}", make, networks.settings(make, options, offered or {}))
    require_network(f"what {name!r} makes", instance)
    return instance


def label(text: str, kind: str = "rule") -> str:
    """How a rule or a task is called in tables: its registered name, or file:Name, with its options.

    A user's file goes by its folder and its stem, `mine/rule:Rule`: two files with a class of one name stay two.
    """

    def called(written: str) -> str:
        file = path_of(written)
        at_home = file.parent == Path.home()  # a home folder is a user's name, which tables leave out
        return f"{'~' if at_home else file.parent.name}/{file.stem}".lstrip("/")

    file = task_file(text) if kind == "task" else None
    return resolved(text, kind, called) if file is None else file.stem


def heading(task: str) -> str:
    """How a task is called where it stands alone: as `label`, but a task of arrays without the digest of its file.

    >>> from plausible.registry.registry import heading
    >>> heading("arrays[file=wine-2243db222729.npz]"), heading("xor")
    ('wine', 'xor')
    """
    file = task_file(task)
    return label(task, "task") if file is None else re.sub(r"-[0-9a-f]{12}$", "", file.stem)


def placeless(text: str, kind: str = "rule") -> str:
    """`label` without the folder of a user's file: the name in a key, which holds a digest of its code, too."""
    if kind == "task" and (file := task_file(text)) is not None:
        return f"arrays[file={file.name}]"
    return resolved(text, kind, lambda file: path_of(file).stem)


def as_told(text: str, kind: str = "rule") -> str:
    """A spec with full registered names instead of initials; a user's file as it is written there, FILE.py:Name."""
    return resolved(text, kind, str)


def resolved(text: str, kind: str, called: Callable[[str], str]) -> str:
    """A spec with full registered names; `called` gives the name of a user's file, which is given as it is written."""
    name, inside = head(text)
    inside = (inside or "").strip(" ,")  # older stores hold brackets without an option
    options = refiled(f"x[{inside}]", called).removeprefix("x") if inside else ""
    if is_in_file(name):
        return refiled(name, called) + options
    if is_in_session(name):
        return name + options
    return full_name(kind, name) + options
