"""Spiking networks, simulated by Brian2: equations as text with units, compiled once, run many times.

`circuit` describes a network as data, `simulate` runs one. Only `brian` and `build` import Brian2, which takes seconds,
and only when a network is made: a compiled one runs without it.
"""
