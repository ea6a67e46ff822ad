"""How a plan is made: rules run in order over a guest as earlier rules leave it; nothing is written."""
