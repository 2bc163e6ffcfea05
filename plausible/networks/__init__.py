"""Networks that rules learn: their layers, activations, outputs with losses, and initial weights."""
