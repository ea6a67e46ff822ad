"""What every command needs: where to print, how to say where the work is, how to end."""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any, cast

from rich.console import Console

from guestfix.codes.of_rules import of_rules
from guestfix.codes.of_source import of_source
from guestfix.disk_keys import parse_key
from guestfix.errors import GuestfixError, UsageError
from guestfix.guest.directory_reader import DirectoryReader
from guestfix.guest.errors import RootNotUsable
from guestfix.operations import Knowledge
from guestfix.policy import load as load_policy
from guestfix.progress import Cancel, Listener
from guestfix.report.errors_text import error_page
from guestfix.report.page import Page
from guestfix.report.progress import progress_listener
from guestfix.report.terminal import show
from guestfix.sources import Accel, Images, RootDirectory, Source
from guestfix.untrusted import shown

ACCELERATORS = ("auto", "kvm", "tcg")
DRIVERS_HOLD = "a folder that holds VERSION/*.ko or lib/modules/VERSION/; for Windows one with INF files"


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where results and progress go."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False

    def page(self, page: Page) -> None:
        """Print a page on standard output."""
        show(Console(highlight=False, soft_wrap=True), page)

    def data(self, value: Any) -> None:
        """Print a value as JSON on standard output."""
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=True, sort_keys=False) + "\n")

    @property
    def listener(self) -> Listener | None:
        """Who is told each stage, on standard error; None in a pipe and with --quiet."""
        return progress_listener(sys.stderr, quiet=self.quiet, verbose=self.verbose)


def complain(error: GuestfixError, *, as_json: bool = False) -> None:
    """Print an error on standard error, as advice for a person or as JSON."""
    if as_json:
        said = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        sys.stderr.write(json.dumps(said, ensure_ascii=True) + "\n")
    else:
        show(Console(stderr=True, highlight=False, soft_wrap=True), error_page(error))


@contextmanager
def cancelling() -> Iterator[Cancel]:
    """Turn the first Ctrl-C or SIGTERM into an orderly stop; a second one interrupts at once."""
    token = Cancel()

    def ask(number: int, frame: FrameType | None) -> None:
        if token.asked:
            raise KeyboardInterrupt
        token.cancel()
        sys.stderr.write("stopping in order; once more to stop at once\n")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield token
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def source_of(
    images: Sequence[Path] | None,
    *,
    image_format: str | None = None,
    allow_backing: Sequence[Path] | None = None,
    root: Path | None = None,
    root_device: str | None = None,
    keys: Sequence[str] | None = None,
    accel: str = "auto",
) -> Source:
    """Return the source that these options name. Raises UsageError for none, or for both kinds mixed."""
    if accel not in ACCELERATORS:
        raise UsageError(f"--accel takes {', '.join(ACCELERATORS)}, not {accel}", hint="auto finds out what works")
    if root is not None:
        if images:
            raise UsageError(
                "give images or --root DIR, not both", hint="--root is for a guest that is mounted already"
            )
        of_images = {
            "--format": image_format,
            "--allow-backing": allow_backing,
            "--root-device": root_device,
            "--key": keys,
        }
        if said := [option for option, value in of_images.items() if value]:
            raise UsageError(
                f"{said[0]} is for images, and says nothing about a mounted root",
                hint=f"leave it out, or give the images in place of --root {shown(str(root))}",
            )
        return RootDirectory(root)
    if not images:
        raise UsageError(
            "no disk image was given",
            hint="name the images of one guest, in the order of its disks; or --root DIR",
        )
    return Images(
        tuple(images),
        format=image_format,
        allow_backing=tuple(allow_backing or ()),
        root_device=root_device,
        keys=tuple(parse_key(key) for key in keys or ()),
        accelerator=cast("Accel", accel),
    )


def knowledge_of(
    folders: Sequence[Path] | None = None,
    *,
    only: Sequence[str] | None = None,
    skip: Sequence[str] | None = None,
    settings: Sequence[str] | None = None,
    policy: Path | None = None,
    drivers: Path | None = None,
    first_boot: Path | None = None,
    nics: Sequence[str] | None = None,
) -> Knowledge:
    """Return the rules, targets, policy and supplies that these options choose. Raises UsageError and more."""
    values: dict[str, object] = {}
    for text in settings or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise UsageError(
                f"--set takes NAME=VALUE, not {text}", hint="guestfix rules list --settings shows the names"
            )
        values[name] = value
    knowledge = Knowledge.load(
        tuple(folders or ()), only=tuple(only or ()), skip=tuple(skip or ()), settings=values
    )
    if drivers is not None:
        reader = folder_of("--drivers", drivers, DRIVERS_HOLD)
        knowledge = replace(knowledge, supplies=replace(knowledge.supplies, drivers=reader))
    if first_boot is not None:
        reader = folder_of("--first-boot", first_boot, "a folder that holds .cmd, .bat and .ps1 files")
        knowledge = replace(knowledge, supplies=replace(knowledge.supplies, scripts=reader))
    if nics:
        supplies = replace(knowledge.supplies, cards=tuple(map(cards_of, nics)))
        knowledge = replace(knowledge, supplies=supplies)
    if policy is None:
        return knowledge
    codes = [each.code for each in (*of_rules(knowledge.rules), *of_source())]
    return replace(knowledge, policy=load_policy(policy, codes))


def cards_of(text: str) -> tuple[str, str]:
    """Return old and new MAC of `OLDMAC=NEWMAC`, in lower case with colons. Raises UsageError."""
    macs = [each.lower().replace("-", ":") for each in text.split("=")]
    if len(macs) != 2 or not all(re.fullmatch("(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", mac) for mac in macs):
        raise UsageError(
            f"--nic takes OLDMAC=NEWMAC, not {shown(text)}",
            hint="for example --nic 00:50:56:aa:bb:cc=02:11:22:33:44:55",
        )
    return macs[0], macs[1]


def folder_of(option: str, folder: Path, holds: str) -> DirectoryReader:
    """Return the folder that an option names, open until the program ends; no link leads out of it.

    Raises UsageError.
    """
    try:
        return DirectoryReader(folder)
    except RootNotUsable as error:
        raise UsageError(
            f"{option} names {shown(str(folder))}, which is no folder that can be read", hint=holds
        ) from error
