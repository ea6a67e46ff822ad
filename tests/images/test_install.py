"""`pip install .` from the source, away from it: rules, templates and the command come along."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.images


def test_an_installed_guestfix_needs_no_source_tree(project: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        place,
        project,
    ]
    subprocess.run(install, check=True, capture_output=True)
    environment = {**os.environ, "PYTHONPATH": str(place)}

    def said(*words: str) -> str:
        command = [sys.executable, "-P", "-m", "guestfix.cli.main", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = "import guestfix; print(guestfix.__file__)"
    found = subprocess.run([sys.executable, "-P", "-c", where], env=environment, capture_output=True, text=True)
    assert found.stdout.startswith(str(place)), "the source tree is looked at, not what was installed"
    assert "linux/fstab" in said("rules", "list")
    assert "ec2-nitro" in said("targets")
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    (root / "etc/fstab").write_text("LABEL=root / ext4 defaults 0 1\n")
    page = tmp_path / "plan.html"
    said("plan", "--root", str(root), "--target", "kvm", "--html", str(page))
    assert "<html" in page.read_text()
    assert (place / "guestfix" / "py.typed").exists()
