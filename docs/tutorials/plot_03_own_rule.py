"""
Your own rule
=============

A rule says how errors come down; the suite does the rest: first weights, examples, optimiser, measurement, tables.
"""

# %%
# The file ``my_rule.py`` beside this script holds the whole rule. It derives from ``Layered``, which makes the
# forward pass and turns teaching signals into changes of weights; ``signals`` is all that is left to say. ``params``
# are the weights by name, ``W1`` (n_in, n_1) and so on; ``passed`` is the forward pass; ``error`` (batch, n_out) is
# the gradient of the loss at the output. One signal (batch, n_l) is returned for each layer, from the first to the
# last.
from pathlib import Path

import plausible as pl

print(Path("my_rule.py").read_text(encoding="utf-8"))

# %%
# A rule in a file is called FILE.py:Name. Does it keep its promises? In words:
rule = "./my_rule.py:Mine"
pl.check(rule)

# %%
# Beside backprop, on digits:
made = pl.compare(
    [rule, "backprop", "fa"], "digits[split=seed]", seeds=2, epochs=8, workers=0, progress=False
)
print(made)

# %%
# The angle to the gradient in the figure says how far its changes are from those of backprop.
made.figure()

# %%
# Its options have names: ``scale`` is a field of the class.
scales = pl.compare(
    [f"{rule}[scale=0.1]", f"{rule}[scale=2]"],
    "digits[split=seed]",
    seeds=1,
    epochs=4,
    workers=0,
    progress=False,
)
print(scales)

# %%
# Rules that hear a reward, learn online or bring a network of their own are on :doc:`a page of their own </own>`.
