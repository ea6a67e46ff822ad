"""The outside of a Zstandard frame (RFC 8878, section 3.1.1): where its blocks begin and where it ends.

The binding gives out all that a piece of input unpacks to at once, and says nothing of where a frame ended when it
reads ahead. Feeding it whole blocks, whose unpacked size the format bounds at 128 KiB, keeps both in our hands.
"""

from __future__ import annotations

from collections.abc import Iterator

import zstandard

from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import Source

BLOCK = 128 << 10
_BATCH = 1 << 20
_RAW, _RLE, _RESERVED = 0, 1, 3


def unpack(source: Source, *, window: int) -> Iterator[bytes]:
    """Yield the content of the one frame at `source` in pieces of at most about 1 MiB.

    Raises TooLarge if the decoder would need more than `window` bytes, CorruptImage if the frame is broken.
    """
    decoder = zstandard.ZstdDecompressor(max_window_size=max(window, 1 << 10)).decompressobj(write_size=BLOCK)
    header, checksum = _header(source, window)
    try:
        yield decoder.decompress(header)
        for batch in _batches(source):
            yield decoder.decompress(batch)
        if checksum:
            yield decoder.decompress(source.take(4))
    except zstandard.ZstdError as problem:
        raise CorruptImage(f"An initramfs has broken zstd data before byte {source.offset}.") from problem


def _header(source: Source, window: int) -> tuple[bytes, bool]:
    """Return the frame header and whether a checksum follows the last block."""
    start = source.take(5)
    flags = start[4]
    single = bool(flags & 0x20)
    dictionary = (0, 1, 2, 4)[flags & 3]
    size_field = (1 if single else 0, 2, 4, 8)[flags >> 6]
    rest = source.take((0 if single else 1) + dictionary + size_field)
    if single:
        needed = int.from_bytes(rest[dictionary:], "little") + (256 if size_field == 2 else 0)
    else:
        base = 1 << (10 + (rest[0] >> 3))
        needed = base + base // 8 * (rest[0] & 7)
    if needed > window:
        raise TooLarge(
            f"An initramfs needs {needed} bytes of memory to unpack its zstd data; {window} is the limit."
        )
    return start + rest, bool(flags & 4)


def _batches(source: Source) -> Iterator[bytes]:
    """Yield runs of whole blocks, each run unpacking to at most about `_BATCH` bytes."""
    batch: list[bytes] = []
    packed = unpacked = 0
    last = False
    while not last:
        head = source.take(3)
        word = int.from_bytes(head, "little")
        last, kind, size = bool(word & 1), word >> 1 & 3, word >> 3
        if kind == _RESERVED or size > BLOCK:
            raise CorruptImage(f"An initramfs has a bad zstd block before byte {source.offset}.")
        body = source.take(1 if kind == _RLE else size)
        batch += (head, body)
        packed += len(head) + len(body)
        unpacked += size if kind in {_RAW, _RLE} else BLOCK
        if last or max(packed, unpacked) >= _BATCH:
            yield b"".join(batch)
            batch = []
            packed = unpacked = 0
