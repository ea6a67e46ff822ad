"""Where the files are that come with guestfix and are no Python: rules and templates."""

from __future__ import annotations

from pathlib import Path

from guestfix.errors import EnvironmentProblem


class DataMissing(EnvironmentProblem):
    """This installation lacks its rules."""

    code = "GF-INSTALL-DATA"


def builtin_data() -> Path:
    """Return the folder that holds `rules` and `templates`: in the package, or the root of a source checkout.

    Raises DataMissing.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent.parent):
        if (folder / "rules" / "targets").is_dir():
            return folder
    raise DataMissing(
        f"the rules of guestfix are neither in {package / 'data'} nor in {package.parent.parent}",
        hint="install guestfix again",
    )


def builtin_rules() -> Path:
    """Return the folder of the built-in rules. Raises DataMissing."""
    return builtin_data() / "rules"
