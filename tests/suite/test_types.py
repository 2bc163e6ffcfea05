"""What a user's type checker and language server are told. Oracle: mypy, on a file as a user writes it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

import plausible as pl
from tests.processes import finished

ROOT = Path(pl.__file__).parents[1]
USER = '''
"""What a user writes."""

import numpy as np
import pandas as pd

import plausible as pl

digits: pl.Task = pl.task("digits")
net = pl.MLP((64,), activation="relu", init=pl.networks.Uniform(0.1))
fa = pl.rules.FeedbackAlignment(net)
fitted = pl.fit(fa, digits, optimiser=pl.Adam(1e-3), epochs=10, seed=0, probes=[pl.probes.Alignment()])
score: float = fitted.score("validation")
history: pd.DataFrame = fitted.history
answers = fitted.predict(np.zeros((3, 64)))
fitted.save("fa.npz")
again: pl.Fitted = pl.load("fa.npz")
for tick in pl.ticks(fa, digits, epochs=1, optimiser="adam[rate=0.001]"):
    number: int = tick.number


@pl.rule
class Mine(pl.rules.Layered):
    gain: float = 1.0

    def signals(self, params: pl.View, passed: pl.Pass, error: pl.Array) -> list[pl.Array | None]:
        layers = range(2, self.network.depth + 1)
        back = {f"B{layer}": self.gain * params[f"W{layer}"].T for layer in layers}
        return [*pl.rules.backward(passed, error, back)]


checked: pl.Checked = pl.check(Mine(net, gain=0.5))
kept: bool = checked.kept
result: pl.Compared = pl.compare(["backprop", fa, Mine(net), pl.rules.Backprop], task=digits, workers=0)
frame: pd.DataFrame = result.frame
classifier = pl.PlausibleClassifier("feedback-alignment", hidden=(64,)).fit(np.zeros((3, 2)), [0, 1, 1])
optimiser = pl.Grouped((("W1", pl.SGD(0.1)), ("*", pl.optimise.Rprop())))
own = pl.Task.from_arrays([[0.0], [1.0]], ["a", "b"], name="own")
'''
WRONG = {
    'pl.fitt("fa", "digits")': 'Module has no attribute "fitt"',
    'pl.fit("fa", "digits", epochs="ten")': 'Argument "epochs" to "fit" has incompatible type "str"',
    'pl.fit("fa", "digits", epoch=3)': 'Unexpected keyword argument "epoch" for "fit"',
    "pl.MLP((64,), activation=3)": 'Argument "activation" to "MLP" has incompatible type "int"',
    "pl.rules.FeedbackAlignmnt()": 'Module has no attribute "FeedbackAlignmnt"',
    "pl.rules.Backprop(gain=3)": 'Unexpected keyword argument "gain" for "Backprop"',
    "number: str = pl.fit('fa', 'digits').score('test')": 'Incompatible types in assignment (expression has',
    "pl.probes.Alignments()": 'Module has no attribute "Alignments"',
}  # fmt: skip
SHAPED = re.compile(
    r"NDArray\[Any\]|(np\.)?(floating|integer)\[Any\]|Mapping\[Any, float\]"
)  # of numpy, and labels


def test_a_users_file_type_checks_in_strict_mode_and_mistakes_are_seen(tmp_path: Path) -> None:
    """Beside the suite as it is here. Of two files at once mypy tells in half the time."""
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "wrong.py").write_text("import plausible as pl\n" + "\n".join(WRONG))
    files = [str(tmp_path / name) for name in ("user.py", "wrong.py")]
    line = [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", *files]
    *told, total = finished(line, cwd=ROOT, check=False).stdout.splitlines()
    for number, words in enumerate(WRONG.values(), 2):
        assert any(f"wrong.py:{number}: error: {words}" in line for line in told), told
    assert not [line for line in told if "wrong.py:" not in line], (
        "of what is right, and of the suite, nothing"
    )
    assert re.fullmatch(r"Found \d+ errors in 1 file \(checked 2 source files\)", total)


def notes_of(function: ast.FunctionDef) -> list[ast.expr | None]:
    """The annotations of what a function takes, and of what it returns; None where there is none."""
    taken = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [*(each.annotation for each in taken if each.arg not in ("self", "cls")), function.returns]


@pytest.mark.parametrize(
    "file", sorted((ROOT / "plausible" / "api").glob("*.py")), ids=lambda file: file.stem
)
def test_no_public_signature_says_any(file: Path) -> None:
    public = [name for name, place in pl.WHERE.items() if place == f"api.{file.stem}"]
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name not in public:
            continue
        for member in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                for note in notes_of(member):
                    said = "Any" if note is None else SHAPED.sub("", ast.unparse(note))
                    assert not re.search(r"\bAny\b", said), f"{node.name}.{member.name}"


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "plausible" / "py.typed").is_file()
