"""Fixtures that every test may use."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
def described(project: Path) -> Callable[[str], dict[str, Any]]:
    """Return what a guest of test-images/ is; the first use builds it."""
    if os.geteuid() != 0:
        pytest.skip("building guests needs root")

    def describe(name: str) -> dict[str, Any]:
        command: list[str | Path] = [project / "test-images" / "build", "--json", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        known: dict[str, Any] = json.loads(done.stdout)
        return known

    return describe


@pytest.fixture(scope="session")
def built(described: Callable[[str], dict[str, Any]]) -> Callable[[str], Path]:
    """Return the first disk of a guest of test-images/; the first use builds it."""
    return lambda name: Path(described(name)["images"][0])


@pytest.fixture(scope="session")
def vmware_guest(built: Callable[[str], Path]) -> Path:
    """The disk of a Debian 12 as it comes out of VMware. Not to be written."""
    return built("debian-12-vmware")
