"""One mounted guest: what a guest is (`protocol`) and its three implementations."""
