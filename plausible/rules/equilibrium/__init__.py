"""Contrasts of equilibria: equilibrium propagation, contrastive Hebbian learning and their relatives."""
