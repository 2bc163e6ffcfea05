"""A key follows the code that a run executes. Oracle: changes of one definition, and which runs execute that."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plausible.networks.activations import relu
from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.sgd import SGD
from plausible.study.experiment import Experiment
from plausible.study.keys import reach, sources
from plausible.study.keys.key import Key, key
from plausible.study.run import Run
from tests.suite.quick import QUICK

ROOT = Path(__file__).parents[2]
HELPED = """
from dataclasses import dataclass
from baselines.backprop import Backprop
from helper import scaled

@dataclass(frozen=True)
class Mine(Backprop):
    def signals(self, params, passed, error):
        return [scaled(signal) for signal in super().signals(params, passed, error)]

class Other(Backprop):
    pass
"""
WORDED = """
import plausible as pl

INNER = pl.MLP((3,), activation="softplus", init="gaussian(0.1)")

@pl.rule
class Mine(pl.rules.Backprop):
    def signals(self, params, passed, error):
        return [INNER.activation.value(signal) for signal in super().signals(params, passed, error)]
"""
HELPER = '''
"""Words."""
from deeper.constants import GAIN

def scaled(signal):
    return GAIN * signal

def idle(signal):
    return signal
'''


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Run]:
    """Feedback alignment with SGD, backprop with Adam, a rule of one's own with a helper, which has one, too, and one
    that makes a network from words."""
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "__init__.py").write_text("assert True\n")
    (tmp_path / "deeper" / "constants.py").write_text("GAIN, IDLE = 2.0, 3.0\nUNUSED = 4\n")
    (tmp_path / "helper.py").write_text(HELPER)
    (tmp_path / "mine.py").write_text(HELPED)
    (tmp_path / "worded.py").write_text(WORDED)
    quick = replace(QUICK, task="xor")
    return {
        "fa": replace(quick, rule="fa", optimiser=SGD(0.1), network=MLP((4,), relu)),
        "backprop": replace(quick, rule="backprop", optimiser=Adam(0.01)),
        "mine": replace(quick, rule=f"{tmp_path}/mine.py:Mine", optimiser=SGD(0.1)),
        "worded": replace(quick, rule=f"{tmp_path}/worded.py:Mine", optimiser=SGD(0.1)),
    }


def within(name: str) -> Callable[[str], str]:
    """One statement more in a function or a method, `Class.method`."""

    def change(text: str) -> str:
        tree = ast.parse(text)
        node: ast.AST = tree
        for part in name.split("."):
            (node,) = (each for each in node.body if getattr(each, "name", "") == part)  # type: ignore[attr-defined]
        node.body.append(ast.Assert(ast.Constant(True)))  # type: ignore[attr-defined]
        return ast.unparse(ast.fix_missing_locations(tree))

    return change


def with_value(name: str) -> Callable[[str], str]:
    """Another value of a constant."""

    def change(text: str) -> str:
        tree = ast.parse(text)
        for node in tree.body:
            if isinstance(node, ast.Assign) and name in ast.unparse(node.targets[0]):
                node.value = ast.BinOp(node.value, ast.Add(), ast.Constant(0))
                return ast.unparse(ast.fix_missing_locations(tree))
        raise LookupError(name)

    return change


def reworded(text: str) -> str:
    """Other docstrings, comments and empty lines."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            node.value = ast.Constant("Other words.")
    return f"# a remark\n\n\n{ast.unparse(tree)}\n# the end\n"


def more(text: str) -> Callable[[str], str]:
    """More at the end of a file."""
    return lambda before: f"{before}\n{text}\n"


