"""Words or objects, everywhere: what a user gives for a rule, a task or a setting, as a comparison or a run needs it.

A task goes by a text wherever a run is stored or handed to another process. An object that `task` has made goes by the
text that it was made from, as long as that gives the same numbers; any other by a file that holds it.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import is_dataclass, replace
from functools import cache
from inspect import signature
from pathlib import Path
from typing import TypeAlias, TypedDict
from weakref import WeakKeyDictionary

from plausible.core import Optimiser, Rule, randomness
from plausible.errors import BadInput, require, require_seed, require_whole
from plausible.networks.activations import Activation
from plausible.networks.inits import Init
from plausible.networks.network import Network
from plausible.probes.criterion import Criterion
from plausible.probes.probe import Probe
from plausible.registry import registry, serving, specs
from plausible.registry.names import is_in_file, name_of, named, whole_path
from plausible.registry.session import is_in_session
from plausible.registry.written import written
from plausible.study.compare import Comparison
from plausible.study.keys.data import data_digest, digest_of
from plausible.study.run import Run
from plausible.tasks import filed
from plausible.tasks.task import Task

METHODS = ("init", "update", "respond")
RuleLike: TypeAlias = str | Rule | type[Rule]
"""A word such as "fa", with options and an optimiser of its own where wanted; an instance; or a class."""

_TEXTS: WeakKeyDictionary[Task, str] = WeakKeyDictionary()  # those that `task` has made tasks from


class Settings(TypedDict, total=False):
    """What `fit` and `ticks` take beside rule and task, and `run_of` too; see `plausible.fit`."""

    network: str | Network | None
    hidden: Sequence[int] | None
    activation: str | Activation | None
    init: str | Init | None
    optimiser: str | Optimiser | None
    schedule: str
    epochs: int | None
    batch_size: int | None
    window: int | None
    seed: int
    probes: str | Sequence[str | Probe]
    until: str | Criterion | None


def task(name: str | Task, seed: int = 0) -> Task:
    """The task that a word names: three splits of examples, x (examples, n_in) and y (examples, n_out).

    Args:
        name: as on the command line, such as "digits", "two-moons[examples=500]" or "./mine.py:Mine"; a `Task` is
            returned as it is.
        seed: draws the examples of a task that is drawn, those that a run of this seed has.

    Raises:
        BadInput: if there is no such task, or it cannot be made.

    >>> import plausible as pl
    >>> digits = pl.task("digits")
    >>> digits.train.x.shape, digits.n_out, digits.kind
    ((1078, 64), 10, 'classes')
    """
    if isinstance(name, Task):
        return name
    if not isinstance(name, str):
        raise no_task(name)
    require_seed("seed", seed)
    name = specs.unquoted(name)
    made = registry.task(name, randomness(seed).data)
    _TEXTS[made] = whole_path(name)
    return made


def comparison(
    rules: RuleLike | Sequence[RuleLike] | None,
    task: str | Task,
    *,
    seeds: int = 5,
    epochs: int | None = None,
    hidden: Sequence[int] | None = None,
    batch_size: int | None = None,
    activation: str | Activation | None = None,
    init: str | Init | None = None,
    network: str | Network | None = None,
    optimiser: str | Optimiser | None = None,
    schedule: str = "cosine",
    tuned: str | None = None,
    window: int | None = None,
    probes: str | Sequence[str | Probe] = (),
    folder: Path | None = None,
) -> Comparison:
    """The comparison that words and objects describe; see `plausible.api.comparing.compare` for these.

    Args:
        folder: where a task is written that goes by no text; a folder of this session, removed at its end, if None.

    Raises:
        BadInput: for what is of no kind that can stand there.
    """
    texts, own = taken(rules)
    check_order(texts or (), task)
    require_whole("the number of seeds", seeds, expected="one or more")
    described = Comparison(
        task=task_word(task, range(seeds), folder),
        rules=texts,
        seeds=seeds,
        epochs=epochs,
        hidden=tuple(hidden) if isinstance(hidden, Sequence) and not isinstance(hidden, str) else hidden,
        batch_size=batch_size,
        activation=None if activation is None else word(activation),
        init=None if init is None else word(init),
        network=network,
        optimiser=None if optimiser is None else word(optimiser),
        schedule=schedule,
        tuned=tuned,
        window=window,
        probes=probe_words(probes),
    )
    return each_its_own(described, own)


def run_of(
    rule: RuleLike,
    task: str | Task,
    *,
    network: str | Network | None = None,
    hidden: Sequence[int] | None = None,
    activation: str | Activation | None = None,
    init: str | Init | None = None,
    optimiser: str | Optimiser | None = None,
    schedule: str = "cosine",
    epochs: int | None = None,
    batch_size: int | None = None,
    window: int | None = None,
    probes: str | Sequence[str | Probe] = (),
    until: str | Criterion | None = None,
    seed: int = 0,
    folder: Path | None = None,
) -> Run:
    """The run that words and objects describe: what `compare` makes of the same words, at one seed.

    What is not given follows the task's recipe, and the learning rate its schedule.

    Args:
        until: a criterion, such as "within[margin=0.2]", that ends the run when it is met.
        folder: as for `comparison`.

    Raises:
        BadInput: for anything that a run could not start with.

    >>> from plausible.api.words import run_of
    >>> from plausible.networks.mlp import MLP
    >>> from plausible.optimise.adam import Adam
    >>> from plausible.rules.feedback.feedback_alignment import FeedbackAlignment
    >>> run = run_of(FeedbackAlignment(MLP((64,))), "digits", optimiser=Adam(0.001), epochs=10, seed=3)
    >>> run.rule, run.network.hidden, run.epochs, run.batch_size, run.seed
    ('feedback-alignment', (64,), 10, 32, 3)
    """
    require_seed("seed", seed)
    criterion = criterion_of(until)
    described = comparison(
        (rule,),
        task_word(task, (seed,), folder),
        seeds=1,
        network=network,
        hidden=hidden,
        activation=activation,
        init=init,
        optimiser=optimiser,
        schedule=schedule,
        epochs=epochs,
        batch_size=batch_size,
        window=window,
        probes=probes,
    )
    return replace(described.entries[0].run, seed=seed, until=criterion)


def criterion_of(given: str | Criterion | None) -> Criterion | None:
    """What ends a run when it is met, of a word or an instance. Raises `BadInput` for what is no criterion."""
    if given is None or isinstance(given, str):
        made: Criterion | None = None if given is None else registry.made("criterion", given)
        return made
    try:
        signature(given).bind("answers", "targets")
    except (TypeError, ValueError):
        require(False, "until", given, "a criterion, such as 'within[margin=0.2]', or None")
    return given


def taken(
    rules: RuleLike | Sequence[RuleLike] | None,
) -> tuple[tuple[str, ...] | None, tuple[Network | None, ...]]:
    """The texts of rules, and the networks of those that are instances; None for the others. Raises `BadInput`."""
    if rules is None:
        return None, ()
    if isinstance(rules, str):
        rules = specs.split(rules, "rules")
    given = [*rules] if isinstance(rules, list | tuple) else [rules]
    parts = [part(each) for each in given]
    return tuple(text for text, _ in parts), tuple(network for _, network in parts)


def check_order(rules: Sequence[str], task: object) -> None:
    """Raise `BadInput` where a rule stands in the place of the task, or a task in that of a rule."""
    expected = (
        "rules first, then the task, as in compare(['backprop', 'fa'], 'digits') and fit('fa', 'digits')"
    )
    for given, kind, other in (*((rule, "rule", "task") for rule in rules), (task, "task", "rule")):
        name = named(given) if isinstance(given, str) else ""
        swapped = bool(name) and registry.stands_for(other, name) and not registry.stands_for(kind, name)
        require(not swapped, f"the {kind}", given, f"{expected}; this is a {other}")


def part(rule: object) -> tuple[str, Network | None]:
    """The text of a rule, and its network if it is an instance with one. Raises `BadInput`."""
    if isinstance(rule, str):
        return rule, None
    if isinstance(rule, type):
        name = name_of(rule)
        return name.removeprefix("rule:"), None
    made = is_dataclass(rule) and all(callable(getattr(rule, name, None)) for name in METHODS)
    require(
        made, "a rule", rule, f"a word such as 'backprop', an instance or a class with {', '.join(METHODS)}"
    )
    text, network = written(rule, without=("network",)), getattr(rule, "network", None)
    return text, network


def each_its_own(comparison: Comparison, own: tuple[Network | None, ...]) -> Comparison:
    """A comparison in which instances learn their own networks; see `compare`. Raises `BadInput`."""
    networks = [network for network in own if network is not None]
    if not networks:
        return comparison
    settings = ("network", "hidden", "activation", "init")
    given = [name for name in settings if getattr(comparison, name) is not None]
    plain = replace(comparison, network=None, hidden=None, activation=None, init=None)
    if len(networks) == len(own):
        expected = "none where all rules are instances, which have their own"
        require(
            not given,
            f"{' and '.join(given)} of the network",
            getattr(comparison, (given or settings)[0]),
            expected,
        )
        return replace(plain, networks=tuple(networks))
    if not given and len({repr(network) for network in networks}) > 1:
        raise BadInput(
            f"rules learn {len(set(map(repr, networks)))} networks, and some are words: expected network=, for these"
        )
    if given:
        task = registry.task(comparison.task, randomness(0).data)
        kinds = map(serving.kinds_of_rule, comparison.rules or ())
        made = [comparison.learner(task, each) for each in kinds]
    else:
        made = [networks[0]] * len(own)
    return replace(plain, networks=tuple(mine or other for mine, other in zip(own, made, strict=True)))


def task_word(given: object, seeds: Iterable[int], folder: Path | None = None) -> str:
    """The text by which runs of these seeds have the examples of a task.

    A `Task` goes by the text that `task` made it from, if that gives these numbers at all of these seeds. Else it is
    written into a folder, a file for each content, and goes by the name of that file. Raises `BadInput`.
    """
    if isinstance(given, str):
        return specs.unquoted(given)
    if not isinstance(given, Task):
        raise no_task(given)
    text = _TEXTS.get(given)
    if text is not None:
        digest = digest_of(given)
        if all(data_digest(text, seed) == digest for seed in seeds):
            return text
    return filed.write(given, of_session() if folder is None else folder)


def no_task(given: object) -> BadInput:
    """The error for what is given as a task and is none."""
    shown = repr(given) if isinstance(given, int | float | None) else f"of kind {type(given).__name__}"
    made = "made by plausible.Task.from_arrays(X, y) of arrays of your own"
    return BadInput(f"the task is {shown}: expected a word such as 'digits', or a Task, {made}")


@cache
def of_session() -> Path:
    """A folder for the tasks of this session, which is removed at its end."""
    folder = Path(tempfile.mkdtemp(prefix="plausible-tasks-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def probe_words(given: object) -> tuple[str, ...]:
    """The texts of one probe or several. Raises `BadInput`."""
    several = specs.split(given, "probes") if isinstance(given, str) else given
    if not isinstance(several, list | tuple):
        several = [several]
    for each in several:
        good = isinstance(each, str | type) or is_dataclass(each)
        require(
            good,
            "a probe",
            each,
            "a word such as 'alignment', or a probe such as plausible.probes.Alignment()",
        )
    return tuple(map(word, several))


def word(given: object) -> str:
    """The text of a part of a comparison: a word as it is, anything else as it is written on the command line.

    A class stands for what it makes by itself, without options.
    """
    if isinstance(given, type):
        name = name_of(given)
        return name if is_in_file(name) or is_in_session(name) else name.rpartition(":")[2]
    return given if isinstance(given, str) else written(given)
