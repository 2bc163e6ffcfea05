"""
Reading results with pandas and DuckDB
======================================

Every run that was stored is rows of one long table, with its settings as columns.
"""

# %%
# A comparison into a folder of results. Asked again, it computes what is new, and nothing twice.
import tempfile
from pathlib import Path

import plausible as pl

store = Path(tempfile.mkdtemp(), "results")
options = {"task": "two-moons[examples=400]", "epochs": 6, "workers": 0, "store": store, "progress": False}
pl.compare(["backprop", "fa", "dfa[feedback=uniform(0.5)]"], seeds=3, **options)
frame = pl.results(store=store)
frame.shape, frame.rule.unique().tolist()

# %%
# pandas: the test accuracy of every rule.
test = frame[(frame.split == "test") & (frame.metric == "accuracy")]
test.groupby("rule", observed=True).value.agg(["mean", "std", "count"]).round(4)

# %%
# Options are columns: the distribution of feedback weights is ``rule_feedback``.
test[["rule", "rule_feedback", "seed", "value"]].head(9)

# %%
# DuckDB reads the same frame where it is.
import duckdb

duckdb.sql("""
    SELECT rule, epoch, avg(value) AS accuracy, count(*) AS runs
    FROM frame WHERE split = 'validation' AND metric = 'accuracy' AND epoch IN (0, 3, 6)
    GROUP BY ALL ORDER BY rule, epoch
""").df().round(4)

# %%
# ... and the files themselves, of whatever computed them.
duckdb.sql(f"SELECT count(*) AS measurements FROM '{store}/runs/*/metrics.parquet'").df()

# %%
# The committed tables have the same form.
table = pl.tables["accuracy"]
table[table.split == "test"].groupby(["task", "rule"], observed=True).value.mean().unstack().round(3).head()

# %%
# :doc:`What else is stored, and what a key promises </studies>`.
