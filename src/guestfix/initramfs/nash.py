"""Images of RHEL 5's mkinitrd: no udev, no index; `/init` is a script for nash that loads `/lib/*.ko` by name.

mkinitrd 5.1.19.6: `echo "Loading x.ko module"` and `insmod /lib/x.ko` for each module, in order of need;
then `mkblkdevs`, `mkrootdev`, `mount /sysroot`. So new modules go flat into /lib, and the script gets lines for
each behind its last insmod.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable

from guestfix.initramfs.errors import UnsupportedGenerator
from guestfix.initramfs.extension import Extension, segment, unpacked_module
from guestfix.initramfs.image import Initramfs
from guestfix.initramfs.kmod_index import ModuleIndexes
from guestfix.initramfs.module_name import module_name

_INSMOD = re.compile(rb"[ \t]*insmod[ \t]+/lib/([^/ \t\r]+)\.ko\b.*")
_MAKES_DEVICES = (b"mkblkdevs", b"mkrootdev")


def extend_nash(
    image: Initramfs,
    indexes: ModuleIndexes,
    module_file: Callable[[str], bytes],
    wanted: Iterable[str],
    *,
    version: str,
) -> Extension | None:
    """Return what must follow such an image for it to load the drivers `wanted`; None if it loads them all.

    As `extend`, but the image must have been described with `init` kept. Raises UnsupportedGenerator for a script
    that has no place for an insmod, and what `segment` raises.
    """
    script = image.kept.get("init")
    closure = indexes.closure(tuple(wanted))
    if script is None:
        raise UnsupportedGenerator("This initramfs of RHEL 5's mkinitrd has no script /init that could be read.")
    lines = script.split(b"\n")
    loaded = {
        module_name(match[1].decode("ascii", "replace")) for line in lines if (match := _INSMOD.fullmatch(line))
    }
    new = [path for path in closure.modules if module_name(path) not in loaded]
    if not new:
        return None
    there = {module_name(path): path for path in image.flat_modules}
    files: dict[str, tuple[int, bytes]] = {}
    added: list[bytes] = []
    for path in new:
        name = there.get(module_name(path)) or f"lib/{path.rpartition('/')[2].partition('.ko')[0]}.ko"
        if module_name(path) not in there:
            files[name] = (0o644, unpacked_module(path, module_file(path)))
        file = name.encode("utf-8", "surrogateescape")
        added += [b'echo "Loading ' + file.removeprefix(b"lib/") + b' module"', b"insmod /" + file]
    place = _place(lines)
    text = b"\n".join([*lines[:place], *added, *lines[place:]])
    files["init"] = (stat.S_IMODE(image.entries["init"].mode), text)
    tail, compression, members = segment(image, version, files)
    return Extension(tail, compression, modules=tuple(new), added=members, missing=closure.unknown)


def _place(lines: list[bytes]) -> int:
    """Return where the new lines go: behind the last insmod, else before the devices of the disks are made."""
    last = [number for number, line in enumerate(lines, 1) if _INSMOD.fullmatch(line)]
    if last:
        return last[-1]
    for number, line in enumerate(lines):
        if line.strip().startswith(_MAKES_DEVICES):
            return number
    raise UnsupportedGenerator("The script /init of this initramfs neither loads modules nor makes a root device.")
