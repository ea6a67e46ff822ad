"""The names of kernel modules and of the files that hold them."""

from __future__ import annotations

from guestfix.initramfs.compression import Compression

SUFFIXES = {
    ".ko": Compression.NONE,
    ".ko.gz": Compression.GZIP,
    ".ko.xz": Compression.XZ,
    ".ko.zst": Compression.ZSTD,
}


def module_name(path: str) -> str:
    """Return the name by which the kernel knows a module file: no directory, no suffix, `-` as `_`."""
    return path.rpartition("/")[2].partition(".")[0].replace("-", "_")


def module_suffix(path: str) -> str | None:
    """Return the suffix of a module file (a key of `SUFFIXES`); None if it is none."""
    return next((suffix for suffix in SUFFIXES if path.endswith(suffix)), None)
