"""Figures: one file each, `draw(table) -> Figure`, a pure function of a study's table."""
