"""Learning curves of one rule, beside the reference of its runs."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from plausible.plotting.frame import COLUMN, finished, sheet
from plausible.plotting.panels import band, spread
from plausible.plotting.style import dashes, label, style
from plausible.printing.words import count
from plausible.study.statistics import PERCENT

MOST = 4  # lines of one panel, the reference among them


def curves(panels: Sequence[tuple[str, pd.DataFrame]], finding: str) -> Figure:
    """A panel for each table, with its title: validation accuracy in per cent against epochs, a line for every rule.

    Args:
        panels: titles, and rows with rule, seed, epoch and value, a share of 1.
        finding: the title of all.
    """
    rules = list(dict.fromkeys(rule for _, rows in panels for rule in rows.rule))
    looks, kinds = style(rules), dashes(rules)
    with sheet(COLUMN, 1.5) as figure:
        every = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, rows) in zip(every, panels, strict=True):
            for rule in dict.fromkeys(rows.rule):
                mine = rows[rows.rule == rule].assign(value=100 * rows.value)
                band(axes, mine, *looks[rule], label(rule), line=kinds[rule], bounds=PERCENT)
            axes.set(title=label(title), xlabel="epoch")
        every[0].set_ylabel("validation accuracy (%)")
        seeds = [mine.seed.nunique() for _, rows in panels for _, mine in rows.groupby("rule")]
        n = count(max(seeds), "seed") if min(seeds) == max(seeds) else f"{min(seeds)} to {max(seeds)} seeds"
        return finished(figure, finding, f"{n}; {spread(*seeds)}", *every)
