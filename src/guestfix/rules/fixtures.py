"""Files as examples write them down: text, base64, a link, or an initramfs or hive given by what is in it."""

from __future__ import annotations

import base64
import binascii
import stat
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from guestfix.facts.model import Model
from guestfix.initramfs import Compression
from guestfix.initramfs.compression import pack
from guestfix.initramfs.cpio import NewMember, write_archive
from guestfix.registry import reg_text, writer
from guestfix.registry.reg_text import RegTextInvalid


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
    return text


def _reg_text(text: str) -> str:
    try:
        reg_text.parse(text)
    except RegTextInvalid as error:
        raise ValueError(error.message) from None
    return text


Octal = Annotated[str, Field(pattern="^0?[0-7]{3}$")]
Base64 = Annotated[str, AfterValidator(_base64)]
RegText = Annotated[str, AfterValidator(_reg_text)]


class Packed(Model):
    """An initramfs: a cpio archive, and before it an uncompressed one as microcode comes in."""

    compression: Compression = Compression.GZIP
    files: dict[str, str] = Field(description="Path relative to the root to text")
    early: dict[str, str] = Field(default={}, description="The same for an early segment")

    def data(self) -> bytes:
        """Return the image's bytes."""
        early = _archive(self.early) if self.early else b""
        return early + bytes(-len(early) % 512) + pack(_archive(self.files), self.compression)


def _archive(files: dict[str, str]) -> bytes:
    directories = {
        "/".join(parts[:count])
        for parts in (path.split("/") for path in files)
        for count in range(1, len(parts))
    }  # fmt: skip
    members = [NewMember(path, stat.S_IFDIR | 0o755) for path in sorted(directories)]
    members += [NewMember(path, stat.S_IFREG | 0o644, text.encode()) for path, text in sorted(files.items())]
    return write_archive(members)


class Given(Model):
    """A file before."""

    text: str | None = None
    base64: Base64 | None = None
    initramfs: Packed | None = None
    hive: RegText | None = Field(
        default=None, description="A registry hive, as the text of a .reg file; keys are below the hive's root"
    )
    symlink: str | None = None
    mode: Octal = "0644"
    immutable: bool = Field(default=False, description="It has the flag i of chattr(1)")

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (
            sum(value is not None for value in (self.text, self.base64, self.initramfs, self.hive, self.symlink))
            != 1
        ):
            raise ValueError("a file is one of text, base64, initramfs, hive and symlink")
        return self

    def file(self) -> File:
        """Return it as a guest is made of it."""
        if self.symlink is not None:
            return File(link=self.symlink)
        if self.initramfs is not None:
            data = self.initramfs.data()
        elif self.hive is not None:
            data = writer.write(reg_text.parse(self.hive))
        else:
            data = _content(self.text, self.base64)
        return File(data, int(self.mode, 8), letters="i" if self.immutable else "")


class Expected(Model):
    """A file after."""

    text: str | None = None
    base64: Base64 | None = None
    adds: tuple[str, ...] | None = Field(
        default=None,
        description="Paths or patterns that an initramfs gains or replaces, relative to its root; all of them",
    )
    edits: str | None = Field(
        default=None,
        description="All that becomes of a hive, as a plan shows it: `[key]`, then `-` or `+` before each value",
    )
    mode: Octal | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(value is not None for value in (self.text, self.base64, self.adds, self.edits)) != 1:
            raise ValueError("a file after is one of text, base64, adds and edits")
        return self

    def data(self) -> bytes:
        """Return the bytes of a file given as a whole."""
        return _content(self.text, self.base64)


def _content(text: str | None, encoded: str | None) -> bytes:
    return text.encode() if text is not None else base64.b64decode(encoded or "")


@dataclass(frozen=True, slots=True)
class File:
    """One file that an example's guest is made of; `link` is the target of a symbolic link."""

    data: bytes = b""
    mode: int = 0o644
    link: str | None = None
    letters: str = ""
    """Flags of chattr(1)."""
