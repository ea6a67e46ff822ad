"""Builds real guests as disk images, from the distribution's own packages. Linux, root, standard library only."""
