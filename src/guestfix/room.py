"""How much room a change takes on its file system: what `apply` checks, and what a plan is warned of."""

from __future__ import annotations

from typing import Final

SLACK: Final = 64 * 1024
"""Bytes left free on every file system that is written to, for its own book-keeping."""

JOURNAL_ENTRY: Final = 4096
"""Bytes reckoned for one path in the journal, extended attributes included."""

BLOCK: Final = 4096
"""The usual block of a file system, where nobody says otherwise."""


def in_blocks(size: int, block: int = BLOCK) -> int:
    """Return `size` rounded up to whole blocks."""
    block = max(1, block)
    return -(-size // block) * block
