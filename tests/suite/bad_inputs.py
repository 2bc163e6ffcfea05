"""Inputs that cannot be used: what is given, and a word that the one line about it has to hold.

`{here}` is an empty folder of the test's own, in which `FILES` lie; `{data}` and `{results}` stand for the folders
that PLAUSIBLE_DATA and PLAUSIBLE_RESULTS name.
"""

from __future__ import annotations

from typing import NamedTuple

QUICK = "compare --task two-moons[examples=100] --hidden 4 --epochs 1 --seeds 1"
RULE = """
from dataclasses import dataclass
from baselines.backprop import Backprop

@dataclass(frozen=True)
class Mine(Backprop):
    strength: float = 1.0
"""
TASK = """
import numpy as np
from plausible.tasks.task import Recipe, Split, Task, one_hot

def mine(rng, *, size: int = 6):
    x, y = rng.normal(size=(size, 2)), one_hot(np.arange(size) % 3, 3)
    good = Split(x, y)
    return {}
"""
STUDY = """
from plausible.networks.mlp import MLP
from plausible.optimise.sgd import SGD
from plausible.report.published import accuracy_in_percent
from plausible.study.study import Published, Study, cells

def smoke():
    return cells(["two-moons[examples=100]"], ["backprop"], [MLP((4,))], SGD(0.1), 1, 10, seeds=1)

"""
GOOD = 'study = Study("mine", "Is it so?", {"smoke": smoke})\n'
MADE = 'Recipe((4,), "softmax", 1, 2, "sgd")'
LINEAR = "'values', Recipe((4,), 'linear', 1, 2, 'sgd'), shared='so'"
FILES = {
    "rule.py": RULE,
    "imports.py": "import nonsense_that_is_not_there\n",
    "syntax.py": "def broken(:\n",
    "raises.py": "raise RuntimeError('no\\nsecond line')\n",
    "exits.py": "import sys\nsys.exit(0)\n",
    "number.py": "Rule = 3\n",
    "plain.py": "class Rule: pass\n",
    "function.py": "def Rule(network): return 3\n",
    "inits.py": RULE + "    def init(self, n_in, n_out, rng): raise IndexError('too\\nlong')\n",
    "text_weight.py": RULE + "    def init(self, n_in, n_out, rng): return {'W1': 'x'}, None\n",
    "number_key.py": RULE
    + "    def init(self, n_in, n_out, rng): return {1: rng.normal(size=(2, 4))}, None\n",
    "object_weight.py": RULE
    + "    def init(self, n_in, n_out, rng): return {'W1': rng.normal(size=(2, 4)).astype(object)}, None\n",
    "list_weights.py": RULE + "    def init(self, n_in, n_out, rng): return [], None\n",
    "exits_in_init.py": RULE + "    def init(self, n_in, n_out, rng): raise SystemExit(0)\n",
    "empty.py": "",
    "binary.py": "\x00\x01",
    "latin.py": "# -*- coding: nonsense -*-\n",
    "task.py": TASK.format(f"Task('mine', good, good, good, 'classes', {MADE})"),
    "task_raises.py": TASK.format("1 / 0"),
    "task_number.py": TASK.format("3"),
    "task_kind.py": TASK.format(f"Task('mine', good, good, good, 'klasses', {MADE})"),
    "task_recipe.py": TASK.format("Task('mine', good, good, good, 'classes', None)"),
    "task_output.py": TASK.format(
        "Task('mine', good, good, good, 'classes', Recipe((4,), 'sofmax', 1, 2, 'sgd'))"
    ),
    "task_units.py": TASK.format(
        "Task('mine', good, good, good, 'classes', Recipe('4', 'softmax', 1, 2, 'sgd'))"
    ),
    "task_epochs.py": TASK.format(
        "Task('mine', good, good, good, 'classes', Recipe((4,), 'softmax', None, 2, 'sgd'))"
    ),
    "task_batch.py": TASK.format(
        "Task('mine', good, good, good, 'classes', Recipe((4,), 'softmax', 1, 'all', 'sgd'))"
    ),
    "task_optimiser.py": TASK.format(
        "Task('mine', good, good, good, 'classes', Recipe((4,), 'softmax', 1, 2, None))"
    ),
    "task_complex.py": TASK.format(f"Task('mine', Split(x + 1j, y), good, good, 'classes', {MADE})"),
    "task_nan.py": TASK.format(f"Task('mine', Split(x * np.nan, y), good, good, 'classes', {MADE})"),
    "task_empty.py": TASK.format(f"Task('mine', Split(x[:0], y[:0]), good, good, 'classes', {MADE})"),
    "task_one_class.py": TASK.format(
        f"Task('mine', good, Split(x, one_hot([1] * size, 3)), good, 'classes', {MADE})"
    ),
    "task_one_row.py": TASK.format(f"Task('mine', good, good, Split(x[:1], y[:1]), 'classes', {MADE})"),
    "task_last_bit.py": TASK.format(
        f"Task('mine', *[Split(x, 1 + 2.0**-52 * y.astype(float))] * 3, {LINEAR})"
    ),
    "task_single.py": TASK.format(f"Task('mine', *[Split(x, 1e9 + y.astype(float))] * 3, {LINEAR})"),
    "task_small.py": TASK.format(f"Task('mine', *[Split(x, 1e-22 * y.astype(float))] * 3, {LINEAR})"),
    "task_tiny.py": TASK.format(f"Task('mine', *[Split(x, 1e-300 * y.astype(float))] * 3, {LINEAR})"),
    "task_huge.py": TASK.format(f"Task('mine', *[Split(x, 1e39 * y.astype(float))] * 3, {LINEAR})"),
    "task_inputs.py": TASK.format(f"Task('mine', *[Split(1e39 * x.astype(float), y)] * 3, {LINEAR})"),
    "task_softmax.py": TASK.format(f"Task('mine', *[Split(x, x)] * 3, 'values', {MADE}, shared='so')"),
    "task_sums.py": TASK.format(f"Task('mine', *[Split(x, y / 2)] * 3, 'values', {MADE}, shared='so')"),
    "task_logistic.py": TASK.format(
        "Task('mine', *[Split(x, 2 * y)] * 3, 'values', Recipe((4,), 'logistic', 1, 2, 'sgd'), shared='so')"
    ),
    "task_column.py": TASK.format(f"Task('mine', *[Split(x, y[:, :1])] * 3, 'classes', {MADE}, shared='so')"),
    "task_exits.py": TASK.format("exit(0)"),
    "good_study.py": STUDY + GOOD,
    "study_raises.py": STUDY.replace("return cells", "1 / 0; return cells") + GOOD,
    "study_exits.py": STUDY.replace("return cells", "exit(0); return cells") + GOOD,
    "study_none.py": STUDY.replace("return cells", "cells") + GOOD,
    "study_empty.py": STUDY.replace("return cells", "return []; cells") + GOOD,
    "study_words.py": STUDY.replace("return cells", "return ['backprop']; cells") + GOOD,
    "study_scales.py": STUDY + 'study = Study("mine", "Is it so?", {"smoke": 3})\n',
    "study_no_scales.py": STUDY + 'study = Study("mine", "Is it so?", {})\n',
    "study_name.py": STUDY + 'study = Study(3, "Is it so?", {"smoke": smoke})\n',
    "study_number.py": "study = 3\n",
    "study_rule.py": STUDY.replace('"backprop"]', '"backprob"]') + GOOD,
    "study_task.py": STUDY.replace('"two-moons[', '"too-moons[') + GOOD,
    "study_seeds.py": STUDY.replace("seeds=1", "seeds=0") + GOOD,
    "study_published.py": STUDY + 'study = Study("mine", "Is it so?", {"smoke": smoke}, published=(3,))\n',
    "study_ours.py": STUDY
    + "def ours(table): raise KeyError('accuracy')\n"
    + 'study = Study("mine", "Is it so?", {"smoke": smoke}, (Published("x", 1.0, 1.0, "here", "C", ours),))\n',
    "study_ours_words.py": STUDY
    + "def ours(table): return ['many']\n"
    + 'study = Study("mine", "Is it so?", {"smoke": smoke}, (Published("x", 1.0, 1.0, "here", "C", ours),))\n',
    "experiment.py": STUDY
    + "from plausible.study.experiment import Experiment\n"
    + 'study = Study("mine", "Is it so?", {"smoke": lambda: [Experiment("nowhere.at_all:f")]})\n',
    "data/mnist/train-images-idx3-ubyte.gz": "half",
    "file": "no folder",
    "old/metrics.parquet": "an older comparison",
    "studies/tables/broken-tuning.parquet": "no table",
}


