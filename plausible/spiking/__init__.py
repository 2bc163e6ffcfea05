"""Spiking networks, simulated by Brian2: equations as text with units, compiled once, run many times.

`circuit` describes a network as data, `simulate` says what running one means. Only `brian` and `build` import Brian2,
which takes seconds, and only to make a network: a compiled one runs without it.
"""
