"""Predictive coding: units that settle until each predicts the next layer."""
