"""Which criticisms of backpropagation a rule answers, measured on its own code."""
