"""`guestfix boot`: the proof."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from guestfix.boot.hardware import Disk, Firmware, Hardware, Nic
from guestfix.boot.proof import prove
from guestfix.bootable import bootable, usual_devices
from guestfix.cli import options
from guestfix.cli.context import Terminal, knowledge_of
from guestfix.errors import UsageError
from guestfix.progress import Progress
from guestfix.report.verdict_text import verdict_data, verdict_page
from guestfix.rules.target import Hardware as Devices
from guestfix.rules.target import Target
from guestfix.sources import Images

On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DISK/NIC",
        help="Other hardware than the target's first: virtio-scsi/virtio-net, ahci/e1000.",
    ),
]
FirmwareOption = Annotated[
    str | None,
    typer.Option(
        "--firmware", metavar="bios|uefi", help="Which firmware starts it (default: the one its disk is made for)."
    ),
]
Timeout = Annotated[float | None, typer.Option("--timeout", metavar="SECONDS", help="Give up after this long.")]
Keep = Annotated[
    Path | None,
    typer.Option("--keep", metavar="DIR", help="Keep the serial log, a screenshot and the network capture there."),
]
Memory = Annotated[int, typer.Option("--memory", metavar="MIB", help="Memory of the machine.")]


class HardwareUnknown(UsageError):
    """No such hardware for a proof."""

    code = "GF-BOOT-HARDWARE"


def command(
    images: options.Images = None,
    target: options.TargetId = None,
    on: On = None,
    firmware: FirmwareOption = None,
    timeout: Timeout = None,
    keep: Keep = None,
    memory: Memory = 1024,
    image_format: options.Format = None,
    allow_backing: options.AllowBacking = None,
    rules: options.RuleFolders = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Boot the guest on hardware like the target's, in QEMU, and wait until its SSH server answers.

    The image is not written: the guest runs on an overlay that is thrown away, on a network of its own. Exit
    status 0 only if it answered at an address from DHCP; 1 otherwise, with the stage reached and the reason.
    """
    terminal = Terminal(json=as_json, quiet=quiet, verbose=verbose)
    if not images:
        raise UsageError("no disk image was given", hint="name the images of one guest, the one that boots first")
    chosen = knowledge_of(rules).target(options.required_target(target))
    source = Images(tuple(images), format=image_format, allow_backing=tuple(allow_backing or ()))
    with bootable(source) as guest:
        hardware = hardware_of(chosen, on, firmware, guest.firmware, memory)
        verdict = prove(
            guest.disks, hardware, timeout_s=timeout, keep=keep, progress=Progress(terminal.listener).stage
        )
    if as_json:
        terminal.data(verdict_data(verdict))
    else:
        terminal.page(verdict_page(verdict))
    if not verdict.answered:
        raise typer.Exit(1)


def hardware_of(
    target: Target, on: str | None, asked: str | None, suited: Firmware | None, memory_mib: int
) -> Hardware:
    """Return the machine; `suited` is the firmware that the guest is made for. Raises HardwareUnknown."""
    firmware = asked or suited or target.firmware[0]
    if firmware not in target.firmware:
        raise HardwareUnknown(
            f"{target.id} has no {firmware} firmware" + ("" if asked else ", and the guest is made for it"),
            hint=f"it has {' and '.join(target.firmware)}",
        )
    try:
        proof = (
            usual_devices(target, firmware)
            if on is None
            else Devices.model_validate(dict(zip(("disk", "nic"), on.split("/"), strict=True)))
        )
    except ValueError as problem:
        raise HardwareUnknown(
            f"there is no hardware {on} to boot on",
            hint=f"DISK/NIC, with a disk of {', '.join(get_args(Disk))} and a card of {', '.join(get_args(Nic))}",
        ) from problem
    return Hardware(
        disk=proof.disk,
        nic=proof.nic,
        firmware="uefi" if firmware == "uefi" else "bios",
        memory_mib=memory_mib,
        not_emulated=target.not_emulated,
    )
