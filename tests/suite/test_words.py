"""Words or objects, everywhere: both describe one run, and what is neither is refused in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import plausible as pl
from plausible.api import words
from plausible.api.words import run_of, task_word
from plausible.errors import BadInput
from plausible.networks.activations import relu
from plausible.networks.inits import Orthogonal
from plausible.optimise.adam import Adam
from plausible.probes.criterion import Within
from plausible.registry import registry
from plausible.study.compare import Comparison
from plausible.study.keys.data import data_digest, digest_of
from plausible.tasks.task import Task
from tests.processes import finished

MOONS = "two-moons[examples=100]"


def given() -> Task:
    """A task of arrays."""
    X = np.random.default_rng(0).normal(size=(60, 3))
    return Task.from_arrays(X, (X[:, 0] > 0).astype(int), name="signs")


def test_words_give_the_run_that_the_command_makes_of_them() -> None:
    for rule, task, seed in (("backprop", "digits", 0), ("fa@adam", MOONS, 2), ("bptt", "add", 1)):
        comparison = Comparison(task=task, rules=(rule,), seeds=seed + 1)
        assert run_of(rule, task, seed=seed) == comparison.runs()[seed]


def test_objects_describe_the_same_run_as_words() -> None:
    net = pl.MLP((8,), activation=relu, init=Orthogonal())
    by_objects = run_of(
        pl.rules.FeedbackAlignment(net),
        pl.task("digits"),
        optimiser=Adam(0.001),
        probes=[pl.probes.Alignment()],
        until=Within(0.2),
    )
    by_words = run_of(
        "fa",
        "digits",
        hidden=(8,),
        activation="relu",
        init="orthogonal",
        optimiser="adam[rate=0.001]",
        probes="alignment",
        until="within[margin=0.2]",
    )
    assert replace(by_objects, rule="fa") == by_words
    assert registry.label(by_objects.rule) == registry.label(by_words.rule)


def test_a_class_stands_for_its_name_and_one_probe_for_a_list_of_it() -> None:
    by_classes = run_of(pl.rules.FeedbackAlignment, MOONS, optimiser=pl.Adam, probes=pl.probes.Alignment)
    assert by_classes == run_of("feedback-alignment", MOONS, optimiser="adam", probes=["alignment"])
    assert by_classes == run_of(
        "feedback-alignment", MOONS, optimiser=pl.Adam(), probes=pl.probes.Alignment()
    )


def test_a_task_that_is_not_drawn_goes_by_its_word_at_every_seed() -> None:
    assert task_word(pl.task("digits"), range(5)) == "digits"


def test_a_task_that_is_drawn_goes_by_its_word_at_its_own_seed_alone(tmp_path: Path) -> None:
    task = pl.task(MOONS, seed=3)
    assert task_word(task, [3], tmp_path) == MOONS
    assert not [*tmp_path.iterdir()]
    for seeds in ([0], range(4)):
        text = task_word(task, seeds, tmp_path)
        assert text.startswith("arrays[file=")
        assert {data_digest(text, seed) for seed in seeds} == {digest_of(task)} == {data_digest(MOONS, 3)}


@pytest.mark.parametrize(
    "change",
    [
        lambda task: replace(task, train=task.train._replace(x=task.train.x + 1)),
        lambda task: replace(task, validation=task.test, test=task.validation),
    ],
)
def test_another_task_made_of_one_does_not_go_by_its_word(
    change: Callable[[Task], Task], tmp_path: Path
) -> None:
    changed = change(pl.task("digits"))
    assert data_digest(task_word(changed, [0], tmp_path), 0) == digest_of(changed) != data_digest("digits", 0)


def test_numbers_that_were_written_into_a_task_are_those_of_its_runs(tmp_path: Path) -> None:
    task = pl.task("digits")
    if not task.train.x.flags.writeable:
        pytest.fail("expected a task whose arrays can be written into, else this says nothing")
    task.train.x[0] = 0.5
    text = task_word(task, [0], tmp_path)
    assert text != "digits"
    assert (registry.task(text, np.random.default_rng(0)).train.x[0] == 0.5).all()


def test_arrays_go_by_a_file_of_their_content(tmp_path: Path) -> None:
    run = run_of("fa", given(), folder=tmp_path)
    assert run == run_of("fa", given(), folder=tmp_path)
    assert len([*tmp_path.iterdir()]) == 1
    assert data_digest(run.task, run.seed) == digest_of(given())
    assert run.network == Comparison(task=run.task, rules=("fa",)).runs()[0].network


def test_a_task_is_returned_as_it_is_and_made_as_a_run_of_its_seed_has_it() -> None:
    task = given()
    assert pl.task(task) is task
    assert digest_of(pl.task(MOONS, seed=4)) == data_digest(MOONS, 4)
    assert pl.task(MOONS, seed=4).name == "two-moons"


def test_networks_take_words_and_hold_what_they_stand_for() -> None:
    outputs, inits = pl.networks.output, pl.networks.distribution
    by_words = pl.MLP((4,), activation="relu", output="linear", init="uniform(0.5)", bias_init="zero")
    assert by_words == pl.MLP(
        (4,), relu, outputs("linear"), init=inits("uniform(0.5)"), bias_init=inits("zero")
    )
    assert by_words.activation is relu
    recurrent = pl.RNN((4,), activation="relu", recurrent="gaussian(0.1)")
    assert recurrent == pl.RNN((4,), activation=relu, recurrent=inits("gaussian(0.1)"))
    assert replace(recurrent, activation="tanh") == pl.RNN((4,), recurrent=inits("gaussian(0.1)"))


REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "no such task": (lambda: pl.task("digit"), "unknown task 'digit': did you mean 'digits'"),
    "a number for a task": (lambda: pl.task(3), "the task is 3: expected a word such as 'digits', or a Task"),
    "arrays for a task": (
        lambda: run_of("fa", np.ones(3)),
        "the task is of kind ndarray: expected a word .*from_arrays",
    ),
    "a seed below 0": (lambda: pl.task("digits", -1), "seed is -1: expected a whole number of at least 0"),
    "no such rule": (lambda: run_of("fb", "digits"), "unknown rule 'fb'"),
    "a number for a rule": (lambda: run_of(3, "digits"), "a rule is 3: expected a word such as 'backprop'"),
    "the other way round": (lambda: run_of("digits", "fa"), "expected rules first, then the task"),
    "a network beside an instance": (
        lambda: run_of(pl.rules.Backprop(pl.MLP((3,))), "digits", hidden=(4,)),
        "hidden of the network is .*: expected none where all rules are instances",
    ),
    "no such optimiser": (
        lambda: run_of("fa", "digits", optimiser="adma"),
        "unknown optimiser 'adma': did you",
    ),
    "no such activation": (
        lambda: run_of("fa", "digits", activation="rely"),
        "unknown activation 'rely': did",
    ),
    "no such activation of a network": (
        lambda: pl.MLP(activation="rely"),
        "unknown activation 'rely': did you",
    ),
    "no such output of a network": (
        lambda: pl.RNN(output="softmin"),
        "unknown output 'softmin': did you mean 'soft",
    ),
    "no such init of a network": (
        lambda: pl.MLP(init="unform"),
        "unknown distribution 'unform': did you mean 'uni",
    ),
    "a number as an activation": (
        lambda: pl.MLP(activation=3),
        "activation is 3: expected an Activation, such as",
    ),
    "another kind of task": (
        lambda: run_of("bptt", "digits"),
        "rule 'bptt' learns networks of kind rnn, not mlp",
    ),
    "no such criterion": (lambda: run_of("fa", "digits", until="with"), "unknown criterion 'with'"),
    "a number as a probe": (
        lambda: run_of("fa", "digits", probes=3),
        "a probe is 3: expected a word such as 'align",
    ),
    "no epochs": (
        lambda: run_of("fa", "digits", epochs=0),
        "the number of epochs is 0: expected one or more",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_neither_is_refused_in_one_line(what: str) -> None:
    make, told = REFUSED[what]
    with pytest.raises(BadInput, match=told) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_files_of_a_session_are_gone_when_it_ends() -> None:
    code = (
        "import numpy as np, plausible as pl\nfrom plausible.api import words\n"
        "X = np.arange(40.0)[:, None] % 7\n"
        "print(words.task_word(pl.Task.from_arrays(X, (X[:, 0] > 3).astype(int)), [0]))"
    )
    text = finished([sys.executable, "-c", code]).stdout.strip()
    assert text.startswith("arrays[file=")
    assert not Path(text.removeprefix("arrays[file=").rstrip("]")).exists()
    assert words.of_session() == words.of_session()
