"""What can go wrong when a hive is read, edited or recovered."""

from __future__ import annotations

from guestfix.errors import Refused


class HiveError(Refused):
    """A hive cannot be worked on as it is."""

    code = "GF-HIVE"


class NotAHive(HiveError):
    """The file does not begin with the base block of a hive that Windows uses."""

    code = "GF-HIVE-NOT-A-HIVE"


class HiveDamaged(HiveError):
    """The hive contradicts itself: a cell leads out of it, into free space, or to the wrong thing."""

    code = "GF-HIVE-DAMAGED"


class HiveTooLarge(HiveError):
    """The hive, or a part of it, is larger than any that Windows loads."""

    code = "GF-HIVE-TOO-LARGE"


class HiveUnclean(HiveError):
    """The hive was not written to its end, and its logs do not say what is missing."""

    code = "GF-HIVE-UNCLEAN"


class HiveEditImpossible(HiveError):
    """An edit asks for what a hive cannot hold, or for a key that is not there."""

    code = "GF-HIVE-EDIT"


class HiveMismatch(HiveError):
    """The hive that was written does not hold what it should."""

    code = "GF-HIVE-READ-BACK"
