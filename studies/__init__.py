"""Studies: what is asked, what is run, and what came out."""