class Bad(NamedTuple):
    """A command line, a part of what is said of it, and variables of the environment."""

    line: str
    told: str
    environment: dict[str, str] = {}  # noqa: RUF012  # never changed


USAGE = [
    Bad("nonsense", "No such command 'nonsense'"),
    Bad("--nonsense", "No such option"),
    Bad("compare --sedes 3", "No such option: --sedes"),
    Bad("compare --seeds many", "Invalid value for '--"),
    Bad("compare --seeds 1.5", "unable to parse"),
    Bad("compare --seeds", "requires an argument"),
    Bad("compare digits", "unexpected extra argument"),
    Bad("compare --json=yes", "does not take a value"),
    Bad("compare --limit soon", "unable to parse"),
    Bad("list", "Missing argument"),
    Bad("list rule", "did you mean 'rules'"),
    Bad("list rules tasks", "unexpected extra argument"),
    Bad("check", "Missing argument"),
    Bad("run", "Missing argument"),
    Bad("run accuracy digits", "unexpected extra argument"),
    Bad("run accuracy --nonsense", "No such option"),
    Bad("status", "Missing argument"),
    Bad("report", "Missing argument"),
    Bad("reproduce", "Missing argument"),
    Bad("export", "Missing argument"),
    Bad("figure", "Missing argument"),
    Bad("tune", "Missing argument"),
    Bad("tune accuracy --trials many", "Invalid value for '--"),
    Bad("why", "Missing argument"),
    Bad("seeds", "Missing argument"),
    Bad("quarantine nonsense", "No such command"),
    Bad("quarantine restore", "Missing argument"),
    Bad("clean everything", "unexpected extra argument"),
    Bad("figures --format", "requires an argument"),
]

