"""Names and text in hives: UTF-16LE in full, and compared as Windows compares them."""

from __future__ import annotations

from functools import lru_cache


def text_of(data: bytes) -> str:
    """Return `data` as UTF-16LE; half a surrogate pair is kept as it is, an odd last byte is left out."""
    return data[: len(data) & ~1].decode("utf-16-le", "surrogatepass")


def bytes_of(text: str) -> bytes:
    """Return `text` as UTF-16LE; the inverse of `text_of`."""
    return text.encode("utf-16-le", "surrogatepass")


@lru_cache(maxsize=65536)
def folded(name: str) -> str:
    """Return `name` as it is compared: each character in upper case, if that is one other character.

    RtlUpcaseUnicodeString maps one UTF-16 unit to one, so `ß` and ligatures stay. It never turns a letter that is
    not ASCII into one that is (the dotless i stays, as in NTFS's $UpCase), and has no pair for the micro sign.
    """
    return name.upper() if name.isascii() else "".join(map(_upper, name))


def _upper(char: str) -> str:
    upper = char.upper()
    if len(upper) != 1 or ord(char) > 0xFFFF or char == "\u00b5":
        return char
    return char if upper.isascii() and not char.isascii() else upper


def sayable(text: str) -> str:
    r"""Return `text` with every half of a surrogate pair as `\udXXX`: no JSON and no model can hold one."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def split_path(path: str) -> tuple[str, ...]:
    r"""Return the names in a key's path: `A\B` is ("A", "B"), an empty path is the root of the hive."""
    return tuple(part for part in path.split("\\") if part)


def joined(*names: str) -> str:
    r"""Return the path of these names, empty ones left out."""
    return "\\".join(name for name in names if name)
