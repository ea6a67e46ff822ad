"""Running programs and saying so: progress on stderr, one line a step, with seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class BuildFailed(Exception):
    """A guest could not be built; the text says what failed and the last words of the program that did."""


@contextmanager
def step(what: str) -> Iterator[None]:
    """Name a step and, after it, its seconds."""
    begin = time.monotonic()
    yield
    print(f"   {time.monotonic() - begin:6.1f} s  {what}", file=sys.stderr, flush=True)


def run(*command: str | Path, stdin: str = "") -> str:
    """Run a program, return what it printed; its output is shown only when it fails."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, input=stdin, capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError as missing:
        raise BuildFailed(f"the program {words[0]} is missing: run tools/install-packages") from missing
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise BuildFailed(f"{' '.join(words)} ended with {done.returncode}:\n{last}")
    return done.stdout


# In front of a program of the guest: nothing of the host's environment reaches it.
CLEAN = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")


def chroot(root: Path, *command: str, stdin: str = "") -> str:
    """Run one of the guest's programs in the guest: allowed here and only here, because the guest is our own."""
    return run("chroot", root, *CLEAN, *command, stdin=stdin)
