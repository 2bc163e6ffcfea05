"""A tour of `import plausible as pl`, in cells: `docs/tour.ipynb` holds them too, and `python docs/tour.py` runs them.

It needs no guard of `__main__`, though two processes compute a comparison. A test runs the cells, the script, and the
lines as they are typed into Python, and holds what they give against each other.
"""

# %% What is learned: a task by a word, of three splits
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris, load_linnerud
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import plausible as pl

folder = Path(tempfile.mkdtemp())
digits = pl.task("digits")
digits.train.x.shape, digits.n_out, digits.kind

# %% ... or arrays, lists or a frame of your own
X, y = load_iris(return_X_y=True, as_frame=True)
iris = pl.Task.from_arrays(X, y, name="iris", standardise=True)
{name: split.x.shape for name, split in iris.splits.items()}

# %% What learns, and how: words or objects
net = pl.MLP((64,), activation="relu")
fa = pl.rules.FeedbackAlignment(net)
fa

# %% One rule learns one task, in this process
fitted = pl.fit(fa, digits, optimiser=pl.Adam(1e-3), epochs=5, seed=0, probes=[pl.probes.Alignment()])
fitted

# %% What it answers
fitted.score("validation"), fitted.predict(digits.test.x[:5]).tolist()

# %% Which classes it takes for which
fitted.confusion("test")

# %% Activity of every layer, for an analysis of your own
[layer.shape for layer in fitted.activities(digits.test.x)]

# %% All that was measured, as the long table that all results have
fitted.history.tail(3)[["epoch", "split", "metric", "layer", "value"]]

# %% Learning curves, and the angle to the gradient
fitted.figure()

# %% Weights and what they are of go into one file, without pickle
again = pl.load(fitted.save(folder / "fa.npz"))
bool(np.array_equal(again.predict(digits.test.x), fitted.predict(digits.test.x)))

# %% The loop, where you want it yourself
norms = [float(abs(tick.params["W1"]).max()) for tick in pl.ticks(fa, digits, epochs=1)]
len(norms)

# %% Rates by layer, stopping early by validation, a start from given weights
rates = pl.Grouped((("W1", pl.SGD(0.02)), ("*", pl.SGD(0.05, momentum=0.9))))
warm = pl.fit(fa, digits, optimiser=rates, start=fitted, patience=3, epochs=8)
warm.score("validation") > 0.8


# %% A rule of your own
@pl.rule
class Damped(pl.rules.Layered):
    """Backpropagation, in which an error loses a part of itself on its way through a layer."""

    gain: float = 0.5

    def signals(self, params: pl.View, passed: pl.Pass, error: pl.Array) -> list[pl.Array | None]:
        """The errors of all layers."""
        back = {f"B{n}": self.gain * params[f"W{n}"].T for n in range(2, self.network.depth + 1)}
        return [*pl.rules.backward(passed, error, back)]


damped = Damped(net)
damped

# %% Which promises it keeps
pl.check(damped)

# %% Several rules on one task, with the same seeds and the same budget
result = pl.compare(["backprop", fa, damped], task=digits, seeds=2, epochs=3, workers=0)
result

# %% Its figure
result.figure()

# %% Its numbers as frames
result.summary[["rule", "runs", "done"]]

# %% Two processes, and a folder of results, from which nothing is computed twice
stored = pl.compare(
    "backprop,fa", task=iris, seeds=2, epochs=5, workers=2, store=folder / "results", keep_weights=True
)
stored.frame.rule.unique().tolist()

# %% What is in a folder of results
results = pl.results(store=folder / "results", task=iris)
results.groupby("rule", observed=True).key.nunique().to_dict()

# %% Tables and figures of the suite's own studies
pl.tables["accuracy"].groupby("task", observed=True).rule.nunique().to_dict()

# %%
pl.figures["accuracy"]

# %% scikit-learn: in pipelines, searches and cross-validation
classifier = pl.PlausibleClassifier("feedback-alignment", hidden=(16,), epochs=20, random_state=0)
pipeline = make_pipeline(StandardScaler(), classifier)
search = GridSearchCV(pipeline, {"plausibleclassifier__hidden": [(8,), (16,)]}, cv=2).fit(
    X.to_numpy(), y.to_numpy()
)
cross_val_score(pipeline, X.to_numpy(), y.to_numpy(), cv=3).mean() > 0.6, search.best_score_ > 0.6

# %% One example at a time, and labels that are words
words = y.map({0: "setosa", 1: "versicolor", 2: "virginica"}).to_numpy()
online = pl.PlausibleClassifier("backprop", hidden=(), optimiser="sgd[rate=0.1]", random_state=0)
for example, word in zip(X.to_numpy()[::-7], words[::-7], strict=True):
    online.partial_fit([example], [word], classes=["setosa", "versicolor", "virginica"])

online.predict(X.to_numpy()[:1]).tolist()

# %% Several targets
inputs, targets = load_linnerud(return_X_y=True)
regressor = pl.PlausibleRegressor("direct-feedback-alignment", epochs=20, random_state=0)
make_pipeline(StandardScaler(), regressor).fit(inputs, targets).predict(inputs).shape

# %% What has a name
pl.listed("optimisers").name.tolist()[:3]
