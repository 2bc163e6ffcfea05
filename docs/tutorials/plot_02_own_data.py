"""
Your own data in ten lines
==========================

Arrays, lists or data frames become a task; everything else follows from it.
"""

# %%
import plausible as pl
from sklearn.datasets import load_wine

X, y = load_wine(return_X_y=True)  # or your own arrays, lists or data frame
wine = pl.Task.from_arrays(X, y, name="wine", standardise=True)
made = pl.compare(["backprop", "feedback-alignment"], wine, seeds=5, epochs=30, workers=0, progress=False)
print(made)

# %%
# ``from_arrays`` makes three splits, drawn from a seed: classes keep their shares, and equal rows stay in one split.
{name: split.x.shape for name, split in wine.splits.items()}

# %%
# The figure of the comparison.
made.figure()

# %%
# One rule by itself: it answers, scores, and shows what it confuses.
fitted = pl.fit("feedback-alignment", wine, epochs=30, seed=0)
print(fitted.score("test"), fitted.predict(X[:3]))
fitted.confusion("test")

# %%
# In a file, an ``.npz`` with arrays ``X`` and ``y``, the same data are a task for every command: ``plausible compare
# --task 'arrays[file=wine.npz]'``.
