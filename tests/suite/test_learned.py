"""What was learned, in a file. Oracle: the process that wrote it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from plausible.errors import BadInput
from plausible.networks.mlp import MLP
from plausible.networks.outputs import output
from plausible.networks.rnn import RNN
from plausible.registry import registry
from plausible.study.learned import FORMAT, Learned, packed, read
from plausible.study.run import Run
from tests.processes import finished
from tests.suite.learning import of_run
from tests.suite.quick import QUICK, RULE, mine

ROOT = Path(__file__).parents[2]
PLACES = (  # rules with states of all kinds: none, numbers, lists of arrays in tuples; and a network in time
    replace(QUICK, rule="backprop"),
    replace(QUICK, rule="forward-forward", network=MLP((4, 4))),
    replace(QUICK, rule="generative-predictive-coding"),
    replace(QUICK, rule="equilibrium-propagation[persistent=True,free=euler(3,0.5)]"),
    replace(QUICK, network=MLP((300,)), task="digits", epochs=1, batch_size=100),
    Run(
        "temporal-xor[steps=200]",
        "bptt",
        RNN((4,), output=output("logistic")),
        QUICK.optimiser,
        epochs=1,
        window=5,
    ),
)
ANSWERS = """
import sys
from pathlib import Path
import numpy as np
from threadpoolctl import threadpool_limits
from plausible.registry import registry
from plausible.study.learned import read
kept = read(Path(sys.argv[1]), execute=True)
rule = registry.rule(kept.run.rule, kept.run.network)
x = np.load(sys.argv[2])
with threadpool_limits(1):
    answer = rule.respond(kept.params, kept.state, x, np.random.default_rng(0))[-1]
np.save(sys.argv[3], answer)
"""


def answers(rule: Any, learned: Learned, x: Any) -> Any:
    """Answers, (examples, n_out), by one thread, as runs compute: more add numbers in another order."""
    with threadpool_limits(1):
        return rule.respond(learned.params, learned.state, x, np.random.default_rng(0))[-1]


@pytest.mark.parametrize("run", PLACES, ids=lambda run: run.rule)
def test_it_answers_alike_after_a_file(run: Run, tmp_path: Path) -> None:
    """To the last bit, in this process."""
    course, learned = of_run(run)
    (tmp_path / "a.npz").write_bytes(packed(learned))
    again = read(tmp_path / "a.npz")
    x = course.splits["validation"].x
    expected = answers(course.rule, learned, x)
    assert expected.tobytes() == answers(registry.rule(run.rule, run.network), again, x).tobytes()
    assert {name: array.tobytes() for name, array in again.params.items()} == {
        name: array.tobytes() for name, array in learned.params.items()
    }
    assert (again.run, again.rows, again.kind) == (learned.run, learned.rows, learned.kind)
    assert again.coded.n_in == learned.coded.n_in
    assert again.versions["numpy"] == np.__version__


def test_it_answers_alike_in_a_fresh_process(tmp_path: Path) -> None:
    """A user's own rule, of a file, on a network that is wide enough for BLAS."""
    run = replace(mine(tmp_path / "own", RULE), network=MLP((300,)), task="digits", epochs=1, batch_size=100)
    course, learned = of_run(run)
    file, inputs, out = (tmp_path / name for name in ("a.npz", "x.npy", "answer.npy"))
    file.write_bytes(packed(learned))
    np.save(inputs, course.splits["test"].x)
    ended = finished([sys.executable, "-c", ANSWERS, str(file), str(inputs), str(out)], cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert np.load(out).tobytes() == answers(course.rule, learned, course.splits["test"].x).tobytes()


def test_the_same_run_makes_the_same_file() -> None:
    """But for the seconds that it took."""
    first, second = (replace(of_run(QUICK)[1], rows=[]) for _ in range(2))
    assert packed(first) == packed(second)


def test_numpy_reads_the_weights_by_name(tmp_path: Path) -> None:
    learned = of_run(QUICK)[1]
    (tmp_path / "a.npz").write_bytes(packed(learned))
    with np.load(tmp_path / "a.npz", allow_pickle=False) as held:
        assert np.array_equal(held["params/W1"], learned.params["W1"])
        about = json.loads(str(held["about"]))
    assert (about["format"], about["n_out"], about["run"]["task"]) == (FORMAT, 2, QUICK.task)
    assert about["versions"].keys() == {"plausible", "python", "numpy"}


def test_weights_of_any_name_come_back(tmp_path: Path) -> None:
    """Also those that no file could be called by."""
    learned = of_run(QUICK)[1]
    names = ["a/b", "../x", "a", "\udc80", "é", "W 1", "0", "about", "a?b", "A", "con.", ""]
    state = {name: np.array([n], float) for n, name in enumerate(names)} | {"in": {"a": {"b": np.float32(3)}}}
    (tmp_path / "a.npz").write_bytes(packed(replace(learned, state=state)))
    again = read(tmp_path / "a.npz").state
    assert {name: part for name, part in again.items() if name != "in"} == {
        name: float(n) for n, name in enumerate(names)
    }
    assert again["in"]["a"]["b"] == np.float32(3)
    assert type(again["in"]["a"]["b"]) is np.float32


def test_a_state_that_cannot_be_stored_is_refused_by_the_name_of_its_rule() -> None:
    learned = of_run(QUICK)[1]
    for state in (object(), np.array([object()]), {3: 4}, np.ma.masked_array([1.0], [True]), {"a": {1, 2}}):
        with pytest.raises(
            BadInput, match=r"^what rule 'fa' has learned cannot be stored \(.*: expected a state of"
        ):
            packed(replace(learned, state=state))


def test_how_learning_ended_is_told(tmp_path: Path) -> None:
    learned = of_run(QUICK)[1]
    ended = replace(learned, status="diverged", reason=f"in {Path.home()}/x\n\x1b[1m")
    (tmp_path / "a.npz").write_bytes(packed(ended))
    assert (read(tmp_path / "a.npz").status, read(tmp_path / "a.npz").reason) == (
        "diverged",
        "in ~/x \\x1b[1m",
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_not_stored(bad: float) -> None:
    learned = of_run(QUICK)[1]
    learned.params["b1"][0] = bad
    with pytest.raises(BadInput, match=r"^weight 'b1' has NaN or infinite numbers: expected finite ones"):
        packed(learned)


def test_the_page_of_fits_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/python.md").read_text(encoding="utf-8")
    (example,) = [text for text in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "pl.fit(" in text]
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["again"].score("test") == names["fitted"].score("test") > 0.7
