"""
On a cluster
============

Runs are handed to a Dask cluster; this process stores what comes back. The numbers are those of one machine.
"""

# %%
# The study of the tutorial on tuning, by two workers of Dask. ``dask:local`` starts a ``LocalCluster`` here; in its
# place stands the address of any scheduler, ``dask:tcp://HOST:8786``. Only this process needs the folder of results.
import os
import subprocess
import sys
import tempfile
from pathlib import Path

store = Path(tempfile.mkdtemp(), "results")
line = "plausible run ./my_study.py --scale fast --executor dask:local --workers 2"
done = subprocess.run(
    [sys.executable, "-m", *line.split()],
    env={**os.environ, "PLAUSIBLE_RESULTS": str(store)},
    stdout=subprocess.PIPE,
    text=True,
    check=True,
)
print(done.stdout)

# %%
# What came back lies in the folder of results here, as if this process had computed it: the same numbers, bit for
# bit.
import plausible as pl

here = pl.studies["./my_study.py"]
alone = Path(tempfile.mkdtemp(), "results")
here.run(scale="fast", workers=0, store=alone, progress=False)
columns = ["rule", "seed", "epoch", "split", "metric", "layer"]


def tested(folder):
    """The measurements of the test split, in order."""
    frame = pl.results(store=folder, execute_files=True)
    return frame[frame.split == "test"].astype({"rule": str}).sort_values(columns).value.tolist()


print(len(tested(store)), "measurements, all the same:", tested(store) == tested(alone))

# %%
# :doc:`On Slurm the workers are jobs </studies>`, which ``dask_jobqueue.SLURMCluster`` starts.
