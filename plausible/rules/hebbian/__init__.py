"""Features from correlations alone: no hidden layer hears of a target or of an error; a read-out learns from labels."""
