"""Vector-valued units, and one error vector for all of them."""
