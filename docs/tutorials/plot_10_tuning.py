"""
Tuning fairly
=============

Every rule gets the same budget, settings are chosen on validation, and winners learn on fresh seeds.
"""

# %%
# A study of one's own is a file, ``my_study.py`` beside this script: two rules on two moons, and the numbers that
# each declares as its search.
import tempfile
from pathlib import Path

import plausible as pl
from plausible.study.tuning.design import Design

print(Path("my_study.py").read_text(encoding="utf-8"))

# %%
# Eight trials for each rule: Optuna's sampler chooses their settings. The best two run again in full on seeds that
# the search has not seen; the best mean wins, and learns on the study's own seeds. Only then the test split is read.
store = Path(tempfile.mkdtemp(), "results")
study = pl.studies["./my_study.py"]
design = Design(seeds=1, finalists=2, final_seeds=2, widenings=0)
study.tune(trials=8, scale="fast", epochs=4, design=design, workers=0, store=store, progress=False).T

# %%
# What was tried is a table, too: a row for every trial.
import pandas as pd

trials = pd.read_parquet(next(store.rglob("*-tuning.parquet")))
trials[["rule", "trial", "optimiser", "score"]].head()

# %%
# A search of one rule alone would favour it. What tuning was worth, for the rules of the study ``accuracy``:
pl.figures["accuracy-tuning"]
