"""
Your own probe
==============

A probe looks at a rule while it learns, and changes nothing. What it yields stands in the same table as all else.
"""

# %%
# This one asks how many hidden units are silent, in each layer, at the beginning of every epoch. ``sight`` is what it
# is given: the weights, the rule, and examples that are the same for every rule at one seed.
from dataclasses import dataclass

import plausible as pl


@dataclass(frozen=True)
class Silent:
    """The share of hidden units that answer to no example."""

    name = "silent units"
    when = ("epoch", "end")
    split = "train"

    def __call__(self, sight):
        with sight.asking():
            *hidden, _ = sight.rule.respond(
                sight.tick.params, sight.tick.step.state, sight.probed.shown.x, sight.rng
            )
        for layer, activity in enumerate(hidden, 1):
            yield pl.Measurement("silent units", f"W{layer}", (activity <= 0).all(axis=0).mean())


# %%
# Rectified units, three layers of them. ``sight.asking()`` says that the rule is asked meanwhile.
net = pl.MLP((64, 64, 64), activation="relu")
fitted = pl.fit(pl.rules.FeedbackAlignment(net), "digits[split=seed]", epochs=6, seed=0, probes=[Silent()])
found = fitted.history.query("metric == 'silent units'")
found.pivot_table(index="epoch", columns="layer", values="value", observed=True).round(3)

# %%
# In a comparison every rule is measured alike, ``pl.compare(..., probes=[Silent()], workers=0)``; a probe in a file
# has a name for every command, ``--probes ./silent.py:Silent``.
