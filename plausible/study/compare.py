"""A comparison: the same task, seeds and budget for several rules, and a table with its uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd

from plausible.core import Optimiser, Rule, randomness
from plausible.errors import BadInput, is_real, plain_fields, require, require_kinds, require_whole
from plausible.networks.network import Network, require_network
from plausible.networks.outputs import weighed
from plausible.optimise.nested import is_wrapper, rebuilt
from plausible.printing.names import shortest
from plausible.registry import registry, serving, specs, values
from plausible.registry.encoding import hints
from plausible.study.answers import FILE as ANSWERS
from plausible.study.campaign import Plan, carry_out, check_resources
from plausible.study.campaign import keys as keyed
from plausible.study.engine import Silent
from plausible.study.merged import say_merged_in
from plausible.study.refusals import check_fit, check_inputs
from plausible.study.run import Outcome, Row, Run
from plausible.study.store.store import Store, remove
from plausible.study.study import MOST_SEEDS
from plausible.study.winners import Winner, winners
from plausible.study.work import NONE
from plausible.tasks.streams import stream
from plausible.tasks.task import Task
from plausible.train import weights_and_state

RULES = ("backprop", "shallow", "feedback-alignment", "direct-feedback-alignment")

SEQUENCE_RULES = ("bptt", "readout-only", "random-feedback-bptt")


class Entry(NamedTuple):
    """A run of a comparison, and the label of its rule in tables."""

    label: str
    run: Run


@dataclass(frozen=True)
class Comparison:
    """A comparison as data. Where a field is None, the task's own recipe decides.

    `rules` are `RULES` if they are not given, or `SEQUENCE_RULES` for a task of sequences. `fa@adam` gives a rule an
    optimiser of its own. A rule that names an optimiser itself has that, at a constant rate, where `optimiser` is
    not given; its label then is as `diehl-cook@sgd[rate=1]`. The schedule varies the rate of each other optimiser.
    `tuned` names a study whose winners on this task replace the options and the optimiser of the rules that were
    tuned there; such a rule has the label `fa@tuned`. `network` is what learns, or names it, as in mlp[bias=False] or
    FILE.py:Name[width=16]; without it that is an MLP, or an RNN for a task of sequences. `networks` holds one for each
    rule, where they do not all learn the same: labels then tell them apart, as in `backprop, 64-64`. `init` names the
    distribution of the first weights, such as orthogonal. `window` is for sequences: the number of time steps
    between two weight changes. `probes` names what else is measured.

    >>> from plausible.study.compare import Comparison
    >>> comparison = Comparison(task="digits", rules=("backprop", "fa"), seeds=3, epochs=5)
    >>> runs = comparison.runs()
    >>> len(runs), runs[0].network.hidden, runs[0].optimiser.rate(0)
    (6, (128, 128), 0.05)
    """

    task: str = "digits"
    rules: tuple[str, ...] | None = None
    seeds: int = 5
    epochs: int | None = None
    hidden: tuple[int, ...] | None = None
    batch_size: int | None = None
    activation: str | None = None
    init: str | None = None
    optimiser: str | None = None
    schedule: str = "cosine"
    window: int | None = None
    tuned: str | None = None
    network: str | Network | None = None
    probes: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        plain_fields(self)
        word, words, none = (str, "a name"), ((str, type(None)), "a name, or None"), type(None)
        names = dict.fromkeys(("activation", "init", "optimiser", "tuned"), words)
        counts = dict.fromkeys(("epochs", "batch_size", "window"), ((int, none), "a whole number, or None"))
        layers = ((tuple, none), "a tuple of whole numbers, or None")
        require_kinds("", self, {"task": word, "schedule": word, "hidden": layers, **names, **counts})
        for name in ("task", "schedule", "network", *names):  # as a list of rules is read, in quotes or not
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, specs.unquoted(given))
        good = self.rules is None or (
            isinstance(self.rules, tuple) and all(isinstance(r, str) for r in self.rules)
        )
        require(good, "rules", self.rules, "a tuple of names, or None")
        good = isinstance(self.probes, tuple) and all(isinstance(probe, str) for probe in self.probes)
        require(good, "probes", self.probes, "a tuple of names")
        alone = () if self.network is None or isinstance(self.network, str) else (self.network,)
        for network in (*alone, *self.networks):
            require_network("network", network)
        named = len(self.rules or ())
        expected = f"none, or {named}, one for each of the rules that are named"
        require(len(self.networks) in (0, named), "the number of networks", len(self.networks), expected)

    def runs(self) -> list[Run]:
        """One run per rule and seed, rule by rule. Raises `BadInput`, as `entries` does."""
        return [entry.run for entry in self.entries]

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The runs, each with the label of its rule in tables.

        Raises:
            BadInput: for anything that a run could not start with: unknown names, impossible sizes, bad data.
        """
        require_whole("the number of seeds", self.seeds, 1, MOST_SEEDS, "one or more")
        task = registry.task(self.task, randomness(0).data)
        rules = (SEQUENCE_RULES if task.sequential else RULES) if self.rules is None else self.rules
        require(len(rules) > 0, "the list of rules", "empty", "at least one rule, such as backprop")
        recipe = task.recipe
        window = recipe.window if self.window is None else self.window
        epochs = recipe.epochs if self.epochs is None else self.epochs
        batch_size = recipe.batch_size if self.batch_size is None else self.batch_size
        require_whole("the number of epochs", epochs, expected="one or more")
        networks = self.networks or tuple(self.learner(task, serving.kinds_of_rule(rule)) for rule in rules)
        one = self.tuned is None or not any(told_apart(networks))
        require(one, "tuned", self.tuned, "None where rules learn different networks, as one was tuned")
        won = self.winners(rules, Run(self.task, rules[0], networks[0], window=window))
        steps = epochs * stream(batch_size, window).length(task.train)
        scheduled = partial(with_schedule, name=self.schedule, steps=steps)
        probes = tuple(map(registry.probe, self.probes))
        require(len({*probes}) == len(probes), "the list of probes", ",".join(self.probes), "each once")
        by_label: dict[tuple[str, str], Run] = {}
        parts_of: dict[tuple[str, str], tuple[Rule, Optimiser]] = {}
        for text, network, within in zip(rules, networks, told_apart(networks), strict=True):
            name, rule, optimiser = chosen(text, self.optimiser, recipe.optimiser, won, scheduled)
            label = name, within
            expected = "each rule once"
            if label in by_label:
                other = by_label[label].rule != rule and specs.files_in(rule)
                renamed = "; files of one name in folders of one name have to be renamed" if other else ""
                require(
                    False,
                    "the list of rules",
                    ",".join(rules),
                    f"{expected}: {name}{within} stands twice{renamed}",
                )
            run = Run(self.task, rule, network, optimiser, epochs, batch_size, window=window).probed(probes)
            check_fit(run, task)
            made = registry.rule(rule, network)
            check_inputs(made, task)
            same = next(
                ("".join(of) for of, parts in parts_of.items() if alike(parts, (made, optimiser))), None
            )
            again = f"{expected}: {name}{within} is {same} again"
            require(same is None, "the list of rules", ",".join(rules), again)
            start = partial(weights_and_state, made, task.n_in, task.n_out, randomness(0).weights)
            weights, _ = values.called(f"init of rule {rule!r}", start, {})
            values.called(f"init of optimiser {optimiser!r}", partial(optimiser.init, weights), {})
            by_label[label], parts_of[label] = run, (made, optimiser)
        names = shortest(name for name, _ in by_label)
        each = [(f"{names[name]}{within}", run) for (name, within), run in by_label.items()]
        return tuple(Entry(label, replace(run, seed=s)) for label, run in each for s in range(self.seeds))

    def winners(self, rules: Sequence[str], like: Run) -> dict[str, Winner]:
        """The winners of the study `tuned` under conditions `like` these, for rules without their own optimiser."""
        if self.tuned is None:
            return {}
        pairs = [*map(specs.with_optimiser, rules)]
        for own in filter(None, (self.optimiser, *(own for _, own in pairs))):
            registry.optimiser(own)  # executes its file, as the winners may be of that, too
        for rule, _ in pairs:
            registry.load("rule", specs.parse(rule).name)
        if specs.files_in(self.schedule):
            registry.load("schedule", specs.parse(self.schedule).name)
        labels = {registry.label(rule) for rule, own in pairs if own is None}
        return winners(self.tuned, registry.label(self.task, "task"), like.conditions(), labels)

    def learner(self, task: Task, kinds: serving.Classes = ()) -> Network:
        """The network that learns: the one that is named, with the recipe's values for fields that are not given.

        Where none is named, it is of one of the `kinds` that the rule learns; see `plausible.registry.serving.usual`.

        Raises:
            BadInput: if there is no such network, or it has no field for what this comparison names.
        """
        given: dict[str, Any] = {} if self.hidden is None else {"hidden": self.hidden}
        given |= {} if self.activation is None else {"activation": registry.activation(self.activation)}
        given |= {} if self.init is None else {"init": registry.init(self.init)}
        if self.network is None or isinstance(self.network, str):
            return suiting(task, self.network or serving.usual(kinds, task.sequential), given)
        if given:
            raise BadInput(
                f"{' and '.join(given)} stand beside a network: set them in the network, {self.network!r}"
            )
        return self.network