TWICE = [
    Bad("compare --seeds 1 --seeds 2", "--seeds is given 2 times"),
    Bad("compare --seeds=1 --task xor --seeds=1", "--seeds is given 2 times"),
    Bad("compare --json --json", "--json is given 2 times"),
    Bad("list rules --json --json", "--json is given 2 times"),
    Bad("run accuracy --scale fast --scale smoke", "--scale is given 2 times"),
    Bad("run --only x accuracy --only y --only z", "--only is given 3 times"),
    Bad("status accuracy --only x --only y", "--only is given 2 times"),
    Bad("report accuracy --scale fast --scale fast", "--scale is given 2 times"),
    Bad("reproduce accuracy --workers 1 --workers 2", "--workers is given 2 times"),
    Bad("export accuracy --folder x --folder y", "--folder is given 2 times"),
    Bad("figure accuracy --format svg --format png", "--format is given 2 times"),
    Bad("figures --format svg --format png", "--format is given 2 times"),
    Bad("tune accuracy --trials 1 --trials 2", "--trials is given 2 times"),
    Bad("clean --all --all", "--all is given 2 times"),
    Bad("--version --version", "--version is given 2 times"),
    Bad("seeds accuracy --power 0.5 --power 0.6", "--power is given 2 times"),
]

NUMBERS = [
    Bad("compare --seeds 0", "the number of seeds is 0"),
    Bad("compare --seeds -1", "the number of seeds is -1"),
    Bad(
        "compare --seeds 1000000000", "the number of seeds is 1000000000: expected one or more, up to 10,000"
    ),
    Bad("compare --seeds 99999999999999999999999", "up to 10,000"),
    Bad("compare --epochs 0", "the number of epochs is 0"),
    Bad("compare --epochs -3", "the number of epochs is -3"),
    Bad("compare --epochs 99999999999999999999", "expected one or more, up to 1,000,000,000"),
    Bad("compare --hidden 0", "hidden is (0,)"),
    Bad("compare --hidden -4", "hidden is (-4,)"),
    Bad("compare --hidden a,b", "--hidden is 'a,b'"),
    Bad("compare --hidden 4,", "--hidden is '4,'"),
    Bad("compare --hidden 1.5", "--hidden is '1.5'"),
    Bad("compare --hidden 8,0", "hidden is (8, 0)"),
    Bad(
        "compare --hidden 1000000000",
        "the number of weights, biases among them, is 75000000010: expected at most 1,000,000,000",
    ),
    Bad("compare --hidden 100000,100000", "the number of weights, biases among them, is 10007600010"),
    Bad("compare --hidden 99999999999999999999999999", "the number of weights"),
    Bad("compare --batch 0", "batch_size is 0"),
    Bad("compare --batch -1", "batch_size is -1"),
    Bad("compare --batch 99999999999999999999", "up to 1,000,000,000"),
    Bad("compare --task digits --window 3", "shows single examples"),
    Bad("compare --task add --window 0", "window is 0"),
    Bad("compare --workers -1", "the number of workers is -1"),
    Bad("compare --workers 1000000000", "the number of workers is 1000000000"),
    Bad(
        "run accuracy --workers 0 --executor dask:local",
        "the number of workers of dask:local is 0: expected one",
    ),
    Bad("run accuracy --workers 0 --memory 4", "workers with a limit of memory is 0: expected one or more"),
    Bad("compare --limit 0", "the limit in seconds is 0.0"),
    Bad("compare --limit -1", "the limit in seconds is -1.0"),
    Bad("compare --limit nan", "the limit in seconds is nan"),
    Bad("compare --limit 1e999", "the limit in seconds is inf"),
    Bad("run accuracy --scale smoke --workers -1", "the number of workers is -1"),
    Bad("run accuracy --scale smoke --limit 0", "the limit in seconds is 0.0"),
    Bad("run accuracy --scale smoke --memory 0", "the memory in GiB is 0.0"),
    Bad("run accuracy --scale smoke --memory inf", "the memory in GiB is inf"),
    Bad("run accuracy --scale smoke --memory nan", "the memory in GiB is nan"),
    Bad("tune accuracy --scale smoke --trials 0", "the number of trials is 0"),
    Bad("tune accuracy --scale smoke --trials 1000000000", "the number of trials is 1000000000"),
    Bad("tune accuracy --scale smoke --epochs 0", "the number of epochs is 0"),
    Bad("tune accuracy --scale smoke --share 0", "the share of epochs is 0.0"),
    Bad("tune accuracy --scale smoke --share nan", "the share of epochs is nan"),
    Bad("tune accuracy --scale smoke --share 0.5 --epochs 3", "nothing, beside --epochs"),
    Bad("tune accuracy --scale smoke --workers -1", "the number of workers is -1"),
    Bad("reproduce akrout2019 --scale smoke --workers -1", "the number of workers is -1"),
    Bad("seeds accuracy --power 2", "power"),
    Bad("seeds accuracy --power nan", "power"),
    Bad("seeds accuracy --difference 0", "difference"),
    Bad("seeds accuracy --difference 1e999", "difference"),
]

