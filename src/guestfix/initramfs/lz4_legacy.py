"""The "legacy" LZ4 format, the only one that the kernel unpacks (`lz4 -l`; lib/decompress_unlz4.c).

A magic number, then blocks of at most 8 MiB, each behind its packed length. There is no end mark: the stream ends
where the file does, where a length of zero stands (kernels since commit 2c484419efc0, v5.13), or where the magic
of a next stream stands.
"""

from __future__ import annotations

from collections.abc import Iterator

import lz4.block

from guestfix.initramfs.errors import CorruptImage
from guestfix.initramfs.source import Source

MAGIC = bytes.fromhex("02214c18")
BLOCK = 8 << 20
_PACKED_BLOCK = BLOCK + BLOCK // 255 + 16  # LZ4_COMPRESSBOUND


def unpack(source: Source) -> Iterator[bytes]:
    """Yield the content of the stream at `source`, a block of at most 8 MiB at a time.

    Stops before zero padding, before the next stream's magic, and at the end. Raises CorruptImage.
    """
    source.take(len(MAGIC))
    while len(head := source.peek(4)) == 4 and head != MAGIC:
        size = int.from_bytes(head, "little")
        if not size:
            break
        if size > _PACKED_BLOCK:
            raise CorruptImage(f"An initramfs has an LZ4 block of impossible length at byte {source.offset}.")
        source.skip(4)
        try:
            block = lz4.block.decompress(source.take(size), uncompressed_size=BLOCK)
        except lz4.block.LZ4BlockError as problem:
            raise CorruptImage(f"An initramfs has broken LZ4 data before byte {source.offset}.") from problem
        yield block
    if len(head) < 4 and head.strip(b"\0"):
        raise CorruptImage(f"An initramfs ends inside of an LZ4 block length, at byte {source.offset}.")


def pack(data: bytes) -> bytes:
    """Return `data` as one legacy stream, as `lz4 -l -9` would make it."""
    out = [MAGIC]
    for start in range(0, len(data), BLOCK):
        block = lz4.block.compress(data[start : start + BLOCK], mode="high_compression", store_size=False)
        out += (len(block).to_bytes(4, "little"), block)
    return b"".join(out)