def suiting(task: Task, text: str | None = None, given: Mapping[str, Any] | None = None) -> Network:
    """A network for a task: of the kind that `text` names, with what is `given`, and the rest of the recipe.

    Raises:
        BadInput: if there is no such network, or it has no field for what is given, or `text` names that field too.
    """
    recipe, given = task.recipe, given or {}
    offered: dict[str, Any] = {
        "hidden": recipe.hidden,
        "leak": recipe.leak,
        "activation": registry.activation(recipe.activation),
        "output": weighed(registry.output(recipe.output), recipe.weights),
        "recurrent": registry.init(recipe.recurrent),
    }
    text = text or serving.USUAL[task.sequential]
    network = serving.offering(text, offered, given)
    named = specs.parse(text).options
    for name, value in given.items():
        require(name not in named, f"{name} of network {text!r}", value, f"it once: leave out --{name}")
        require(
            getattr(network, name, None) == value,
            f"--{name}",
            value,
            f"none, as network {text!r} has no field of this name and kind",
        )
    return network


def told_apart(networks: Sequence[Network]) -> list[str]:
    """What tells each of several networks from the others, such as ", 64-64"; "" for each if all are alike.

    Where those of one class are all alike, that is the class.

    >>> from plausible.networks.mlp import MLP
    >>> from plausible.study.compare import told_apart
    >>> told_apart([MLP((64,)), MLP((32, 32))]), told_apart([MLP((64,)), MLP((64,))])
    ([', 64', ', 32-32'], ['', ''])
    """
    settings = [{"kind": type(network).__name__, **network.settings()} for network in networks]
    classes = {each["kind"] for each in settings}
    if len(classes) > 1 and len({tuple(each.items()) for each in settings}) == len(classes):
        return [f", {each['kind']}" for each in settings]
    varied = [
        name
        for name in dict.fromkeys(name for each in settings for name in each)
        if len({each.get(name) for each in settings}) > 1
    ]
    return ["".join(f", {each.get(name, NONE)}" for name in varied) for each in settings]


