"""Which promises a rule keeps, or anything else that has a contract."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from plausible.contract import functions, inits, networks, optimisers, probes, rules, schedules, tasks
from plausible.contract.promises import Finding, Promise, judged
from plausible.contract.world import network
from plausible.errors import BadInput, unknown
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.outputs import Output
from plausible.registry import registry, specs
from plausible.registry.session import is_in_session
from plausible.study.study import Study, candidates, installed


class Contract(NamedTuple):
    """What things of a kind promise."""

    promises: tuple[Promise, ...]
    make: Callable[[str], Any]  # raises `BadInput` if there is no such thing


CONTRACTS: Mapping[str, Contract] = {
    "rule": Contract(rules.PROMISES, lambda text: registry.rule(text, network(text))),
    "task": Contract(
        tasks.PROMISES, lambda text: registry.load("task", specs.parse(text).name)
    ),  # made by a promise
    "optimiser": Contract(optimisers.PROMISES, registry.optimiser),
    "network": Contract(networks.PROMISES, registry.network),
    "activation": Contract(functions.ACTIVATIONS, registry.activation),
    "output": Contract(functions.OUTPUTS, registry.output),
    "init": Contract(inits.PROMISES, registry.init),
    "schedule": Contract(schedules.PROMISES, schedules.schedule),
    "criterion": Contract(schedules.CRITERIA, lambda text: registry.made("criterion", text)),
    "probe": Contract(probes.PROMISES, registry.probe),
}
WITHOUT = {  # kinds without a contract, and what shows instead whether one works
    "experiment": "plausible run of a study that performs it",
    "study": "plausible run NAME --scale smoke",
}


def check(text: str, kind: str | None = None) -> list[Finding]:
    """Check every promise on what `text` names, in this process.

    Args:
        text: a registered name, or FILE.py:Name, with options.
        kind: one of `CONTRACTS`, such as "rule"; told from `text` if not given.

    Raises:
        BadInput: if there is no such thing.

    >>> from plausible.contract.check import check
    >>> findings = check("sgd[rate=0.1]")
    >>> findings[0].promise, {finding.verdict for finding in findings}
    ('It is a frozen dataclass that holds hyperparameters, and no arrays.', {'kept'})
    """
    kind = kind_of(text) if kind is None else kind
    return list(judged(promises(kind, text), text))


def promises(kind: str, text: str) -> tuple[Promise, ...]:
    """What a subject promises. Raises `BadInput` if there is no such subject."""
    check_kind(kind)
    CONTRACTS[kind].make(text)
    return CONTRACTS[kind].promises


def check_kind(kind: str, name: str = "") -> None:
    """Raise `BadInput` for a kind that has no contract, as that of what is called `name`, or for none."""
    if kind in WITHOUT:
        what = f"{name!r} is {an(kind)}, and " if name else ""
        shows = WITHOUT[kind].replace("NAME", name or "NAME")
        raise BadInput(
            f"{what}{an(kind)} has no contract: expected {', '.join(CONTRACTS)}; {shows} shows whether it works"
        )
    if kind not in CONTRACTS:
        raise unknown("kind", kind, CONTRACTS)


def kind_of(text: str) -> str:
    """Whether `text` names a rule, a task, or something of another kind that has a contract.

    Raises:
        BadInput: if there is no such thing, or of more than one kind.
    """
    name = name_in(text)
    if ".py" in name or is_in_session(name):
        return kind_in_file(name)
    exact = [kind for kind in CONTRACTS if name in registry.registered(kind)]
    kinds = exact or [kind for kind in CONTRACTS if registry.stands_for(kind, name)]
    if not kinds:
        for kind, names in (("experiment", registry.registered("experiment")), ("study", studies())):
            if name in names:
                check_kind(kind, name)
        known = [known for kind in CONTRACTS for known in registry.registered(kind)]
        raise unknown("name", name, known, shown="plausible list rules (tasks, networks, ...)")
    if len(kinds) > 1:
        said = "is the name of" if exact else "is short for"
        raise BadInput(
            f"{name!r} {said} {' and '.join(map(an, kinds))}: expected --kind, such as --kind {kinds[0]}"
        )
    return kinds[0]


def studies() -> list[str]:
    """The names of all studies that are here."""
    return [*(file.stem for file in candidates()), *installed()]


def name_in(text: str) -> str:
    """The name in a spec, which may be written as gaussian(0.1), too. Raises `BadInput`."""
    name = specs.parse(text).name
    return name if ".py" in name else name.partition("(")[0].strip()


def kind_in_file(name: str) -> str:
    """The kind of FILE.py:Name or __main__:Name. Classes are told by their methods.

    A function makes a task; one that yields what it measures is an experiment.

    Raises:
        BadInput: if it can be of no kind.
    """
    thing = registry.load("rule", name)
    if isinstance(thing, Activation | Output):
        return "activation" if isinstance(thing, Activation) else "output"
    if isinstance(thing, Study):
        return "study"
    if not callable(thing):
        raise BadInput(
            f"{name!r} is {thing!r}: expected a class, such as a rule, a function (a task), an Activation or an Output"
        )
    if not inspect.isclass(thing):
        return "experiment" if measures(thing) else "task"
    for method, kind in (("update", "rule"), ("apply", "optimiser"), ("start", "network"), ("when", "probe")):
        member = getattr(
            thing, method, None
        )  # a field of the same name, such as the start of a schedule, is none
        if callable(member) or (method == "when" and member is not None):
            return kind
    if issubclass(thing, Init):
        return "init"
    called = vars(thing).get("__call__")
    given = 0 if called is None else len(inspect.signature(called).parameters) - 1
    return {1: "schedule", 2: "criterion"}.get(given, "rule")


def measures(function: Any) -> bool:
    """Whether a function is an experiment: it yields, or its first parameter is annotated as a bench."""
    first = next(iter(inspect.signature(function).parameters.values()), None)
    told = "" if first is None else str(getattr(first.annotation, "__name__", first.annotation))
    return inspect.isgeneratorfunction(function) or told.rpartition(".")[2] == "Bench"


def an(kind: str) -> str:
    """A kind with its article."""
    return f"an {kind}" if kind[0] in "aeio" else f"a {kind}"