NAMES = [
    Bad("compare --rules ''", "--rules is ''"),
    Bad("compare --rules ,", "--rules is ','"),
    Bad("compare --rules backprob", "did you mean 'backprop'"),
    Bad("compare --rules fa,feedback-alignment", "each rule once"),
    Bad("compare --rules fa@adma", "did you mean 'adam'"),
    Bad("compare --rules fa@", "expected rule@optimiser"),
    Bad("compare --rules fa[feedback", "cannot be read"),
    Bad("compare --rules fa]feedback", "'fa]feedback' cannot be read"),
    Bad("compare --rules fa[feedbak=he]", "did you mean 'feedback'"),
    Bad("compare --rules fa[nonsense=3]", "unknown option 'nonsense' of rule 'fa'"),
    Bad("compare --rules fa[feedback=uniform(1e999)]", "is inf: expected a finite number"),
    Bad("compare --rules fa[feedback=uniform(-1)]", "is -1.0"),
    Bad("compare --rules fa[feedback=zero(3)]", "takes no argument"),
    Bad("compare --rules fa[feedback=3]", "a distribution of weights"),
    Bad("compare --rules pc[settling=20]", "a way to settle"),
    Bad("compare --rules pc[settling=euler(20,0.1]", "round brackets"),
    Bad("compare --rules pc[settling=euler(20,1e999)]", "the settling rate is inf"),
    Bad("compare --rules pc[settling=euler(0,0.1)]", "the number of settling steps is 0"),
    Bad("compare --rules bptt", "learns a network of kind RNN"),
    Bad("compare --task add --rules backprop", "learns a network of kind MLP"),
    Bad("compare --task mnits", "did you mean 'mnist'"),
    Bad("compare --task ''", "cannot be read"),
    Bad("compare --task xor[n=3]", "unknown option 'n' of task 'xor': expected none"),
    Bad("compare --task two-moons[examples=0]", "examples"),
    Bad("compare --task two-moons[examples=-5]", "examples"),
    Bad("compare --task two-moons[examples=1e999]", "out of range"),
    Bad("compare --task two-moons[examples=many]", "'many'"),
    Bad("compare --task two-moons[noise=nan]", "nan"),
    Bad("compare --task two-moons[examples=None]", "None"),
    Bad("compare --optimiser sdg", "did you mean 'sgd'"),
    Bad("compare --optimiser ''", "cannot be read"),
    Bad("compare --optimiser sgd[rate=-0.1]", "learning rate is -0.1"),
    Bad("compare --optimiser sgd[rate=1e999]", "'1e999' is out of range"),
    Bad("compare --optimiser sgd[rate=-1e999]", "'-1e999' is out of range"),
    Bad("compare --optimiser sgd[rate=inf]", "is 'inf': expected a number or a schedule, such as cosine"),
    Bad("compare --optimiser sgd[rate=nan]", "is 'nan': expected a number or a schedule"),
    Bad("compare --optimiser sgd[rate=None]", "is None: expected a number or a schedule"),
    Bad("compare --optimiser sgd[rate=]", "'rate=' in 'sgd[rate=]' cannot be read: expected option=value"),
    Bad("compare --optimiser sgd[rate=(1,2)]", "is (1, 2): expected a number or a schedule"),
    Bad("compare --optimiser sgd[rate=1e-3j]", "is 0.001j: expected a number or a schedule"),
    Bad("compare --optimiser sgd[momentum=2]", "momentum is 2"),
    Bad("compare --optimiser sgd[rate=0.1", "cannot be read"),
    Bad("compare --optimiser sgd[rate=0.1,rate=0.2]", "option rate stands twice"),
    Bad("compare --rules fa[feedback=he,feedback=zero]", "option feedback stands twice"),
    Bad("compare --task two-moons[examples=100,examples=200]", "option examples stands twice"),
    Bad("compare --rules fa,fa[]", "expected option=value"),
    Bad("compare --optimiser sgd[0.1]", "expected option=value"),
    Bad("compare --optimiser rprop --batch 2", "whole epochs"),
    Bad("compare --schedule linear", "unknown schedule 'linear'"),
    Bad("compare --activation tanhh", "did you mean 'tanh'"),
    Bad("compare --activation ''", "cannot be read"),
    Bad("compare --tuned acuracy", "expected one of"),
    Bad("compare --tuned broken", "cannot be read"),
    Bad("compare --task xor --tuned accuracy", "was not tuned on task 'xor'"),
    Bad("check backprob", "did you mean 'backprop'"),
    Bad("check fa[feedback", "cannot be read"),
    Bad("check fa@adam", "fa@adam"),
    Bad("list nonsense", "unknown list"),
]

