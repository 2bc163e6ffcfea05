"""The pages of the API: what `dir(plausible)` lists, by what it is for, and what rules and their kin derive from."""

from __future__ import annotations

import importlib
import inspect
from textwrap import indent

import plausible as pl
from docs.docstrings import heading, rst

GROUPS = {  # of `dir(plausible)`: a page for each
    "learn": (
        "One rule on one task",
        (
            "fit",
            "ticks",
            "Fitted",
            "load",
            "task",
            "Task",
            "train",
            "begin",
            "randomness",
            "Randomness",
            "Tick",
        ),
    ),
    "compare": (
        "Rules beside each other",
        ("compare", "Compared", "beside", "seed_by_seed", "across", "profiles", "listed"),
    ),
    "judge": (
        "What a rule promises, and which criticisms it removes",
        ("check", "Checked", "audit", "Audits"),
    ),
    "estimators": ("Estimators of scikit-learn", ("PlausibleClassifier", "PlausibleRegressor")),
    "studies": (
        "Studies, tables, figures, and what is stored",
        ("studies", "tables", "figures", "results", "verify", "why", "removable", "unused"),
    ),
    "networks": ("Networks", ("MLP", "RNN", "Pass", "networks")),
    "optimise": ("Optimisers", ("SGD", "Adam", "RMSprop", "Grouped", "Clipped", "Decay", "optimise")),
    "probes": ("Probes", ("probes",)),
    "protocols": (
        "What a rule, a network, an optimiser and a probe of your own promise",
        (
            *(
                "Rule",
                "rule",
                "rules",
                "Network",
                "Optimiser",
                "Probe",
                "Presentation",
                "Step",
                "Outer",
                "Measurement",
            ),
            *("Array", "Params", "View", "BadInput"),
        ),
    ),
}
BESIDE = {  # what has no name in `dir(plausible)`, and is derived from or filled in
    "protocols": (
        "plausible.rules.layered.Layered",
        "plausible.rules.layered.Taught",
        "plausible.rules.layered.Feedforward",
        "plausible.rules.recurrent.Recurrent",
        "plausible.rules.recurrent.Windowed",
    ),
    "networks": (
        "plausible.networks.rnn.Trajectory",
        "plausible.networks.activations.Activation",
        "plausible.networks.outputs.Output",
        "plausible.networks.inits.Init",
    ),
    "learn": ("plausible.tasks.task.Split", "plausible.tasks.task.Recipe"),
    "studies": (
        "plausible.study.study.Study",
        "plausible.study.run.Run",
        "plausible.study.published.Published",
    ),
}
PACKAGES = ("networks", "optimise", "probes")  # whose public classes are shown on the page of their name


def pages() -> dict[str, str]:
    """The pages, by name."""
    made = {f"api/{name}": page(name, title) for name, (title, _) in GROUPS.items()}
    listed = "\n".join(f"   {name}" for name in GROUPS)
    intro = "What ``import plausible as pl`` gives, by what it is for; ``dir(pl)`` lists the same names."
    return {**made, "api/index": f"{heading('The API')}\n\n{intro}\n\n.. toctree::\n\n{listed}\n"}


def page(name: str, title: str) -> str:
    """A page: the public names, what stands beside them, and the other classes of a package of that name."""
    told = [heading(title), *(public(each) for each in GROUPS[name][1])]
    told += [shown(getattr(*split(place)), place) for place in BESIDE.get(name, ())]
    if name in PACKAGES:
        told += [shown(found, place(found)) for found in members(name)]
    return "\n\n".join(told) + "\n"


def split(dotted: str) -> tuple[object, str]:
    """The module and the name in it that a dotted name stands for."""
    module, _, name = dotted.rpartition(".")
    return importlib.import_module(module), name


def place(found: type) -> str:
    """A class by its dotted name."""
    return f"{found.__module__}.{found.__qualname__}"


def members(package: str) -> list[type]:
    """The public classes of a package that have no name of their own in `dir(plausible)`."""
    module = getattr(pl, package)
    shown_elsewhere = {id(getattr(pl, name)) for name in dir(pl)}
    shown_elsewhere |= {id(getattr(*split(each))) for several in BESIDE.values() for each in several}
    found = {getattr(module, name) for name in dir(module) if inspect.isclass(getattr(module, name, None))}
    ours = [
        each for each in found if each.__module__.startswith("plausible.") and id(each) not in shown_elsewhere
    ]
    return sorted(ours, key=place)


def public(name: str) -> str:
    """One of the names of `dir(plausible)`."""
    return shown(getattr(pl, name), f"plausible.{name}")


def shown(found: object, dotted: str) -> str:
    """What shows one name."""
    if inspect.isclass(found):
        return f".. autoclass:: {dotted}\n   :members:\n   :member-order: bysource"
    if inspect.isfunction(found):
        return f".. autofunction:: {dotted}"
    if inspect.ismodule(found):
        return f".. py:module:: {dotted}\n\n{rst(inspect.getdoc(found) or '')}\n\n.. py:currentmodule:: None"
    ours = type(found).__module__.startswith("plausible")
    about = rst(inspect.getdoc(type(found)) or "") if ours else f"``{found}``"
    return f".. py:data:: {dotted}\n\n{indent(about, '   ')}"
