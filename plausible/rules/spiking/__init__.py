"""Learning in networks of spiking neurons."""