OWN = [
    *(
        Bad(f"{QUICK} --rules {{here}}/{file}", told)
        for file, told in [
            ("nowhere.py:Rule", "is not there"),
            ("nowhere.py", "expected"),
            ("rule.py", "names a file only"),
            ("rule.py:Mien", "did you mean 'Mine'"),
            ("rule.py:", ""),
            ("rule.py:Mine[strength=1e999]", "out of range"),
            ("rule.py:Mine[strength=strong]", "is 'strong': expected a number"),
            ("rule.py:Mine[strenght=1]", "did you mean 'strength'"),
            ("imports.py:Rule", "ModuleNotFoundError"),
            ("syntax.py:Rule", "SyntaxError"),
            ("raises.py:Rule", "RuntimeError: no"),
            ("exits.py:Rule", "SystemExit"),
            ("number.py:Rule", "expected a frozen dataclass"),
            ("plain.py:Rule", "expected a frozen dataclass"),
            ("function.py:Rule", "expected a frozen dataclass"),
            ("inits.py:Mine", "init of rule"),
            ("exits_in_init.py:Mine", "SystemExit"),
            ("empty.py:Rule", "unknown name"),
            ("binary.py:Rule", "cannot be imported"),
            ("latin.py:Rule", "SyntaxError"),
            ("data:Rule", ""),
        ]
    ),
    *(
        Bad(f"compare --task {{here}}/{file}", told)
        for file, told in [
            ("nowhere.py:mine", "is not there"),
            ("task.py:main", "did you mean 'mine'"),
            ("task.py:mine[size=0]", ""),
            ("task.py:mine[size=big]", "is 'big': expected a whole number"),
            ("task_raises.py:mine", "ZeroDivisionError"),
            ("task_number.py:mine", "expected a plausible.tasks.task.Task"),
            ("task_kind.py:mine", "klasses"),
            ("task_recipe.py:mine", "ecipe"),
            ("task_output.py:mine", "did you mean 'softmax'"),
            ("task_units.py:mine", "hidden"),
            ("task_epochs.py:mine", "epochs"),
            ("task_batch.py:mine", "all"),
            ("task_optimiser.py:mine", "ptimiser"),
            ("task_complex.py:mine", "complex"),
            ("task_nan.py:mine", "NaN"),
            ("task_empty.py:mine", "at least one"),
            (
                "task_one_class.py:mine",
                "y in the validation split of mine is of class 1 in all of its answers",
            ),
            (
                "task_one_row.py:mine",
                "y in the test split of mine is of class 0 in all of its answers (1): expected",
            ),
            ("task_last_bit.py:mine", "but for their rounding to float64"),
            ("task_single.py:mine", "but for their rounding to float32"),
            ("task_small.py:mine", "its squares underflow in float32"),
            ("task_tiny.py:mine", "its squares underflow in float64"),
            ("task_huge.py:mine", "float32 holds numbers up to 3.4e+38"),
            ("task_inputs.py:mine", "x in the train split of mine goes from"),
            ("task_softmax.py:mine", "output 'softmax' answers from 0 to 1: expected output 'linear'"),
            ("task_sums.py:mine", "sum up to 1 ± 0.5 in an answer"),
            ("task_logistic.py:mine", "goes from 0 to 2, and output 'logistic'"),
            ("task_column.py:mine", "two or more for softmax"),
            ("task_exits.py:mine", "SystemExit"),
        ]
    ),
    Bad(f"{QUICK} --optimiser {{here}}/rule.py:Mien", "did you mean 'Mine'"),
    Bad(f"{QUICK} --optimiser {{here}}/number.py:Rule", "number.py"),
    Bad(f"{QUICK} --optimiser {{here}}/rule.py:Mine", "ptimiser"),
    Bad("check {here}/nowhere.py:Rule", "is not there"),
    Bad("check {here}/syntax.py:Rule", "SyntaxError"),
    Bad("check {here}/exits.py:Rule", "SystemExit"),
    Bad("check {here}/number.py:Rule", "is 3: expected a class"),
    Bad("check {here}", ""),
]

