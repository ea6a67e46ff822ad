"""Options that several commands share, each declared once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from guestfix import sources
from guestfix.errors import UsageError
from guestfix.operations import Knowledge
from guestfix.sources import Destination


def _target_names(incomplete: str) -> list[str]:
    """Complete what a shell asks for: the targets that we come with."""
    return [name for name in Knowledge.load().targets if name.startswith(incomplete)]


Images = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="IMAGE...", help="Disk images of one guest, in the order of its disks.", show_default=False
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="Format of all images: raw, qcow2, vmdk, vpc (VHD) or vhdx. Without it their headers are looked at; "
        "a guest can fake the header of a raw image, so say raw where you know it is.",
    ),
]
AllowBacking = Annotated[
    list[Path] | None,
    typer.Option(
        "--allow-backing",
        metavar="DIR",
        help="Folder from which backing files, data files and VMDK extents may be opened. May be repeated.",
    ),
]
RootDevice = Annotated[
    str | None,
    typer.Option("--root-device", metavar="DEVICE", help="Which operating system, where the images hold several."),
]
RootDirectory = Annotated[
    Path | None,
    typer.Option(
        "--root",
        metavar="DIR",
        help="Work on a guest that is mounted at DIR instead of on images. No link leads out of it.",
    ),
]
TargetId = Annotated[
    str | None,
    typer.Option(
        "--target",
        "-t",
        metavar="TARGET",
        help="Where the guest goes: see `guestfix targets`.",
        autocompletion=_target_names,
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="DEVICE:file:PATH",
        help="Passphrase of an encrypted device: DEVICE as `inspect` names it, a LUKS UUID, or `all`. Also "
        "DEVICE:key:PASSPHRASE, which other users of this host can see. May be repeated.",
    ),
]
RuleFolders = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="DIR", help="Folder with rules and targets of your own. May be repeated."),
]
Skip = Annotated[
    list[str] | None,
    typer.Option("--skip", metavar="RULE", help="Switch a rule off: an id, or a pattern such as 'linux/*'."),
]
Only = Annotated[list[str] | None, typer.Option("--only", metavar="RULE", help="Run these rules and no others.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Change a setting of the rules: see `guestfix rules list`."),
]
Policy = Annotated[
    Path | None,
    typer.Option(
        "--policy", metavar="FILE", help="Waive, raise or lower findings as this file says: see docs/policy.md."
    ),
]
AllowUnknown = Annotated[
    bool,
    typer.Option(
        "--allow-unknown",
        help="Work on a distribution that no rule knows, if its parts are known: --set allow_unknown=true.",
    ),
]
Drivers = Annotated[
    Path | None,
    typer.Option(
        "--drivers",
        "--driver-dir",
        metavar="DIR",
        help="Folder with drivers that the guest lacks: modules of exactly one kernel in DIR/VERSION/ or "
        "DIR/lib/modules/VERSION/; for Windows packages with INF files, such as virtio-win.",
    ),
]
FirstBoot = Annotated[
    Path | None,
    typer.Option(
        "--first-boot",
        metavar="DIR",
        help="For Windows: folder with scripts (.cmd, .bat, .ps1) that its first start runs once, as SYSTEM, in "
        "the order of their names, and files that they need.",
    ),
]
Nics = Annotated[
    list[str] | None,
    typer.Option(
        "--nic",
        metavar="OLDMAC=NEWMAC",
        help="With --set network=keep: the card of the target that takes over the settings of an old one. May be "
        "repeated.",
    ),
]
Accelerate = Annotated[
    str,
    typer.Option("--accel", metavar="auto|kvm|tcg", help="Use KVM, emulate (tcg), or find out what works (auto)."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; only the result.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Progress in a pipe too, and every reason.")]
Outputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the result to a new image, qcow2 or raw by suffix (.qcow2, .raw, .img), and leave the given "
        "one as it is. Once for each image, in their order.",
    ),
]
InPlace = Annotated[
    bool,
    typer.Option(
        "--in-place",
        help="Write straight into the images, without a copy-on-write overlay. Journalled inside the guest all "
        "the same: a killed run is taken back by the next one.",
    ),
]


def required_target(target: str | None) -> str:
    """Return the target, which `--schema` can do without and everything else cannot. Raises UsageError."""
    if target is None:
        raise UsageError("no target was given", hint="say where the guest goes: --target, see `guestfix targets`")
    return target


def name_of(images: Sequence[Path] | None, root: Path | None) -> str:
    """Return what a report calls the guest."""
    return ", ".join(path.name for path in images) if images else str(root)


def destination(
    outputs: Sequence[Path] | None, *, in_place: bool, root: Path | None, overwrite: bool = False
) -> Destination:
    """Return where the result goes: into a mounted `root` itself. Raises UsageError for two places at once."""
    if outputs and root is not None:
        raise UsageError(
            "--output writes images, and a mounted root is none",
            hint="leave it out: --root is written in place, and `guestfix revert --root` takes it back",
        )
    if outputs and in_place:
        raise UsageError(
            "--output and --in-place exclude each other", hint="--output leaves the given images alone"
        )
    if outputs:
        return sources.Output(tuple(outputs), overwrite=overwrite)
    return sources.InPlace() if in_place or root is not None else sources.Commit()


def with_unknown(settings: Sequence[str] | None, *, allowed: bool) -> list[str]:
    """Return the settings with that of `--allow-unknown` among them."""
    return [*(settings or ()), *(["allow_unknown=true"] if allowed else [])]
