"""Keys for encrypted disks, named as the tools of libguestfs name them (guestfs-tools, `--key`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from guestfix.errors import UsageError
from guestfix.untrusted import shown

KEY_LIMIT = 8 << 20
"""Bytes of a key file; cryptsetup's own limit (`cryptsetup --help`, maximum keyfile size)."""


class KeyOption(UsageError):
    """`--key` cannot be used as it was given."""

    code = "GF-LUKS-KEY-OPTION"


@dataclass(frozen=True, slots=True)
class DiskKey:
    """One key and the device it is for."""

    device: str
    """A device's name in the appliance (/dev/sda2, /dev/vg0/root), the UUID of its LUKS header, or `all`."""
    secret: str = field(repr=False)

    @property
    def for_all(self) -> bool:
        """Whether it is tried on every encrypted device."""
        return self.device == "all"


def parse_key(text: str) -> DiskKey:
    """Return the key that `DEVICE:file:PATH` or `DEVICE:key:PASSPHRASE` means; of a file, the first line.

    Raises KeyOption. Neither the passphrase nor the file's content is ever in an error.
    """
    device, colon, rest = text.partition(":")
    kind, second, value = rest.partition(":")
    if not (device and colon and second and value) or kind not in {"file", "key"}:
        raise KeyOption(
            "--key takes DEVICE:file:PATH or DEVICE:key:PASSPHRASE",
            hint="DEVICE is as `guestfix inspect` names it (/dev/sda2), the UUID of the LUKS header, or all",
        )
    return DiskKey(device, value if kind == "key" else _first_line(Path(value)))


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(KEY_LIMIT)
    except OSError as error:
        raise KeyOption(
            f"the key file {shown(str(path))} cannot be read: {error.strerror}", hint="check --key"
        ) from error
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    try:
        secret = line.decode("utf-8")
    except UnicodeDecodeError:
        secret = ""
    if not secret or "\0" in secret:
        raise KeyOption(
            f"the first line of {shown(str(path))} is no passphrase: it is empty or holds bytes that are no text",
            hint="libguestfs takes passphrases only: add one where the disk can be opened (cryptsetup luksAddKey)",
        )
    return secret
