"""
A first comparison
==================

Feedback alignment beside backpropagation, on real digits: the same first weights, the same examples in the same order.
"""

# %%
# One call compares several rules on one task. Each learns with every seed; here two seeds, to be quick. ``workers=0``
# computes in this process; with ``workers=2`` two processes share the runs. ``progress=False`` is for silence.
import plausible as pl

made = pl.compare(
    ["backprop", "feedback-alignment", "shallow"],
    "digits[split=seed]",
    seeds=2,
    epochs=8,
    workers=0,
    progress=False,
)
print(made)

# %%
# ``shallow`` trains its last layer only. A plausible rule that is no better than that has taught its hidden layers
# nothing.
#
# The figure shows the error on validation, epoch by epoch, and the angle between the changes of a rule and the
# gradient.
made.figure()

# %%
# Every number is in one long table, with the settings of its run as columns.
made.frame[["rule", "seed", "epoch", "split", "metric", "value"]].tail(4)

# %%
# Rules are held against backprop pair by pair: at one seed both start from the same weights. Two seeds see little;
# the column ``detectable`` says which difference they would see with a power of 80 %.
made.beside()[["rule", "difference", "difference_low", "difference_high", "as_good", "detectable"]]

# %%
# The same on the command line: ``plausible compare --task "digits[split=seed]" --rules backprop,fa,shallow --seeds
# 2``.
