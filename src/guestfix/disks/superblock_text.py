"""How superblocks write their labels and UUIDs."""

from __future__ import annotations

import uuid


def uuid_text(data: bytes) -> str | None:
    """Return 16 bytes as blkid prints a UUID; None if there are fewer, or all are zero."""
    return str(uuid.UUID(bytes=data)) if len(data) == 16 and any(data) else None


def label_text(data: bytes) -> str | None:
    """Return a label that ends at its first NUL; None if it is empty. Bytes that are not UTF-8 are replaced."""
    return data.partition(b"\0")[0].decode("utf-8", "replace") or None


def utf16_label(data: bytes) -> str | None:
    """Return a label in UTF-16LE."""
    return data.decode("utf-16-le", "replace").partition("\0")[0] or None
