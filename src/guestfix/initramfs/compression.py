"""The compressions of an initramfs: told apart as the kernel does, unpacked in bounded pieces, packed."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Iterator
from enum import StrEnum

import zstandard

from guestfix.initramfs import lz4_legacy, zstd_frame
from guestfix.initramfs.errors import CorruptImage, TooLarge, UnsupportedCompression
from guestfix.initramfs.source import MIB, Source

_STEP = MIB
_LZMA_OVERHEAD = 8 * MIB  # what liblzma needs beside the dictionary


class Compression(StrEnum):
    """How a segment is packed."""

    NONE = "none"
    GZIP = "gzip"
    BZIP2 = "bzip2"
    LZMA = "lzma"
    XZ = "xz"
    LZO = "lzo"
    LZ4 = "lz4"
    ZSTD = "zstd"


# The two bytes by which lib/decompress.c chooses.
_MAGIC = {
    b"\x1f\x8b": Compression.GZIP,
    b"\x1f\x9e": Compression.GZIP,
    b"BZ": Compression.BZIP2,
    b"\x5d\x00": Compression.LZMA,
    b"\xfd7": Compression.XZ,
    b"\x89L": Compression.LZO,
    b"\x02!": Compression.LZ4,
    b"\x28\xb5": Compression.ZSTD,
}


def detect(head: bytes) -> Compression | None:
    """Say how data that begins with `head` (2 bytes are enough) is packed; None if the kernel would not know."""
    return Compression.NONE if head[:1] == b"0" else _MAGIC.get(head[:2])


def unpack(source: Source, compression: Compression, *, window: int) -> Iterator[bytes]:
    """Yield the content of the one compressed stream at `source` in pieces of bounded size (1 MiB; LZ4 8 MiB).

    Afterwards `source` stands on the first byte behind the stream. `window` bounds the decoder's memory, in bytes.
    Raises CorruptImage, TooLarge, UnsupportedCompression.
    """
    try:
        match compression:
            case Compression.GZIP:
                yield from _gunzip(source)
            case Compression.BZIP2:
                yield from _pump(source, bz2.BZ2Decompressor())
            case Compression.XZ:
                yield from _pump(source, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=window + _LZMA_OVERHEAD))
            case Compression.LZMA:
                yield from _pump(
                    source, lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=window + _LZMA_OVERHEAD)
                )
            case Compression.LZ4:
                yield from lz4_legacy.unpack(source)
            case Compression.ZSTD:
                yield from zstd_frame.unpack(source, window=window)
            case _:
                raise UnsupportedCompression(
                    f"An initramfs is compressed with {compression}, which cannot be unpacked."
                )
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as problem:
        if "limit" in str(problem).lower():
            raise TooLarge(
                f"An initramfs needs more memory to unpack its {compression} data than allowed."
            ) from problem
        raise CorruptImage(f"An initramfs has broken {compression} data before byte {source.offset}.") from problem


def _gunzip(source: Source) -> Iterator[bytes]:
    decoder = zlib.decompressobj(wbits=31)
    while not decoder.eof:
        packed = source.some(_STEP)
        while True:
            piece = decoder.decompress(packed, _STEP)
            yield piece
            # At the end of the stream zlib calls what follows it unconsumed as well as unused.
            packed = b"" if decoder.unused_data else decoder.unconsumed_tail
            # A full piece may leave output inside of the decoder although all input is used up.
            if not packed and len(piece) < _STEP:
                break
    source.give_back(decoder.unused_data)


def _pump(source: Source, decoder: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> Iterator[bytes]:
    while not decoder.eof:
        yield decoder.decompress(source.some(_STEP) if decoder.needs_input else b"", _STEP)
    source.give_back(decoder.unused_data)


def pack(data: bytes, compression: Compression) -> bytes:
    """Return `data` packed so that a kernel with this decompressor unpacks it; the same bytes every time.

    xz carries a CRC32 and a 1 MiB dictionary and zstd a window of at most 8 MiB, as dracut and mkinitramfs do for
    the kernel's sake. Raises UnsupportedCompression.
    """
    match compression:
        case Compression.NONE:
            return data
        case Compression.GZIP:
            return zlib.compress(data, wbits=31)
        case Compression.BZIP2:
            return bz2.compress(data)
        case Compression.XZ:
            chain = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": MIB}]
            return lzma.compress(data, lzma.FORMAT_XZ, check=lzma.CHECK_CRC32, filters=chain)
        case Compression.LZMA:
            return lzma.compress(data, lzma.FORMAT_ALONE)
        case Compression.LZ4:
            return lz4_legacy.pack(data)
        case Compression.ZSTD:
            return zstandard.ZstdCompressor(level=9, write_checksum=True).compress(data)
        case _:
            raise UnsupportedCompression(f"A segment cannot be compressed with {compression}.")
