"""
Reproduce a figure of a paper
=============================

Studies know what a paper did, run it, and hold our numbers against the published ones.
"""

# %%
# Lillicrap and colleagues (2016) let feedback alignment learn a linear map from 30 inputs to 10 outputs by 20 hidden
# units. The study has scales: "smoke" takes seconds, "fast" minutes, "paper" is the published setting. Here the runs
# of the linear network in the scale "fast", as far as they are quick.
import tempfile
from pathlib import Path

import plausible as pl

study = pl.studies["lillicrap2016"]
print(study.question)
study.scales

# %%
# The small scale, run anew into a folder of its own. What is stored there already is not computed again.
store = Path(tempfile.mkdtemp(), "results")
status = study.run(scale="smoke", store=store, workers=0, progress=False)
status.groupby("status").size()

# %%
# The published numbers beside those of the committed table: the band in which ours agrees, and the verdict. A number
# that was recalled and not read, or a setting that is smaller than the paper's, never counts as a reproduction.
from plausible.report.published import frame as beside

table = pl.tables["lillicrap2016"]
numbers = beside(study.study, table)
numbers[["what", "kind", "published", "ours", "verdict"]].head(8)

# %%
# And the figure, drawn from that table; nothing is trained.
pl.figures["lillicrap2016"]

# %%
# By commands: ``plausible run lillicrap2016 --scale fast``, then ``plausible reproduce lillicrap2016``, ``plausible
# export lillicrap2016`` and ``plausible figure lillicrap2016``.
