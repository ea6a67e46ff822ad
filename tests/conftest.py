"""Fixtures that every test may use."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# A loaded machine is no defect: several of these tests may run beside a build.
settings.register_profile("guestfix", deadline=None)
settings.load_profile("guestfix")

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def project() -> Path:
    """The root of the source tree."""
    return PROJECT


@pytest.fixture(scope="session")
def corpora(project: Path) -> Path:
    """Files that others wrote; GUESTFIX_CORPORA names the folder, it is not part of the project."""
    folder = Path(os.environ.get("GUESTFIX_CORPORA", project.parent / "shared" / "corpora"))
    if not folder.is_dir():
        pytest.skip(f"no outside test data at {folder}: set GUESTFIX_CORPORA")
    return folder


@pytest.fixture(scope="session")
def built(project: Path) -> Callable[[str], Path]:
    """Return the disk of a guest of test-images/; the first use builds it."""
    if os.geteuid() != 0:
        pytest.skip("building guests needs root")

    def build(name: str) -> Path:
        done = subprocess.run([project / "test-images" / "build", name], stdout=subprocess.PIPE, check=True)
        return Path(done.stdout.decode().strip())

    return build


@pytest.fixture(scope="session")
def vmware_guest(built: Callable[[str], Path]) -> Path:
    """The disk of a Debian 12 as it comes out of VMware. Not to be written."""
    return built("debian-12-vmware")
