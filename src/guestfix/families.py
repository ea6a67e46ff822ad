"""The families of distributions that come with guestfix."""

from __future__ import annotations

from functools import cache

from guestfix.data import builtin_rules
from guestfix.rules.data_files import load_data
from guestfix.rules.family import Family


@cache
def built_in_families() -> tuple[Family, ...]:
    """Return them, read once. Raises DataMissing."""
    return load_data([builtin_rules()], "families", Family, "family")
