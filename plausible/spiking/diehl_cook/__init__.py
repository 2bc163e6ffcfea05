"""The network of Diehl and Cook, and how it is shown an image."""
