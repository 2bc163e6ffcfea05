"""Files that cannot be used, by their names."""

from __future__ import annotations

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
    "broken.parquet": "no table",
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
