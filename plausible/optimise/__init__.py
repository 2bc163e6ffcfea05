"""Optimisers: the only code that changes a weight."""
