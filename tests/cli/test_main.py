"""The command as a shell sees it: words, exit status, streams. What needs disks is in tests/images/."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from guestfix.cli.main import main
from guestfix.operations import Knowledge

FSTAB = "/dev/sda1 / ext4 defaults 0 1\n.host:/ /mnt/hgfs vmhgfs defaults 0 0\n"


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which has loaded it already."""
    out, err = io.StringIO(), io.StringIO()
    command = ["guestfix", *map(str, words)]
    status = 0
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "argv", command)
        try:
            main()
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 0
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A guest that somebody mounted."""
    guest = tmp_path / "guest"
    (guest / "etc").mkdir(parents=True)
    (guest / "etc/os-release").write_text("ID=debian\nVERSION_ID=12\n")
    (guest / "etc/fstab").write_text(FSTAB)
    return guest


def test_version_and_help_say_what_is_needed_first() -> None:
    assert run("--version").stdout.startswith("guestfix 0.")
    said = run("--help").stdout
    assert "\n      guestfix plan    disk.qcow2 --target ec2-nitro\n" in said
    assert "Exit status: 0 done; 1 findings" in said
    assert "..." not in said.partition("Commands:")[2], "a summary is cut off"


def test_every_command_explains_itself() -> None:
    for name in ("inspect", "plan", "apply", "revert", "boot", "explain", "rules", "targets"):
        done = run(name, "--help")
        assert (done.returncode, done.stderr) == (0, "")
        assert "--help" in done.stdout


def test_wrong_usage_is_2_and_names_what_is_right() -> None:
    done = run("apply")
    assert done.returncode == 2
    assert "no disk image was given" in done.stderr
    assert run("aply").returncode == 2
    assert run("plan", "x", "--acel", "kvm").returncode == 2


@pytest.mark.parametrize(
    "said", ["--format raw", "--allow-backing /x", "--root-device /dev/sda2", "--key all:file:/k"]
)
def test_what_is_for_images_is_not_passed_over_with_a_mounted_root(root: Path, said: str) -> None:
    done = run("plan", "--root", root, "--target", "kvm", *said.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{said.split()[0]} is for images" in done.stderr


@pytest.mark.parametrize("command", [("apply", "--target", "kvm"), ("revert",)])
def test_a_mounted_root_is_not_written_to_an_image(root: Path, command: tuple[str, ...]) -> None:
    done = run(*command, "--root", root, "--output", "new.qcow2")
    assert done.returncode == 2
    assert "--output writes images" in done.stderr


def test_an_empty_folder_is_no_guest_that_needs_nothing(tmp_path: Path) -> None:
    for command in ("plan", "apply"):
        done = run(command, "--root", tmp_path, "--target", "kvm")
        assert done.returncode == 1
        assert "[GF-OS-NOTHING]" in done.stdout
    assert "holds no loader" not in run("inspect", "--root", tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


def test_a_journal_without_a_place_says_where_to_look(root: Path) -> None:
    (root / "var/lib").mkdir(parents=True)
    (root / "var/lib/guestfix").touch()
    done = run("apply", "--root", root, "--target", "kvm", "--force")
    assert done.returncode == 1
    assert "[GF-JOURNAL-IMPOSSIBLE]" in done.stderr
    assert "next: look what is in the place of the folder /var/lib/guestfix/journal" in done.stderr


def test_a_life_on_a_mounted_root(root: Path) -> None:
    facts = json.loads(run("inspect", "--root", root, "--json").stdout)
    assert facts["os"]["distribution"] == "debian"

    plan = run("plan", "--root", root, "--target", "kvm", "--json")
    changes = json.loads(plan.stdout)["changes"]
    assert [change["path"] for change in changes] == ["/etc/fstab"]
    identity = json.loads(plan.stdout)["identity"]

    refused = run("apply", "--root", root, "--target", "kvm", "--approve", "0" * 12)
    assert (refused.returncode, "GF-APPLY-NOT-APPROVED" in refused.stderr) == (1, True)
    assert (root / "etc/fstab").read_text() == FSTAB

    done = run("apply", "--root", root, "--target", "kvm", "--approve", identity[:12])
    assert done.returncode == 0, done.stderr
    assert "#guestfix# .host:/" in (root / "etc/fstab").read_text()
    assert (root / "etc/.fstab.guestfix-orig~").read_text() == FSTAB
    assert json.loads(run("plan", "--root", root, "--target", "kvm", "--json").stdout)["changes"] == []

    assert f"To take it back: guestfix revert --root {root}\n" in done.stdout
    assert run("revert", "--root", root).returncode == 0
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["fstab", "os-release"]
    assert (root / "etc/fstab").read_text() == FSTAB
    nothing = run("revert", "--root", root)
    assert (nothing.returncode, "GF-REVERT-NOTHING" in nothing.stderr) == (1, True)


def made_for(root: Path, machine: int, bits: int) -> None:
    """Put a program for one kind of processor into the guest: the header of an ELF file is all that is read."""
    (root / "bin").mkdir(exist_ok=True)
    (root / "bin/sh").write_bytes(b"\x7fELF" + bytes([bits // 32, 1]) + bytes(12) + machine.to_bytes(2, "little"))


def verdicts(root: Path, *targets: str) -> tuple[int, dict[str, str]]:
    done = run("inspect", "--root", root, *(word for each in targets for word in ("--target", each)), "--json")
    assert done.stderr == ""
    found = json.loads(done.stdout)["assessments"]
    return done.returncode, {each["target"]: each["verdict"] for each in found}


def test_inspect_ends_with_1_only_if_every_target_refuses(root: Path) -> None:
    made_for(root, 62, 64)
    assert verdicts(root, "kvm") == (0, {"kvm": "unknown"})
    made_for(root, 3, 32)
    assert verdicts(root, "ec2-nitro") == (1, {"ec2-nitro": "refused"})
    assert verdicts(root, "ec2-nitro", "kvm") == (0, {"ec2-nitro": "refused", "kvm": "unknown"})


def test_inspect_on_all_targets_is_a_matrix(root: Path) -> None:
    made_for(root, 3, 32)
    status, found = verdicts(root, "all")
    assert status == 0
    assert list(found) == list(Knowledge.load().targets)
    assert set(found.values()) == {"refused", "unknown"}
    text = run("inspect", "--root", root, "--target", "all").stdout
    for target, verdict in found.items():
        assert [line for line in text.splitlines() if line.split()[:2] == [target, verdict]], target

    made_for(root, 183, 64)
    status, found = verdicts(root, "all")
    assert (status, set(found.values())) == (1, {"refused"})


def test_a_refusal_says_why_and_what_to_do(root: Path) -> None:
    made_for(root, 183, 64)
    said = run("inspect", "--root", root, "--target", "ec2-nitro")
    assert said.returncode == 1
    assert "refused" in said.stdout
    assert "GF-OS-REFUSED" in said.stdout
    assert "choose a target with machines of this kind" in said.stdout


def test_a_pipe_gets_the_result_and_no_progress(root: Path) -> None:
    done = run("plan", "--root", root, "--target", "kvm")
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert "stage" not in done.stdout
    verbose = run("plan", "--root", root, "--target", "kvm", "--verbose")
    assert "inspect" in verbose.stderr


def test_an_error_is_json_where_json_was_asked_for(tmp_path: Path) -> None:
    done = run("inspect", tmp_path / "nothing.img", "--json")
    error = json.loads(done.stderr)["error"]
    assert (done.returncode, error["code"], bool(error["hint"])) == (2, "GF-IMAGE-NOT-FOUND", True)
    assert done.stdout == ""


def test_a_missing_libguestfs_is_the_hosts_matter(tmp_path: Path) -> None:
    """Exit status 3, and the names of the packages; `-S`-like: a path on which no guestfs is."""
    image = tmp_path / "disk.img"
    with image.open("wb") as file:
        file.truncate(1 << 20)
    subprocess.run(["mke2fs", "-q", "-F", image], check=True)
    (tmp_path / "guestfs.py").write_text("raise ImportError('not here')\n")
    command: list[str | Path] = [sys.executable, "-m", "guestfix.cli.main", "inspect", image]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 3
    assert "python3-guestfs" in done.stderr


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m guestfix.cli.main rules reference | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_shell_completes_commands_and_targets() -> None:
    """As the script that `--install-completion` installs asks for it."""

    def completed(words: str, at: int) -> list[str]:
        asked = {"_GUESTFIX_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        program = Path(sys.executable).with_name("guestfix")
        done = subprocess.run([program], capture_output=True, text=True, check=False, env=os.environ | asked)
        return done.stdout.split()

    assert completed("guestfix re", 1) == ["revert"]
    assert {"ec2-nitro", "ec2-xen"} <= set(completed("guestfix plan disk.img --target ec2", 4))


@pytest.mark.parametrize("what", ["inspect", "plan"])
def test_the_json_schema_is_published(what: str) -> None:
    schema = json.loads(run(what, "--schema").stdout)
    assert schema["properties"]["schema_version"]["const"] == 1
