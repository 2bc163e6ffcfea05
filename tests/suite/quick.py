"""A run of a moment, optimisers that keep all kinds of memory, a rule of one's own, and what takes too long."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from zlib import crc32

from plausible.networks.mlp import MLP
from plausible.optimise.adam import Adam
from plausible.optimise.schedules import Cosine, Steps
from plausible.optimise.sgd import SGD
from plausible.optimise.wrappers import Clipped, Decay, Grouped
from plausible.study.run import Run

QUICK = Run(
    "two-moons[examples=100]", "fa", MLP(hidden=(4,)), SGD(0.1, momentum=0.9), epochs=2, batch_size=10
)

SHORT = ["compare", "--task=xor", "--rules=backprop", "--seeds=1", "--epochs=1", "--workers=1"]

OPTIMISERS = [
    SGD(0.1),
    SGD(Cosine(0.1, 100), momentum=0.9, nesterov=True),
    Adam(Steps(0.1, (3, 4))),
    Decay(Clipped(Adam(), 2.0), 0.1, ("W*", "b1")),
    Grouped((("b*", SGD(0.5)), ("W1", Adam())), SGD(0.1)),
]

RULE = '''
from dataclasses import dataclass
from baselines.backprop import Backprop

@dataclass(frozen=True)
class Mine(Backprop):
    """Words."""

    def signals(self, params, passed, error):
        # a remark
        return [2 * signal for signal in super().signals(params, passed, error)]
'''

SLEEPS = """
import signal, time

def sleeps():
    \"\"\"Sleep until the limit of 1000 s, which the clock that rings then is told to have reached.\"\"\"
    assert 500 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    time.sleep(100_000)
"""


def mine(folder: Path, text: str) -> Run:
    """The quick run with a rule of one's own."""
    folder.mkdir(exist_ok=True)
    (folder / "mine.py").write_text(text)
    os.utime(folder / "mine.py", ns=(crc32(text.encode()),) * 2)  # within the clock's tick, too
    return dataclasses.replace(QUICK, rule=f"{folder / 'mine.py'}:Mine")