def alike(one: tuple[Rule, Optimiser], other: tuple[Rule, Optimiser]) -> bool:
    """Whether two rules with their optimisers are equal, however they are written. False if that cannot be told."""
    try:
        return bool(one == other)
    except ValueError:  # arrays in a field of a user's own
        return False


def chosen(
    text: str,
    shared: str | None,
    usual: str,
    won: Mapping[str, Winner],
    scheduled: Callable[[Optimiser], Optimiser],
) -> tuple[str, str, Optimiser]:
    """A rule's label in tables, its spec, and its optimiser.

    The optimiser is the first of these that there is: the one that the user names for this rule; the one that won; the
    one that the user names for all; the one that the rule names, whose rate is on no schedule; the task's usual one.
    """
    rule, named = specs.with_optimiser(text)
    label = registry.label(rule)
    if named is not None:
        optimiser = registry.optimiser(named)
        return f"{label}@{registry.label(named, 'optimiser')}", rule, scheduled(optimiser)
    if label in won:
        options = specs.parse(won[label].rule).options  # alone: the user says which rule it is
        spec = str(specs.parse(rule)._replace(options=options))
        return f"{label}@tuned", spec, scheduled(won[label].optimiser)
    own = registry.own_optimiser(rule) if shared is None else None
    if own is not None:
        return f"{label}@{registry.label(own, 'optimiser')}", rule, registry.optimiser(own)
    return label, rule, scheduled(registry.optimiser(usual if shared is None else shared))


