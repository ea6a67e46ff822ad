"""The command `test-images/build`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path
from typing import Protocol, cast

from builder import cache
from builder.steps import BuildFailed, step

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parent / "recipes"
IN_NAMESPACE = "GUESTFIX_BUILD_IN_NAMESPACE"


def main() -> int:
    """Parse, build or find in the cache, print the disk's path."""
    parser = argparse.ArgumentParser(prog="test-images/build", description=__doc__)
    parser.add_argument("name", nargs="?", help="the recipe, as --list names it")
    parser.add_argument("--list", action="store_true", help="name the recipes and stop")
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
        print(built(arguments.name))
    except BuildFailed as failure:
        print(f"test-images/build: {failure}", file=sys.stderr)
        return 3
    return 0


def built(name: str) -> Path:
    """The disk of the recipe `name`, from the cache or made now."""
    recipe = RECIPES / f"{name.replace('-', '_')}.py"
    folder = cache.folder() / "guests" / f"{name}-{cache.digest_of([recipe, *sorted(HERE.glob('*.py'))])}"
    disk = folder / "disk.img"
    if disk.exists():
        return disk
    if os.geteuid() != 0:
        raise BuildFailed("building a guest needs root (loop devices, mounts, chroot); run it once with sudo")
    _enter_mount_namespace()

    def make(unfinished: Path) -> None:
        with step(f"{name}: from recipe to disk"):
            _recipe(name).build(unfinished / "disk.img")
            (unfinished / "disk.img").chmod(0o444)

    cache.published(folder, make)
    return disk


class Recipe(Protocol):
    """A module of recipes/: its docstring begins with one line on what the guest is."""

    __doc__: str | None

    def build(self, disk: Path) -> None:
        """Write the finished raw image to `disk`, which does not exist yet."""


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
