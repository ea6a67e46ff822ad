"""PURE: initramfs images, the kernel module indexes in them, and putting drivers into an image that exists.

An image is a row of segments, each a cpio archive, plain or compressed. `describe` reads its bytes once, in
bounded memory (`source`, `compression`, `cpio`), and says as an `Initramfs` what segments it has, what tree they
add up to (`tree`: later files win), which program made it (`generator`) and for which kernels it holds modules.
`read_indexes` parses what depmod knows of a kernel (`kmod_index`, `kmod_trie`); its `closure` is what a driver
needs (`closure`). `extend` puts the two together and returns an `Extension`: the bytes to write behind the image,
one more segment with the lacking modules and an index over all, or None if there is nothing to do. `extended`
says what comes out of it without reading the image again, `verify` proves it on the image as written, and
`describe_difference` shows it. Errors are in `errors`, each with a code; nothing else is raised, whatever the
bytes.
"""

from __future__ import annotations

from guestfix.initramfs.closure import Closure
from guestfix.initramfs.compression import Compression
from guestfix.initramfs.extension import Extension, ExtraFile, extend, image_indexes, unpacked_module
from guestfix.initramfs.generator import Generator
from guestfix.initramfs.image import Initramfs, Role, Segment, describe, is_module_index
from guestfix.initramfs.kmod_index import ModuleIndexes, read_indexes
from guestfix.initramfs.leftovers import is_setting
from guestfix.initramfs.module_name import module_name
from guestfix.initramfs.nash import extend_nash
from guestfix.initramfs.source import Limits
from guestfix.initramfs.tree import Entry
from guestfix.initramfs.verify import describe_difference, extended, verify

__all__ = [
    "Closure",
    "Compression",
    "Entry",
    "Extension",
    "ExtraFile",
    "Generator",
    "Initramfs",
    "Limits",
    "ModuleIndexes",
    "Role",
    "Segment",
    "describe",
    "describe_difference",
    "extend",
    "extend_nash",
    "extended",
    "image_indexes",
    "is_module_index",
    "is_setting",
    "module_name",
    "read_indexes",
    "unpacked_module",
    "verify",
]
