"""Stress: any rule, learning late, by noise, in few bits, or with synapses lost."""