ALL = {"fa", "backprop", "mine", "worded"}
CHANGES: dict[str, tuple[str, Callable[[str], str], set[str]]] = {  # file, change, whose keys are other ones
    "a new rule beside another": (
        "plausible/rules/feedback/feedback_alignment.py",
        more("@dataclass(frozen=True)\nclass New(Layered):\n    feedback: Init = Uniform()"),
        set(),
    ),
    "a new probe": (
        "plausible/probes/alignment.py",
        more("def new(tick):\n    return angle(tick, tick)"),
        set(),
    ),
    "a new activation": (
        "plausible/networks/activations.py",
        more("new = Activation('new', _logistic, _logistic_slope)\nACTIVATIONS['new'] = new"),
        set(),
    ),
    "a new initialisation": (
        "plausible/networks/inits.py",
        more(
            "@dataclass(frozen=True)\nclass New(Init):\n    def draw(self):\n        return 0\nINITS['new'] = New"
        ),
        set(),
    ),
    "a new output": (
        "plausible/networks/outputs.py",
        more("new = Output('new', _logistic, _cross_entropy, _difference)\nOUTPUTS['new'] = new"),
        set(),
    ),
    "a new export": ("plausible/__init__.py", more("__all__.append('new')\nWHERE['new'] = 'core'"), set()),
    "a new export of rules": (
        "plausible/rules/__init__.py",
        lambda text: text.replace("WHERE = {", "WHERE = {'New': 'plausible.core',", 1),
        set(),
    ),
    "a new report": ("plausible/report/comparison.py", more("def new():\n    return 1"), set()),
    "how entry points are looked up": ("plausible/registry/registry.py", within("full_name"), set()),
    "what is refused": ("plausible/study/refusals.py", within("check_parts"), set()),
    "how a checkpoint is written": ("plausible/study/checkpoint.py", within("save"), set()),
    "words": ("plausible/rules/feedback/feedback_alignment.py", reworded, set()),
    "what a rule says that its authors say": (
        "plausible/rules/feedback/feedback_alignment.py",
        lambda text: text.replace('("weight transport",)', "()").replace('"lillicrap2016"', '"liao2016"'),
        set(),
    ),
    "words of the trainer": ("plausible/train.py", reworded, set()),
    "how an activation prints": ("plausible/networks/activations.py", within("Activation.__repr__"), set()),
    "Adam": ("plausible/optimise/adam.py", within("Adam.apply"), {"backprop"}),
    "SGD": ("plausible/optimise/sgd.py", within("SGD.apply"), {"fa", "mine", "worded"}),
    "the equation of feedback alignment": (
        "plausible/rules/feedback/feedback_alignment.py",
        within("FeedbackAlignment.init"),
        {"fa"},
    ),
    # also of feedback alignment, whose angles are to it, and of the rule that is derived from it
    "backprop": ("baselines/backprop.py", within("Backprop.signals"), ALL),
    "a base class in another file": ("plausible/rules/layered.py", within("Layered"), ALL),
    "the trainer": ("plausible/train.py", within("train"), ALL),
    "the engine": ("plausible/study/course.py", within("Course.measure"), ALL),
    "a constant of the engine": ("plausible/study/course.py", with_value("DIVERGED"), ALL),
    "a probe that measures": ("plausible/probes/alignment.py", within("angle"), ALL),
    "a task": ("plausible/tasks/toys.py", within("xor"), ALL),
    "another task": ("plausible/tasks/toys.py", within("two_moons"), set()),
    "tanh, which networks have unless they say": (
        "plausible/networks/activations.py",
        within("_tanh_slope"),
        ALL,
    ),
    "softplus, which a file names": (
        "plausible/networks/activations.py",
        within("_softplus"),
        {"worded"},
    ),
    "a distribution that a file names": ("plausible/networks/inits.py", within("Gaussian.draw"), {"worded"}),
    "how a word is read": ("plausible/networks/words.py", within("take_words"), set()),
    "how a class becomes a rule": ("plausible/api/own.py", within("rule"), set()),
    "relu": ("plausible/networks/activations.py", within("_relu"), {"fa"}),
    "an initialisation that is used": ("plausible/networks/inits.py", within("Uniform.draw"), ALL),
    "an initialisation that is not": ("plausible/networks/inits.py", within("Orthogonal.draw"), set()),
    "recurrent networks": ("plausible/networks/rnn.py", within("RNN.start"), set()),
    "a helper": ("helper.py", within("scaled"), {"mine"}),
    "words of a helper": ("helper.py", reworded, set()),
    "what else is in a helper": ("helper.py", within("idle"), set()),
    "what a helper does when it is imported": ("helper.py", more("print('here')"), {"mine"}),
    "a constant of a helper's helper": ("deeper/constants.py", with_value("GAIN"), {"mine"}),
    "another constant there": ("deeper/constants.py", with_value("UNUSED"), set()),
    "the package of a helper's helper": ("deeper/__init__.py", more("print('here')"), {"mine"}),
    "a rule beside one's own": ("mine.py", lambda text: text.replace("    pass", "    gain = 2"), set()),
    "what a class beside it does": ("mine.py", within("Other"), {"mine"}),
}


