"""
Writing it up
=============

A figure for print, a table, and what to cite.
"""

# %%
# The table of a study: every rule beside backprop, pair by pair, with intervals. ``beside`` takes any long table.
import plausible as pl

table = pl.tables["accuracy"]
compared = pl.beside(table, margin=0.01)
shown = compared[["task", "rule", "mean", "low", "high", "difference", "as_good"]]
shown.round(4).head(8)

# %%
# pandas writes it as LaTeX, HTML or Markdown, so that no number is typed.
print(shown[shown.task == "mnist"].to_latex(index=False, float_format="%.4f"))

# %%
# The figure is drawn as wide as a column of a journal; letters stay letters in a PDF.
import tempfile
from pathlib import Path

figure = pl.figures["accuracy"]
file = Path(tempfile.mkdtemp(), "accuracy.pdf")
figure.savefig(file)
print(f"{figure.get_size_inches()[0] * 25.4:.0f} mm wide, {file.stat().st_size // 1024} kB")
figure

# %%
# On the command line: ``plausible figure accuracy --format svg,pdf,csv`` writes vector graphics and the data that
# they draw.
#
# Whose rule it is: every rule names its paper.
from plausible.site.rules import bibliography

for name in ("backprop", "feedback-alignment"):
    print(f"{name}: {bibliography()[pl.listed('rules').set_index('name').source[name]]}")

# %%
# With which code and machine a table was computed is written inside of it; ``plausible verify accuracy --cells 3``
# computes runs of it anew and compares bit by bit. The suite itself is cited by the file ``CITATION.cff``.
