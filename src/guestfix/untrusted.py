"""Guest text on its way to a person: escaped and cut to size.

Names, labels and file contents of a guest may hold terminal escape sequences, bidirectional overrides or
megabytes of junk. Whatever is shown of them passes through `shown`.
"""

from __future__ import annotations

import unicodedata

LIMIT = 200


def shown(text: str | bytes, limit: int = LIMIT) -> str:
    r"""Return `text` on one line, printable, at most `limit` characters (an ellipsis marks a cut).

    Bytes are taken as UTF-8; what is not is shown as `\xNN`. Control, format (bidi) and unassigned
    characters are shown as escapes.
    """
    if isinstance(text, bytes):
        text = text[: limit * 4 + 4].decode("utf-8", "surrogateescape")
    out: list[str] = []
    length = 0
    for char in text[: limit + 1]:
        piece = _printable(char)
        length += len(piece)
        if length > limit:
            out.append("…")
            break
        out.append(piece)
    return "".join(out)


def _printable(char: str) -> str:
    point = ord(char)
    if 0xDC80 <= point <= 0xDCFF:  # a byte that was not UTF-8, kept by surrogateescape
        return f"\\x{point - 0xDC00:02x}"
    if unicodedata.category(char) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}:
        if point < 0x100:
            return f"\\x{point:02x}"
        return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
    return char
