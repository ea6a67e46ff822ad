r"""What an image for one machine only (dracut's hostonly) holds of that machine, and what to put over it.

An appended segment can replace a file but not remove one, so each comes back with other content. Sources: dracut
modules.d/99base/module-setup.sh (wait_for_dev: devexists hooks, JobTimeoutSec=0 of device units), 95resume and
hostonly_cmdline (etc/cmdline.d), modprobe.d(5), udev's 75-persistent-net-generator.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.actions._drivers import needed_names
from guestfix.errors import Refused
from guestfix.formats import kernel_cmdline, modprobe_conf
from guestfix.formats.fstab_spec import SpecKind, spec_kind
from guestfix.formats.shell_variables import parse as parse_variables
from guestfix.initramfs import ExtraFile, Initramfs
from guestfix.rules.action import Scope
from guestfix.untrusted import shown

_PINNED: Final = frozenset({SpecKind.DEVICE, SpecKind.BY_ID, SpecKind.BY_PATH})
_WAITS_FOR: Final = re.compile(r'-e "?(/dev/[^" ]+)')
_UNIT: Final = re.compile(r"etc/systemd/system/(dev-[^/]+)\.device\.d/timeout\.conf")
_ESCAPED: Final = re.compile(r"\\x([0-9a-fA-F]{2})")
_COMMAND_LINE: Final = CommandLineParams(root_by_uuid=True, remove=("ifname",))


@dataclass(frozen=True, slots=True)
class Leftover:
    """One file of the image with its new content, and a sentence on what was there."""

    file: ExtraFile
    said: str


def leftovers(image: Initramfs, scope: Scope) -> Iterator[Leftover]:
    """Return what to put over the settings in `image` that would keep the guest from booting elsewhere."""
    for path, data in sorted(image.kept.items()):
        for kind, change in _KINDS:
            if kind.fullmatch(path) is None:
                continue
            try:
                changed = change(path, data, scope)
            except Refused:  # what cannot be parsed is left as it is: the image boots with it or it does not
                changed = None
            if changed is not None and changed[0] != data:
                mode = stat.S_IMODE(image.entries[path].mode)
                yield Leftover(ExtraFile(path, mode, changed[0]), f"{shown(path)} in it: {changed[1]}")


Changed = tuple[bytes, str] | None


def _command_line(path: str, data: bytes, scope: Scope) -> Changed:
    lines: list[str] = []
    said: list[str] = []
    for text in data.decode("utf-8", "surrogateescape").split("\n"):
        line, sentences = edit(kernel_cmdline.parse_text(text), _COMMAND_LINE, scope)
        lines.append(line.text if sentences else text)
        said += sentences
    return "\n".join(lines).encode("utf-8", "surrogateescape"), "; ".join(said)


def _modprobe(path: str, data: bytes, scope: Scope) -> Changed:
    document = modprobe_conf.parse(data)
    found = document.stopping(needed_names(scope))
    names = ", ".join(shown(each.arguments[0]) for each in found)
    return document.without(found).render(), f"what keeps {names} from loading is commented out"


def _persistent_net(path: str, data: bytes, scope: Scope) -> Changed:
    rules = [line for line in data.split(b"\n") if line.strip() and not line.lstrip().startswith(b"#")]
    if not any(b"NAME" in line for line in rules):
        return None
    return (
        b"# guestfix: network cards of the old machine were named here\n",
        "names of the old network cards are gone",
    )


def _hook(path: str, data: bytes, scope: Scope) -> Changed:
    found = _WAITS_FOR.search(data.decode("utf-8", "surrogateescape"))
    if found is None or spec_kind(found[1]) not in _PINNED:
        return None
    return b"true\n", f"nothing waits for {shown(found[1])}, a name of the old machine"


def _device_unit(path: str, data: bytes, scope: Scope) -> Changed:
    unit = _UNIT.fullmatch(path)
    if unit is None:
        return None
    plain = _ESCAPED.sub(lambda match: "\0" + match[1], unit[1]).replace("-", "/")
    device = "/" + re.sub("\0(..)", lambda match: chr(int(match[1], 16)), plain)
    if spec_kind(device) not in _PINNED:
        return None
    return b"[Unit]\nJobTimeoutSec=1\nJobRunningTimeoutSec=1\n", f"{shown(device)} is waited for one second only"


def _resolved_modules(path: str, data: bytes, scope: Scope) -> Changed:
    """SUSE's mkinitrd loads the modules that it listed; udev finds the others by the index."""
    document = parse_variables(data)
    listed = document.get("RESOLVED_INITRD_MODULES")
    if listed is None:
        return None
    storage = [name for need in scope.target.drivers.storage for name in (*need.modules, *need.instead)]
    known = {name.replace("-", "_") for name in listed.split()}
    kernels = [kernel.targets[scope.target.id].storage for kernel in scope.facts.kernels]
    added = [
        name
        for name in dict.fromkeys(storage)
        if name not in known and any(states.get(name) in ("in initramfs", "only on disk") for states in kernels)
    ]
    edited = document.with_value("RESOLVED_INITRD_MODULES", " ".join([listed, *added]).strip())
    return edited.render(), f"{', '.join(added)} are loaded early"


_KINDS: Final[tuple[tuple[re.Pattern[str], Callable[[str, bytes, Scope], Changed]], ...]] = (
    (re.compile(r"etc/cmdline\.d/[^/]+\.conf"), _command_line),
    (re.compile(r"(?:usr/)?(?:etc|lib)/modprobe\.d/[^/]+\.conf|etc/modprobe\.conf"), _modprobe),
    (re.compile(r".*/udev/rules\.d/7[0-9]-persistent-net\.rules"), _persistent_net),
    (re.compile(r".*/hooks/initqueue/finished/devexists-[^/]+\.sh"), _hook),
    (_UNIT, _device_unit),
    (re.compile(r"config/start\.sh"), _resolved_modules),
)
