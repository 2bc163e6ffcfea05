"""Target propagation and control: inverses of layers, or a controller, give each layer an activity to aim at."""
