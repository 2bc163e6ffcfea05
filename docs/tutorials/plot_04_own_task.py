"""
Your own task
=============

A task that is drawn is a function of a generator: a seed decides everything.
"""

# %%
# Two rings, one inside the other. ``x`` is (examples, 2), and ``y`` one-hot, (examples, 2). The recipe says which
# network, how many epochs and which optimiser fit; whoever compares may ask for others.
import numpy as np
from plausible.tasks.task import Recipe, Split, Task, one_hot


def rings(rng, *, examples=1500, noise=0.15):
    """Which of two rings does a point lie on?"""
    label = rng.integers(2, size=examples)
    angle = rng.uniform(0, 2 * np.pi, examples)
    radius = 1 + label + noise * rng.standard_normal(examples)
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype("float32")
    y = one_hot(label, 2)
    cuts = [examples * 3 // 5, examples * 4 // 5]
    train, validation, test = map(Split, np.split(x, cuts), np.split(y, cuts))
    recipe = Recipe((16,), "softmax", epochs=20, batch_size=32, optimiser="sgd[rate=0.1,momentum=0.9]")
    return Task("rings", train, validation, test, kind="classes", recipe=recipe)


# %%
# What it looks like:
import matplotlib.pyplot as plt

task = rings(np.random.default_rng(0))
figure, axes = plt.subplots(figsize=(4, 4), layout="constrained")
axes.scatter(*task.train.x.T, c=task.train.y.argmax(axis=1), s=6)
_ = axes.set(xlabel="x₁", ylabel="x₂", aspect="equal", title="Rings: the training split")

# %%
# Rules learn it as they learn any other. ``shallow`` trains its last layer only, on hidden units that stay random.
import plausible as pl

made = pl.compare(["backprop", "fa", "shallow"], task, seeds=3, workers=0, progress=False)
print(made)

# %%
# In a file it is ``./rings.py:rings[noise=0.3]`` for every command, and ``plausible check ./rings.py:rings`` draws it
# twice and more, and says in words what it does not keep.
