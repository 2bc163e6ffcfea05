"""From one run to a comparison with its uncertainty."""
