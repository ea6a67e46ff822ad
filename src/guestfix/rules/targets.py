"""Targets from `targets/*.yaml` of every folder of rules; a later folder replaces an earlier one's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from guestfix.rules.data_files import load_data
from guestfix.rules.support import SupportList, lists_for
from guestfix.rules.target import Target


def load_targets(folders: Sequence[Path]) -> dict[str, Target]:
    """Return the targets of these folders by id, sorted, with the lists of systems that speak of them.

    Raises RulesInvalid, RulesFolderMissing.
    """
    lists = load_data(folders, "support", SupportList, "support list")
    return {
        target.id: target.model_copy(update={"support": lists_for(lists, target.id)})
        for target in load_data(folders, "targets", Target, "target")
    }