STUDIES = [
    *(
        Bad(f"run {study}", told)
        for study, told in [
            ("acuracy", "did you mean 'accuracy'"),
            ("''", "unknown study"),
            ("../../etc/passwd", "unknown study"),
            ("accuracy --scale smok", "did you mean 'smoke'"),
            ("accuracy --scale smoke --only nobody@*", "matches 'nobody@*'"),
            ("accuracy --scale smoke --executor slurm", "unknown executor 'slurm'"),
            ("accuracy --scale smoke --executor local:8", "unknown executor 'local:8'"),
            ("accuracy --scale smoke --executor dask:", "unknown executor 'dask:'"),
            ("accuracy --scale smoke --executor ''", "unknown executor ''"),
            ("{here}/nowhere.py", "is not there"),
            ("{here}/rule.py", "unknown name"),
            ("{here}/good_study.py:stduy", "did you mean 'study'"),
            ("{here}/good_study.py", "unknown scale"),
            ("{here}/good_study.py --scale smoke --executor slurm", "unknown executor 'slurm'"),
            ("{here}/syntax.py", "SyntaxError"),
            ("{here}/exits.py", "SystemExit"),
            ("{here}/study_number.py", "expected a plausible.study.study.Study"),
            ("{here}/study_raises.py --scale smoke", "ZeroDivisionError"),
            ("{here}/study_exits.py --scale smoke", "SystemExit"),
            ("{here}/study_none.py --scale smoke", "NoneType"),
            ("{here}/study_empty.py --scale smoke", "empty"),
            ("{here}/study_words.py --scale smoke", "expected Run, Experiment or Skipped"),
            ("{here}/study_scales.py --scale smoke", "scales"),
            ("{here}/study_no_scales.py --scale smoke", "scales"),
            ("{here}/study_name.py --scale smoke", "the name of a study is 3"),
            ("{here}/study_task.py --scale smoke", "did you mean 'two-moons'"),
            ("{here}/study_rule.py --scale smoke", "did you mean 'backprop'"),
            ("{here}/study_seeds.py --scale smoke", "the number of seeds is 0"),
            ("{here}/study_published.py --scale smoke", "a tuple of Published"),
            ("{here}/experiment.py --scale smoke", "nowhere.at_all:f"),
        ]
    ),
    Bad("status acuracy", "did you mean 'accuracy'"),
    Bad("status accuracy --scale smok", "did you mean 'smoke'"),
    Bad("status {here}/study_raises.py --scale smoke", "ZeroDivisionError"),
    Bad("report acuracy", "did you mean 'accuracy'"),
    Bad("report {here}/good_study.py --scale smoke", "plausible run"),
    Bad("report {here}/study_words.py --scale smoke", "expected Run, Experiment or Skipped"),
    Bad("reproduce acuracy", "did you mean 'accuracy'"),
    Bad("reproduce {here}/good_study.py --scale smoke", "nothing published"),
    Bad("export acuracy", "did you mean 'accuracy'"),
    Bad("export {here}/good_study.py --scale smoke", "1 of 1 run missing"),
    Bad("tune acuracy", "did you mean 'accuracy'"),
    Bad("tune accuracy --scale smoke --executor slurm", "unknown executor 'slurm'"),
    Bad("tune accuracy --scale smoke --only nobody@*", "matches 'nobody@*'"),
    Bad("tune {here}/study_exits.py --scale smoke", "SystemExit"),
    Bad("seeds acuracy", "did you mean 'accuracy'"),
    Bad("figure acuracy", "did you mean 'accuracy'"),
    Bad("figure accuracy --format jpg", "unknown format 'jpg'"),
    Bad("figure accuracy --format ''", "--format is ''"),
    Bad("figure accuracy --out {here}/file/below", "cannot be written"),
    Bad("figures --format jpg", "unknown format 'jpg'"),
    Bad("why nonsense", "0 stored runs begin with 'nonsense'"),
    Bad("why ''", "expected a key"),
    Bad("quarantine restore nonsense", "begin with 'nonsense'"),
]

