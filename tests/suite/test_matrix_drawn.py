"""The figure of rules and criticisms draws every cell of its table.

Oracle: the table itself, counted apart from the drawing. Cells without a number were once left white, as measurements
without one are.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
from matplotlib.colors import to_hex

from plausible.plotting import committed


def test_a_cell_has_its_verdict_whether_it_has_a_number_or_not() -> None:
    table = pd.read_parquet(committed.drawing("plausibility")[1])
    figure = committed.drawn("plausibility").figure
    seen: Counter[str] = Counter()
    colours: dict[object, str] = {}
    for axes in figure.axes:
        squares = [line for line in axes.lines if line.get_marker() == "s"]  # of the legend
        colours |= {line.get_label(): to_hex(line.get_color()) for line in squares}
        (picture,) = axes.images
        cells = picture.to_rgba(np.asarray(picture.get_array())).reshape(-1, 4)
        seen.update(to_hex(tuple(cell)) if cell[3] else "white" for cell in cells.tolist())
    assert seen == Counter({colours[verdict]: n for verdict, n in table.verdict.value_counts().items()})


def test_cells_without_a_number_are_no_measurements() -> None:
    cells = pd.DataFrame({"value": [np.nan, 1.0], "status": "done", "verdict": "removed"})
    assert len(committed.finite(cells)) == 2
    measured = pd.DataFrame({"value": [np.nan, 1.0], "status": "done", "metric": "loss"})
    assert len(committed.finite(measured)) == 1