def with_schedule(optimiser: Optimiser, name: str, steps: int) -> Optimiser:
    """The optimiser with its rate on a schedule over `steps` steps; for a wrapper, the rates of the optimisers inside.

    Raises:
        BadInput: for a user's own optimiser whose rate is declared to be a number.
    """

    def change(path: str, member: Optimiser) -> Optimiser:
        rate = getattr(member, "rate", None)
        if is_wrapper(member) or not is_real(rate):
            return member
        course = registry.schedule(name, rate, steps)
        takes = hints(type(member)).get("rate") is not float or is_real(course)
        said = "--schedule constant, or a field `rate: Rate`, of plausible.optimise.schedules"
        require(takes, f"the rate of {type(member).__name__}, declared as a number,", name, said)
        changed: Optimiser = replace(member, rate=course)  # type: ignore[type-var]
        return changed

    return rebuilt(optimiser, change)


class Result(NamedTuple):
    """A comparison that has been made."""

    metrics: pd.DataFrame  # one row per measurement, with the columns of plausible.study.run.Row
    outcomes: list[Outcome[Run]]  # one per run
    labels: list[str]  # one per outcome: the label of its rule
    computed: int = 0  # runs that were not in the store
    keys: Sequence[str] = ()  # one per outcome: the key of its run
    left: int = 0  # runs that had been lost before, and were not run again


def compare(
    comparison: Comparison,
    workers: int = 1,
    progress: Callable[[float], None] = lambda done: None,
    limit: float | None = None,
    store: Store | None = None,
    retry_lost: bool = False,
    keep_weights: bool = False,
) -> Result:
    """Run a comparison in `workers` processes, or in this one with 0, for notebooks and debuggers.

    `progress` is called with the number of runs that are done, parts of runs included.

    A run that takes longer than `limit` seconds ends as "timed out". A run in `store` is not computed again, unless it
    was lost and `retry_lost` is set; without a store no run is stored. With `keep_weights`, what each run has learned
    is in the file that its outcome names, `weights`, in the store; a stored run without is computed again for it.

    Raises:
        BadInput: for a comparison that cannot be made; for `keep_weights` without a store.
        OSError: if the store is full.

    >>> from plausible.study.compare import Comparison, compare
    >>> result = compare(Comparison(task="xor", rules=("backprop",), seeds=1, epochs=2))
    >>> [outcome.status for outcome in result.outcomes], list(result.metrics.columns[:3])
    (['done'], ['task', 'rule', 'seed'])
    """
    check_resources(workers, limit)
    require(
        not keep_weights or store is not None,
        "keep_weights",
        True,
        "a store to keep them in, as store='results'",
    )
    if store is None:
        with TemporaryDirectory() as folder:
            result = compare(comparison, workers, progress, limit, Store(Path(folder)))
            return result._replace(outcomes=[without_folder(outcome) for outcome in result.outcomes])
    entries = comparison.entries
    task = registry.task(comparison.task, randomness(0).data)
    say_merged_in(task, (run.network.dtype for _, run in entries))
    plan = Plan(keyed(run for _, run in entries))
    before = plan.stored(store)
    listener = Silent(progress, dict.fromkeys(before, 1.0))
    computed = carry_out(
        plan, store, listener, workers=workers, limit=limit, retry_lost=retry_lost, keep_weights=keep_weights
    )
    stored = plan.stored(store)
    unread = "its result was not readable: run again"
    outcomes = [
        stored[run].outcome().of(run) if run in stored else Outcome(run, "failed", unread)
        for _, run in entries
    ]
    once = {run for run, its_key in plan.keys.items() if its_key.untold}
    outcomes = [without_folder(outcome) if outcome.run in once else outcome for outcome in outcomes]
    for run in once:  # no later call can have its key
        remove(store.runs / plan.keys[run].name)
    pairs = zip(entries, outcomes, strict=True)
    rows = [row._replace(rule=label) for (label, _), outcome in pairs for row in outcome.rows]
    metrics = pd.DataFrame(rows, columns=list(Row._fields))
    keys = [plan.keys[run].name for _, run in entries]
    left = 0 if retry_lost else sum(there.status != "done" for there in before.values())
    return Result(metrics, outcomes, [label for label, _ in entries], computed, keys, left)


def without_folder(outcome: Outcome[Run]) -> Outcome[Run]:
    """An outcome without the place of its log, in a folder that is removed; it holds traceback and answers itself."""
    if outcome.log is None:
        return outcome
    text = outcome.log.read_text(encoding="utf-8") if outcome.status == "failed" else ""
    file = outcome.log.parent / ANSWERS
    answers = file.read_bytes() if file.is_file() else b""
    return replace(outcome, log=None, traceback=text, weights=None, answers=answers)
