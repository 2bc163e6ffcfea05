"""Runs in this process of rules and tasks that no other process could find: they are handed over as they are.

A class inside of a function, or of a module that registers nothing, has no name by which it could be made anew; neither
has a task with a report. They learn as others do, under the name of what they are, and cannot be stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plausible.api import words
from plausible.api.words import METHODS, RuleLike, Settings
from plausible.core import Optimiser, Rule
from plausible.errors import BadInput, require
from plausible.networks.network import Network
from plausible.registry import registry, serving, specs, values
from plausible.registry.told import MAIN
from plausible.study.compare import Comparison, with_schedule
from plausible.study.run import Run
from plausible.tasks.streams import stream
from plausible.tasks.task import Task


def name_of_rule(rule: RuleLike) -> str:
    """The text of a rule by which it can be made anew; "" if there is none. Raises `BadInput` for what is no rule."""
    try:
        return words.part(rule)[0]
    except BadInput:
        if isinstance(rule, str) or not all(callable(getattr(rule, name, None)) for name in METHODS):
            raise
        return ""


def name_of_task(task: str | Task, seed: int) -> str:
    """The text of a task by which it can be made anew; "" if there is none. Raises `BadInput` for what is no task."""
    try:
        return words.task_word(task, (seed,))
    except BadInput:
        if not isinstance(task, Task):
            raise
        return ""


def without_name(word: str) -> str:
    """The text of what has no name: it stands in tables, and names nothing that a session could have defined."""
    return f"{MAIN}:<{word}>"


def run_of_objects(rule: RuleLike, task: Task, settings: Settings) -> tuple[Run, Rule]:
    """The run of a rule and a task of which one has no name, and the rule; as `plausible.api.words.run_of` makes it.

    Raises:
        BadInput: for anything that a run could not start with.
    """
    named: dict[str, Any] = {name: given for name, given in settings.items() if name not in ("seed", "until")}
    described = words.comparison(None, "digits", **named)
    recipe, seed = task.recipe, settings.get("seed", 0)
    text, its_optimiser = specs.with_optimiser(rule) if isinstance(rule, str) else (name_of_rule(rule), None)
    network = network_of(rule, described, task)
    made: Rule = made_of(rule, network)
    epochs = recipe.epochs if described.epochs is None else described.epochs
    batch_size = recipe.batch_size if described.batch_size is None else described.batch_size
    window = recipe.window if described.window is None else described.window
    steps = epochs * stream(batch_size, window).length(task.train)
    own = None if its_optimiser or described.optimiser else getattr(made, "optimiser", None)
    optimiser: Optimiser = registry.optimiser(its_optimiser or described.optimiser or own or recipe.optimiser)
    if own is None:
        optimiser = with_schedule(optimiser, described.schedule, steps)
    run = Run(
        task=name_of_task(task, seed) or without_name(task.name),
        rule=text or without_name((rule if isinstance(rule, type) else type(rule)).__qualname__),
        network=network,
        optimiser=optimiser,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        window=window,
    )
    criterion = words.criterion_of(settings.get("until"))
    return replace(run, until=criterion).probed(tuple(map(registry.probe, described.probes))), made


def network_of(rule: RuleLike, described: Comparison, task: Task) -> Network:
    """The network that learns: that of an instance, or the one that is described. Raises `BadInput` for both."""
    own: Network | None = None if isinstance(rule, str | type) else getattr(rule, "network", None)
    if own is None:
        kinds = serving.kinds_of_rule(rule) if isinstance(rule, str) else serving.kinds_of_class(rule)
        return described.learner(task, kinds)
    for name in ("network", "hidden", "activation", "init"):
        given = getattr(described, name)
        require(given is None, f"{name} of the network", given, "none beside an instance, which has its own")
    return own


def made_of(rule: RuleLike, network: Network) -> Rule:
    """The rule: an instance as it is, a class or a word around a network."""
    if isinstance(rule, str):
        return registry.rule(specs.with_optimiser(rule)[0], network)
    if not isinstance(rule, type):
        return rule
    maker: Any = rule  # the protocol of rules does not say how one is made
    made: Rule = values.called(f"rule {rule.__name__}", maker, {"network": network})
    return made