READ_OTHERWISE = [
    *(
        Bad(f"compare --init '{text}'", "cannot be read: expected a name, or one such as")
        for text in ("gaussian()",)
    ),
    *(
        Bad(f"compare --init '{text}'", f"unknown init '{text}': did you mean 'gaussian'?")
        for text in ("gaussian(0.1", "gaussian(", "gaussian(0.1)x", "gaussian(0.1))")
    ),
    Bad("compare --init gaussian(0_1)", "one in digits alone"),
    Bad("compare --hidden 4_0", "--hidden is '4_0'"),
    Bad("compare --batch 1_0", "--batch is '1_0': expected a number in digits alone"),
    Bad("run accuracy --limit 1_0", "--limit is '1_0': expected a number in digits alone"),
    Bad("compare --optimiser sgd[rate=1_0]", "digits alone"),
    Bad("compare --rules equilibrium-propagation[free=euler(2_0,0.1)]", "cannot be read"),
    Bad("compare --out ''", "--out is '': expected a path"),
    Bad("export accuracy --folder ''", "--folder is '': expected a path"),
    Bad("figure accuracy --out ''", "--out is '': expected a path"),
    Bad("figure accuracy --format svg,svg", "svg once"),
    Bad("clean --yes", "expected --all"),
    Bad("clean --execute-files", "expected --all"),
    Bad("compare --limit 1e-320", "at least 0.001"),
    Bad("run accuracy --scale smoke --memory 0.25", "at least 1"),
    Bad(f"{QUICK} --rules {{here}}/text_weight.py:Mine", "weight 'W1' that init returns is 'str'"),
    Bad(f"{QUICK} --rules {{here}}/number_key.py:Mine", "the name of a weight that init returns is 1"),
    Bad(f"{QUICK} --rules {{here}}/object_weight.py:Mine", "array of dtype object"),
    Bad(f"{QUICK} --rules {{here}}/list_weights.py:Mine", "a dictionary of weights"),
]

PAIRS = "square and round brackets in pairs"
LISTS = [
    *(
        Bad(f"{QUICK} --rules '{rules}'", f"--rules is '{rules}': expected one name or more, with one comma")
        for rules in ("backprop,,fa", "backprop,", ",backprop", "backprop, ,fa", " ", "fa[feedback=he],,fa")
    ),
    Bad("figure accuracy --format svg,,png", "--format is 'svg,,png'"),
    Bad("figure accuracy --format svg,", "--format is 'svg,'"),
    Bad("figures --format ,svg", "--format is ',svg'"),
    Bad("compare --hidden 8,,8", "--hidden is '8,,8'"),
    Bad("compare --hidden ''", "--hidden is ''"),
    *(
        Bad(f"{QUICK} --rules 'backprop@{optimiser}'", f"cannot be read: expected {expected}")
        for optimiser, expected in [
            ("sgd[rate=0.1]]", PAIRS),
            ("sgd[[rate=0.1]", PAIRS),
            ("sgd[rate=0.1", PAIRS),
            ("sgd]rate=0.1[", PAIRS),
            ("sgd[rate=0.1)]", PAIRS),
            ("sgd[rate=0.1]x", "name or name[option=value,...]"),
            ("sgd[rate=0.1][momentum=0.9]", "name or name[option=value,...]"),
            ("sgd[]", "option=value"),
            ("sgd[ ]", "option=value"),
            ("sgd[,]", "option=value"),
            ("sgd[rate=]", "option=value"),
            ("sgd[=0.1]", "option=value"),
            ("sgd[rate=0.1,]", "option=value"),
            ("sgd[rate=0.1,,momentum=0.9]", "option=value"),
        ]
    ),
    Bad("compare --rules fa[feedback=he,backprop", PAIRS),
    Bad("compare --rules fa[feedback=)he(]", PAIRS),
    Bad("compare --rules fa[feedback=he][feedback=zero]", "expected name or name[option=value,...]"),
    Bad("compare --optimiser sgd[rate=0.1]]", PAIRS),
    Bad("compare --optimiser sgd[rate=0.1],adam", "expected name or name[option=value,...]"),
    Bad("compare --task two-moons[examples=100]]", PAIRS),
    Bad("compare --task two-moons[]", "expected option=value"),
    Bad("check fa[feedback=he]]", PAIRS),
    Bad("check fa[]", "expected option=value"),
]

