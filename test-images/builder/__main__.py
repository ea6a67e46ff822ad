"""The command `test-images/build`: make a guest, or find it in the cache, and print the paths of its disks."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Protocol, TypedDict, cast

from builder import cache
from builder.steps import BuildFailed, step

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parent / "recipes"
IN_NAMESPACE = "GUESTFIX_BUILD_IN_NAMESPACE"


def main() -> int:
    """Parse, build or find in the cache, print what was asked for."""
    parser = argparse.ArgumentParser(prog="test-images/build", description=__doc__)
    parser.add_argument("name", nargs="?", help="the recipe, as --list names it")
    parser.add_argument("--list", action="store_true", help="name the recipes and stop")
    parser.add_argument("--json", action="store_true", help="print all that is known of the guest, as JSON")
    arguments = parser.parse_args()
    names = sorted(path.stem.replace("_", "-") for path in RECIPES.glob("[a-z]*.py"))
    if arguments.list:
        for name in names:
            summary = (_recipe(name).__doc__ or "").splitlines()[0]
            print(f"{name}: {summary}")
        return 0
    if arguments.name not in names:
        parser.error(f"name one of: {', '.join(names)}")
    try:
        folder = built(arguments.name)
    except BuildFailed as failure:
        print(f"test-images/build: {failure}", file=sys.stderr)
        return 3
    known = described(arguments.name, folder)
    print(json.dumps(known, indent=2) if arguments.json else "\n".join(known["images"]))
    return 0


class Guest(TypedDict):
    """What a test must know of a guest; `--json` prints it."""

    name: str
    summary: str
    images: list[str]  # the one with the boot code first
    keys: list[str]  # as `guestfix --key` takes them
    firmware: str
    old_disk: str  # the disk of the machine it comes from, as `guestfix boot --on` names it


def described(name: str, folder: Path) -> Guest:
    """The guest of the recipe `name`, built in `folder`."""
    recipe = _recipe(name)
    return Guest(
        name=name,
        summary=(recipe.__doc__ or "").splitlines()[0],
        images=[str(image) for image in sorted(folder.glob("*.img"), key=lambda image: image.stem)],
        keys=[f"{device}:file:{folder / file}" for device, file in getattr(recipe, "KEYS", {}).items()],
        firmware=getattr(recipe, "FIRMWARE", "bios"),
        old_disk=getattr(recipe, "OLD_DISK", "ahci"),
    )


def built(name: str) -> Path:
    """The folder with the disks of the recipe `name`, from the cache or made now."""
    recipe = RECIPES / f"{name.replace('-', '_')}.py"
    folder = cache.folder() / "guests" / f"{name}-{cache.digest_of([recipe, *sorted(HERE.glob('*.py'))])}"
    if folder.exists():
        return folder
    if os.geteuid() != 0:
        raise BuildFailed("building a guest needs root (loop devices, mounts, chroot); run it once with sudo")
    _enter_mount_namespace()

    def make(unfinished: Path) -> None:
        with step(f"{name}: from recipe to disk"):
            _recipe(name).build(unfinished / "disk.img")
            for image in unfinished.glob("*.img"):
                image.chmod(0o444)

    return cache.published(folder, make)


class Recipe(Protocol):
    """A module of recipes/: its docstring begins with one line on what the guest is.

    It may say FIRMWARE ("uefi"), OLD_DISK ("virtio-blk") and KEYS (device to the file that holds its passphrase,
    written next to the disk); what it does not say is a BIOS, SATA and none.
    """

    __doc__: str | None

    def build(self, disk: Path) -> None:
        """Write the finished raw image to `disk`, which does not exist yet; further disks beside it."""


def _recipe(name: str) -> Recipe:
    if str(RECIPES) not in sys.path:
        sys.path.append(str(RECIPES))
    return cast(Recipe, importlib.import_module(name.replace("-", "_")))


def _enter_mount_namespace() -> None:
    """Start again in a mount namespace of our own: whatever kills the build, no mount is left on the host."""
    if IN_NAMESPACE not in os.environ:
        os.environ[IN_NAMESPACE] = "yes"
        unshare = ["unshare", "--mount", "--propagation", "private"]
        os.execvp(unshare[0], [*unshare, sys.executable, "-m", "builder", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
