"""
Your own network
================

A network says how its weights are called and start, and what it answers. Rules say which networks they learn.
"""

# %%
# The example file ``residual.py`` holds a network with skip connections and layer normalisation, its gradient, and a
# rule that sends errors back by random matrices. This is the network's part:
from pathlib import Path

import plausible as pl

text = Path("../examples/residual.py").read_text(encoding="utf-8")
print(text[text.index("@dataclass") : text.index("@dataclass", text.index("class Residual:"))])

# %%
# The check holds its gradient against central differences, among other things:
network = "../examples/residual.py:Residual"
pl.check(network)

# %%
# Both rules in it, beside each other. What stands in brackets are the fields of the class.
rules = ["../examples/residual.py:ResidualBackprop", "../examples/residual.py:ResidualFeedback"]
options = {
    "network": f"{network}[width=24,blocks=3]",
    "seeds": 2,
    "epochs": 8,
    "workers": 0,
    "progress": False,
}
made = pl.compare(rules, "digits[split=seed]", **options)
print(made)

# %%
made.figure()

# %%
# Smaller things of a network are one's own as easily. An activation is a value: a function, and its slope.
import numpy as np
from plausible.networks.activations import Activation

softsign = Activation("softsign", lambda z: z / (1 + abs(z)), lambda z, h: (1 - abs(h)) ** 2)
z = np.linspace(-3, 3, 7)
softsign.value(z).round(2)

# %%
# :doc:`The whole file, and what a network has to promise </own>`.
