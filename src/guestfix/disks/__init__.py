"""Disk images on the host: formats, chains, locks, overlays, and partition tables read from raw bytes.

The way of an image: `locked`, `recover`, `examine`, `resolve`, then `Overlays.create`, work, and `commit` or
`write_output`. Whatever cannot be used raises an error of `guestfix.disks.errors`.
"""

from guestfix.disks.chain import ChainLink, resolve
from guestfix.disks.formats import examine
from guestfix.disks.headers_model import ImageHeader, Reference
from guestfix.disks.locks import locked
from guestfix.disks.overlay import Overlays, needs_output
from guestfix.disks.redo import recover

__all__ = [
    "ChainLink",
    "ImageHeader",
    "Overlays",
    "Reference",
    "examine",
    "locked",
    "needs_output",
    "recover",
    "resolve",
]