NESTED = [
    *(
        Bad(f"compare --optimiser '{optimiser}'", told)
        for optimiser, told in [
            (
                "decay[inner=adma]",
                "option inner of optimiser 'decay' is 'adma': expected an optimiser, such as",
            ),
            ("decay[inner=0.1]", "is 0.1: expected an optimiser"),
            ("decay[inner=adam[rat=1]]", "unknown option 'rat' of optimiser 'adam': did you mean 'rate'"),
            ("decay[inner=adam[rate=-1]]", "learning rate is -1.0"),
            ("decay[inner=adam[rate=0.1]", PAIRS),
            ("decay[inner=adam[]]", "expected option=value"),
            ("decay[names=()]", "a tuple of patterns"),
            ("grouped[groups=((b*,0.1))]", "expected values in round brackets, such as (a, b)"),
            ("grouped[groups=(b*,sgd)]", "expected values in round brackets"),
            ("sgd[rate=cosine]", "schedule 'cosine' cannot be made"),
            ("sgd[rate=cosine[start=-1,steps=9]]", "learning rate is -1.0"),
            ("sgd[rate=cosine(0.1,9,0,0)]", "expected at most 3 arguments"),
            ("sgd[rate=adam]", "is 'adam': expected a number or a schedule"),
            ("{here}/[x], y/no.py:Mine[rate=1]", "[x], y/no.py' is not there"),
            ("decay[inner={here}/rule.py:Mine]", "expected an optimiser"),
            ("decay[inner={here}/rule.py:Mien]", "did you mean 'Mine'"),
        ]
    ),
    Bad("compare --rules fa[feedback=uniform[limit=-1]]", "limit of a uniform distribution is -1.0"),
    Bad("compare --rules fa[feedback=uniform[limt=1]]", "did you mean 'limit'"),
    Bad(
        "compare --rules pc[settling=fixed-point[rate=0.5]]",
        "unknown option 'rate' of relaxation 'fixed-point'",
    ),
    Bad("compare --rules pc[settling=euler[steps=many]]", "is 'many': expected a whole number"),
    Bad(
        "compare --network mlp[hidden=a]",
        "is 'a': expected values in round brackets, such as (a, b), each a whole",
    ),
    Bad("compare --network mlp[activation=rlu]", "expected an activation, such as relu"),
    Bad("compare --task '{here}/a [x], y/t.py:mine[size=2]'", "a [x], y/t.py' is not there"),
    Bad("compare --task '{here}/task.py:mine[size=\"6\"]'", "expected a whole number"),
    Bad(f"{QUICK} --out ~nobody-at-all/x", "--out is '~nobody-at-all/x': expected a path"),
    Bad("export accuracy --folder ~nobody-at-all/x", "--folder is '~nobody-at-all/x': expected a path"),
    Bad("figure accuracy --out ~nobody-at-all/x", "--out is '~nobody-at-all/x': expected a path"),
    Bad("compare --task ~nobody-at-all/t.py:mine", "~nobody-at-all"),
    Bad(QUICK, "PLAUSIBLE_RESULTS is '~nobody-at-all/x'", {"PLAUSIBLE_RESULTS": "~nobody-at-all/x"}),
    Bad(
        "compare --task mnist", "PLAUSIBLE_DATA is '~nobody-at-all/x'", {"PLAUSIBLE_DATA": "~nobody-at-all/x"}
    ),
]

SURROUNDINGS = [
    Bad(f"{QUICK} --out {{here}}/file", "cannot be written"),
    Bad(f"{QUICK} --out {{here}}/file/below", "cannot be written"),
    Bad(f"{QUICK} --out /proc/nowhere", "cannot be written"),
    Bad(f"{QUICK} --out {{here}}/old", "holds another comparison"),
    *(
        Bad(line, "set PLAUSIBLE_RESULTS", {"PLAUSIBLE_RESULTS": "{here}/file"})
        for line in [
            QUICK,
            "run accuracy --scale smoke",
            "status accuracy --scale smoke",
            "report accuracy --scale smoke",
            "reproduce akrout2019 --scale smoke",
            "export accuracy --scale smoke",
            "tune accuracy --scale smoke",
            "why abc",
            "clean",
            "clean --all",
            "quarantine list",
        ]
    ),
    Bad("compare --task mnist", "train-images-idx3-ubyte.gz", {"PLAUSIBLE_DATA": "{here}/data"}),
    Bad("run accuracy --only *@mnist/*", "train-images-idx3-ubyte.gz", {"PLAUSIBLE_DATA": "{here}/data"}),
]

BAD = [*USAGE, *TWICE, *NUMBERS, *NAMES, *OWN, *STUDIES, *READ_OTHERWISE, *LISTS, *NESTED, *SURROUNDINGS]
