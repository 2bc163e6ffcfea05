"""The kinds of things that have names, and where things of each kind are registered.

A kind has a group of entry points, which other packages register theirs in. The suite's own rules, tasks and optimisers
stand in those groups too (pyproject.toml); what else it has stands in the tables below. A new kind is one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Literal


@dataclass(frozen=True)
class Kind:
    """A kind of things that have names.

    Args:
        group: of entry points, by which things of this kind are registered.
        form: what a name stands for: a "class", a frozen dataclass whose fields are the options; a "function" with
            options; or a "value", which has none.
        methods: those that each class has.
        own: by name the suite's own things that have no entry point, each with its place, "module:name".
    """

    group: str
    form: Literal["class", "function", "value"] = "class"
    methods: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def expected(self) -> str:
        """The words for a thing of this kind, in messages."""
        if self.form != "class":
            return {"function": "a function", "value": "a value at the top of its file"}[self.form]
        *before, last = self.methods
        return f"a frozen dataclass with {', '.join(before) + ' and ' if before else ''}{last}"


def places(module: str, **names: str) -> dict[str, str]:
    """Names of things in one module; an underscore in a name stands for a hyphen."""
    return {name.replace("_", "-"): f"{module}:{attribute}" for name, attribute in names.items()}


KINDS: Mapping[str, Kind] = {
    "rule": Kind("plausible.rules", methods=("init", "update", "respond")),
    "task": Kind("plausible.tasks", "function", own=places("plausible.tasks.filed", arrays="arrays")),
    "network": Kind(
        "plausible.networks",
        methods=("start", "respond"),
        own=places("plausible.networks.mlp", mlp="MLP") | places("plausible.networks.rnn", rnn="RNN"),
    ),
    "optimiser": Kind("plausible.optimisers", methods=("init", "apply")),
    "schedule": Kind(
        "plausible.schedules",
        methods=("__call__",),
        own=places("plausible.optimise.schedules", steps="Steps", levels="Levels", cosine="Cosine"),
    ),
    "activation": Kind(
        "plausible.activations",
        "value",
        own=places("plausible.networks.activations", identity="identity", tanh="tanh", logistic="logistic")
        | places("plausible.networks.activations", relu="relu", leaky_relu="leaky_relu", softplus="softplus")
        | places("plausible.networks.activations", hard_sigmoid="hard_sigmoid"),
    ),
    "output": Kind(
        "plausible.outputs",
        "value",
        own=places("plausible.networks.outputs", softmax="softmax", logistic="logistic", linear="linear")
        | places("plausible.networks.outputs", logistic_squared="logistic_squared"),
    ),
    "init": Kind(
        "plausible.inits",
        methods=("__call__",),
        own=places("plausible.networks.inits", zero="Zero", uniform="Uniform", gaussian="Gaussian")
        | places("plausible.networks.inits", glorot="Glorot", half_glorot="HalfGlorot", he="He")
        | places("plausible.networks.inits", he_uniform="HeUniform")
        | places("plausible.networks.inits", orthogonal="Orthogonal"),
    ),
    "criterion": Kind(
        "plausible.criteria", methods=("__call__",), own=places("plausible.probes.criterion", within="Within")
    ),
    "probe": Kind(
        "plausible.probes",
        methods=("name", "when", "split", "__call__"),
        own=places("plausible.probes.performance", scores="Scores", report="Report")
        | places("plausible.probes.activity", chance="Chance", activity="Activity")
        | places("plausible.probes.alignment", alignment="Alignment")
        | places("plausible.probes.internals", internals="Internals")
        | places("plausible.probes.cost", cost="Cost")
        | places("plausible.probes.speed", speed="Speed")
        | places("plausible.probes.quality", target_alignment="TargetAlignment", descent="Descent")
        | places("plausible.probes.quality", spread="Spread"),
    ),
    "experiment": Kind("plausible.experiments", "function"),
    "study": Kind("plausible.studies", "value"),
}


LISTS: Mapping[str, str] = {  # what `plausible list` calls each list, and the kind of what is in it
    "rules": "rule",
    "tasks": "task",
    "networks": "network",
    "optimisers": "optimiser",
    "schedules": "schedule",
    "activations": "activation",
    "outputs": "output",
    "inits": "init",
    "criteria": "criterion",
    "probes": "probe",
    "experiments": "experiment",
}


def listed_by(kind: str) -> str:
    """The command that lists all things of a kind."""
    return f"plausible list {({each: name for name, each in LISTS.items()} | {'study': 'studies'})[kind]}"


@cache
def registered(kind: str) -> dict[str, EntryPoint]:
    """Where each thing of a kind is, by its name. No other package can take a name of the suite's own."""
    about = KINDS[kind]
    points = {point.name: point for point in sorted(entry_points(group=about.group))}
    own = {name: EntryPoint(name, place, about.group) for name, place in about.own.items()}
    return dict(sorted((points | own).items())) if points else own
