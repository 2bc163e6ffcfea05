"""The audit of spiking models: what their equations read, and what moves in a simulation whose spikes are given."""
