"""The plan in docs/windows.md is what `guestfix plan` prints."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from guestfix.cli.main import app

from ..windows_versions import VERSIONS, files_of

COMMAND = "$ guestfix plan --root /mnt/server --target azure\n"
CUT = "  [...]\n"


@pytest.mark.corpora
def test_the_plan_in_the_docs_is_what_is_printed(project: Path, corpora: Path, tmp_path: Path) -> None:
    root = tmp_path / "server"
    for path, file in files_of(next(each for each in VERSIONS if each.name == "2022"), corpora).items():
        (root / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (root / path.lstrip("/")).write_bytes(file.data)
    done = CliRunner().invoke(app, ["plan", "--root", str(root), "--target", "azure"], env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    rest = done.output.replace(str(root), "/mnt/server")
    shown = (project / "docs/windows.md").read_text().partition(COMMAND)[2].partition("```")[0]
    for piece in filter(None, shown.split(CUT)):
        assert piece in rest, f"not printed, or not in this order:\n{piece}"
        rest = rest.partition(piece)[2]
