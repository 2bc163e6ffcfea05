"""Probes: what is measured while a rule learns. A probe reads, and never changes a trajectory."""
