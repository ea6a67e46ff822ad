r"""What an image for one machine only (dracut's hostonly) holds of that machine, and what to put over it.

An appended segment can replace a file but not remove one, so each comes back with other content. Sources: dracut
modules.d/99base/module-setup.sh (wait_for_dev: devexists hooks, JobTimeoutSec=0 of device units), 95resume and
hostonly_cmdline (etc/cmdline.d), modprobe.d(5), udev's 75-persistent-net-generator. Copies of the root's own files
are edited as rules edit these: etc/lvm by the hook of Debian's lvm2 and dracut's 90lvm, mdadm.conf by mdadm's hook
and 90mdraid, cryptroot/crypttab by that of cryptsetup-initramfs, which keeps what begins with /dev/disk/by-,
etc/crypttab by 90crypt, conf/conf.d/resume by initramfs-tools' mkinitramfs, .link files by Debian's hook for udev
and dracut's 01systemd-udevd.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from guestfix.actions import crypttab as crypttab_format
from guestfix.actions import lvm_conf as lvm_conf_format
from guestfix.actions import mdadm_conf as mdadm_conf_format
from guestfix.actions import shell_variables as shell_variables_format
from guestfix.actions._command_line import CommandLineParams, edit
from guestfix.actions._drivers import needed_names
from guestfix.actions._link_names import pinned_name
from guestfix.actions.crypttab import name_by_uuid as crypttab_by_uuid
from guestfix.actions.lvm_conf import release_filters
from guestfix.actions.mdadm_conf import search_partitions
from guestfix.actions.shell_variables import name_by_uuid as variable_by_uuid
from guestfix.errors import Refused
from guestfix.formats import kernel_cmdline, modprobe_conf, sections
from guestfix.formats.fstab_spec import SpecKind, spec_kind
from guestfix.formats.shell_variables import parse as parse_variables
from guestfix.initramfs import ExtraFile, Initramfs
from guestfix.rules.action import Format, Params, Scope, Step
from guestfix.untrusted import shown

_PINNED: Final = frozenset({SpecKind.DEVICE, SpecKind.BY_ID, SpecKind.BY_PATH})
_WAITS_FOR: Final = re.compile(r'-e "?(/dev/[^" ]+)')
_UNIT: Final = re.compile(r"etc/systemd/system/(dev-[^/]+)\.device\.d/timeout\.conf")
_ESCAPED: Final = re.compile(r"\\x([0-9a-fA-F]{2})")
_LVM_LOCAL: Final = "etc/lvm/lvmlocal.conf"
_DEVICES_FILE: Final = "etc/lvm/devices/system.devices"
_NO_DEVICES_FILE: Final = b"devices/use_devicesfile=0\n"
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
    yield from _devices_file(image)


def _devices_file(image: Initramfs) -> Iterator[Leftover]:
    """Have LVM take no notice of its devices file: an empty one would hide every disk (lvmdevices(8)).

    lvmlocal.conf overrides lvm.conf (lvm.conf(5)); of two assignments in it the last counts (seen with `lvmconfig`
    of LVM 2.03.16, which warns about the first).
    """
    own = image.kept.get(_LVM_LOCAL, b"")
    if not image.kept.get(_DEVICES_FILE, b"").strip() or own.endswith(_NO_DEVICES_FILE):
        return
    said = f"{_DEVICES_FILE} in it: LVM does not look into it, for it names disks of the old platform"
    kept = own if own.endswith(b"\n") or not own else own + b"\n"
    yield Leftover(ExtraFile(_LVM_LOCAL, 0o644, kept + _NO_DEVICES_FILE), said)


Changed = tuple[bytes, str] | None
Change = Callable[[str, bytes, Scope], Changed]


def _as_in_the_root(file_format: Format[Any], step: Step[Any, Any], params: Params) -> Change:
    """Return what edits a copy of one of the root's files as the step of a rule edits that file."""

    def change(path: str, data: bytes, scope: Scope) -> Changed:
        edited = step.run(file_format.parse(data), params, scope, path)
        return file_format.render(edited.document), "; ".join(note.text for note in edited.notes)

    return change


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


def _link(path: str, data: bytes, scope: Scope) -> Changed:
    """An empty .link file is skipped; one without [Match] would be for every card (udev's link-config.c)."""
    name = pinned_name([sections.parse_unit(data)], scope)
    return None if name is None else (b"", f"the name {shown(name)} is no longer bound to one card")


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


_FILTERS: Final = _as_in_the_root(lvm_conf_format.FORMAT, release_filters.ACTION, release_filters.ReleaseFilters())
_ARRAYS: Final = _as_in_the_root(
    mdadm_conf_format.FORMAT, search_partitions.ACTION, search_partitions.SearchPartitions()
)
_ENCRYPTED: Final = _as_in_the_root(crypttab_format.FORMAT, crypttab_by_uuid.ACTION, crypttab_by_uuid.NameByUuid())
_RESUME: Final = _as_in_the_root(
    shell_variables_format.FORMAT,
    variable_by_uuid.ACTION,
    variable_by_uuid.NameByUuid(name="RESUME", type="swap"),
)

_KINDS: Final[tuple[tuple[re.Pattern[str], Change], ...]] = (
    (re.compile(r"etc/cmdline\.d/[^/]+\.conf"), _command_line),
    (re.compile(r"(?:usr/)?(?:etc|lib)/modprobe\.d/[^/]+\.conf|etc/modprobe\.conf"), _modprobe),
    (re.compile(r".*/udev/rules\.d/7[0-9]-persistent-net\.rules"), _persistent_net),
    (re.compile(r".*/systemd/network/[^/]+\.link"), _link),
    (re.compile(r".*/hooks/initqueue/finished/devexists-[^/]+\.sh"), _hook),
    (_UNIT, _device_unit),
    (re.compile(r"config/start\.sh"), _resolved_modules),
    (re.compile(r"etc/lvm/lvm(?:local)?\.conf"), _FILTERS),
    (re.compile(r"etc/mdadm(?:/mdadm)?\.conf"), _ARRAYS),
    (re.compile(r"(?:etc|cryptroot)/crypttab"), _ENCRYPTED),
    (re.compile(r"conf/conf\.d/resume"), _RESUME),
)
