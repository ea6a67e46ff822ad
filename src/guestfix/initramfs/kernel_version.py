"""What can be told from a kernel's version."""

from __future__ import annotations

import re


def skips_lz4_padding(version: str) -> bool:
    """Say whether a kernel surely unpacks what comes after zero bytes behind an LZ4 segment.

    Commit 2c484419efc0 ("correctly handle zero-padding around initrds") came with 5.13. Older kernels may carry it
    as a backport; their version does not tell.
    """
    match = re.match(r"(\d{1,4})\.(\d{1,4})", version)
    return match is not None and (int(match[1]), int(match[2])) >= (5, 13)
