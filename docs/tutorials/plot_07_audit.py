"""
Audit a rule
============

Which objections to backpropagation does a rule really remove? The audit measures it on the rule's own code.
"""

# %%
# Backprop and two answers to weight transport. The rule computes with arrays that remember what they were made of,
# and then weights, slopes, targets and neighbours are altered one at a time: what moves depends on them.
import plausible as pl

audited = pl.audit("backprop", "fa", "pepita")
print(audited)

# %%
# Every verdict has its evidence.
rows = audited.frame.query("criticism == 'weight transport'")
for row in rows.itertuples():
    print(f"{row.rule}: {row.verdict} ({row.evidence})")

# %%
# Your own rule is audited as it stands. This one comes down by the signs of the forward weights: half an answer.
mine = pl.audit("./my_rule.py:Mine")
mine.frame.query("verdict != 'present'")[["criticism", "verdict", "evidence"]]

# %%
# What a rule claims stands in its ``answers``; the audit holds the claim against what it measured. Here the claim is
# whole, and the measurement says that a part is left.
from dataclasses import dataclass
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class Claiming(pl.rules.Layered):
    """The transposed weights, of which the signs are kept."""

    answers: ClassVar[tuple[str, ...]] = ("weight transport",)

    def signals(self, params, passed, error):
        back = {f"B{n}": 0.1 * np.sign(params[f"W{n}"]).T for n in range(2, self.network.depth + 1)}
        return pl.rules.backward(passed, error, back)


claimed = pl.audit(Claiming).frame.query("criticism == 'weight transport'")
claimed[["claimed", "verdict", "agrees"]]

# %%
# :doc:`How it is measured, and what it cannot see </plausibility>`; :doc:`every criticism with all rules
# </_generated/criticisms/index>`.
