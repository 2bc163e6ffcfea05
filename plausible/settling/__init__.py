"""How the states of a network come to rest."""
