"""Tuning in two stages: a search, and finals at full length that choose among the best of it."""
