"""Cortical microcircuits: errors in apical dendrites."""