def file_of(name: str, folder: Path) -> Path:
    """A file of the project, or of one's own."""
    return ROOT / name if (ROOT / name).is_file() else folder / name


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_changes_the_keys_of_those_that_execute_it(
    what: str, runs: dict[str, Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, change, expected = CHANGES[what]
    file, read = file_of(name, tmp_path).resolve(), sources.source_in
    before = {each: key(run, "data") for each, run in runs.items()}
    text = change(read(file))
    assert text != read(file)
    monkeypatch.setattr(sources, "source_in", lambda asked: text if asked == file else read(asked))
    monkeypatch.setattr(
        sources, "_READ", {known: found for known, found in sources._READ.items() if known != file}
    )
    monkeypatch.setattr(reach, "_REACHED", {})
    after = {each: key(run, "data") for each, run in runs.items()}
    assert {each for each in runs if after[each].name != before[each].name} == expected
    for each in expected:
        told = [line.removesuffix(" changed") for line in after[each].differences(before[each])]
        assert len(told) == 1, told
        module = told[0].removeprefix("the code of ")
        assert module in (name, file.name, ".".join(Path(name).with_suffix("").parts))


def code(folder: Path, **files: str) -> Callable[[], Key]:
    """The key of a rule in mine.py, which holds its text and what the other files do."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return lambda: key(replace(QUICK, rule=f"{folder}/mine.py:Mine"), "data")


RULE = "from dataclasses import dataclass\nfrom baselines.backprop import Backprop\n{}\n"
RULE += "@dataclass(frozen=True)\nclass Mine(Backprop):\n    def signals(self, *given):\n        {}\n"

CAREFUL = {  # what a rule may do so that names cannot tell what it uses: its imports, its body, and the other file
    "a module by an attribute": ("import helper", "return helper.used(*given)", ""),
    "a module that is handed on": ("import helper", "return getattr(helper, 'us' + 'ed')(*given)", ""),
    "import *": ("from helper import *", "return used(*given)", ""),
    "import in the function": ("", "from helper import used; return used(*given)", ""),
    "by another name": ("from helper import used as mine", "return mine(*given)", ""),
    "through a table": ("from helper import TABLE", "return TABLE['used'](*given)", "TABLE = {'used': used}"),
    "a table that is filled later": ("from helper import T", "return T[0](*given)", "T = []\nT.append(used)"),
    "a decorator that takes note": (
        "from helper import T",
        "return T[0](*given)",
        "T = []\ndef note(f):\n    T.append(f)\n@note\ndef noted(*given):\n    return used(*given)",
    ),
    "globals": (
        "from helper import find",
        "return find(*given)",
        "def find(*given): return globals()['used'](*given)",
    ),
    "an attribute of a class": ("from helper import C", "return C.f(*given)", "class C: pass\nC.f = used"),
    "an import that may fail": (
        "try:\n    from helper import used\nexcept ImportError:\n    used = None",
        "return used(*given)",
        "",
    ),
    "a name that a condition gives": (
        "from helper import u",
        "return u(*given)",
        "if True:\n    u = used\nelse:\n    u = 0",
    ),
    "a base class that counts its kin": (
        "from helper import Base",
        "return Base.kin[0]().f(*given)",
        (
            "class Base:\n    kin = []\n    def __init_subclass__(cls):\n        Base.kin.append(cls)\n"
            "class Kin(Base):\n    def f(self, *given):\n        return used(*given)"
        ),
    ),
}


@pytest.mark.parametrize("how", CAREFUL)
def test_where_names_cannot_tell_all_counts_that_may_be_meant(how: str, tmp_path: Path) -> None:
    imports, body, rest = CAREFUL[how]
    helper = f"def used(*given):\n    return 1\n{rest}\n"
    made = code(tmp_path, helper=helper, mine=RULE.format(imports, body))
    before = made()
    (tmp_path / "helper.py").write_text(helper.replace("return 1", "return 2"))
    assert made().differences(before) == ["the code of helper.py changed"]


EXPERIMENT = """
from plausible.core import randomness
from plausible.networks.mlp import MLP
from plausible.registry import registry
from plausible.study.experiment import Measured

TASK = "xor"

def measure(bench, rule="fa", optimiser="sgd"):
    task = registry.task(TASK, randomness(bench.seed).data)
    made = registry.rule(rule, MLP((3,)))
    yield Measured("inputs", task.n_in + len(made.name))
"""
OF_WORDS = {  # file, change, and whether it changes the key of the experiment
    "the rule that an option names": ("plausible/rules/forward/pepita.py", within("Pepita.init"), True),
    "the rule that the default names": (
        "plausible/rules/feedback/feedback_alignment.py",
        within("FeedbackAlignment.init"),
        True,
    ),
    "the task that a constant names": ("plausible/tasks/toys.py", within("xor"), True),
    "another task": ("plausible/tasks/toys.py", within("two_moons"), False),
    "another rule": ("plausible/rules/forward/forward_forward.py", more("assert True"), False),
    "the optimiser that an option names": ("plausible/optimise/adam.py", within("Adam.apply"), True),
}


@pytest.mark.parametrize("what", OF_WORDS)
def test_what_an_experiment_makes_of_words_is_in_its_key(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names in the code and in the options, where a registry is asked for them."""
    name, change, expected = OF_WORDS[what]
    file, read = (ROOT / name).resolve(), sources.source_in
    (tmp_path / "mine.py").write_text(EXPERIMENT)
    options = (("rule", "pepita[scale=0.1]"), ("optimiser", "adam"))
    cell = Experiment(f"{tmp_path}/mine.py:measure", options)
    before = key(cell)
    text = change(read(file))
    monkeypatch.setattr(sources, "source_in", lambda asked: text if asked == file else read(asked))
    monkeypatch.setattr(
        sources, "_READ", {known: found for known, found in sources._READ.items() if known != file}
    )
    monkeypatch.setattr(reach, "_REACHED", {})
    assert (key(cell).name != before.name) == expected
