"""Does any tool take a kept original for configuration? The real tools are asked where this host has them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from guestfix.originals import fits, original_path, previous_path, staged_path

NAMES = (
    "eth0",
    "ifcfg-eth0",
    "50-cloud-init.yaml",
    "10_linux",
    "70-net.rules",
    "sshd.service",
    "x.conf",
    "vmlinuz-6.1",
)


def kept(folder: Path) -> list[str]:
    """Put files and all the names beside them into `folder`; return those names."""
    made: list[str] = []
    for name in NAMES:
        (folder / name).write_text("")
        for beside in (original_path, staged_path, previous_path):
            path = Path(beside(str(folder / name)))
            path.write_text("")
            path.chmod(0o755)
            made.append(path.name)
    return made


def test_names_are_in_the_same_directory() -> None:
    assert original_path("/etc/fstab") == "/etc/.fstab.guestfix-orig~"
    assert staged_path("/fstab") == "/.fstab.guestfix-new~"
    assert previous_path("/etc/a b") == "/etc/.a b.guestfix-old~"


@pytest.mark.parametrize(("length", "answer"), [(239, True), (240, False)])
def test_the_longest_name(length: int, answer: bool) -> None:
    assert fits("/etc/" + "n" * length) is answer
    assert fits("/etc/" + "é" * (length // 2)) is (length // 2 * 2 <= 239)


@pytest.mark.parametrize(
    "pattern", ["*", "ifcfg-*", "*.yaml", "*.conf", "*.rules", "*.service", "vmlinuz-*", "[a-z]*"]
)
def test_no_shell_pattern_lists_them(tmp_path: Path, pattern: str) -> None:
    made = kept(tmp_path)
    found = subprocess.run(
        ["sh", "-c", f"cd {tmp_path} && ls -d {pattern}"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not set(found) & set(made)
    assert found


def test_the_expression_of_red_hat_s_network_scripts_drops_them(tmp_path: Path) -> None:
    """initscripts, network-functions: __sed_discard_ignored_files."""
    made = kept(tmp_path)
    expression = r"/\(~\|\.bak\|\.old\|\.orig\|\.rpmnew\|\.rpmorig\|\.rpmsave\)$/d"
    found = subprocess.run(
        ["sed", "-e", expression],
        input="\n".join([*made, "ifcfg-eth0"]),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert found == ["ifcfg-eth0"]


def test_run_parts_passes_them_over(tmp_path: Path) -> None:
    if shutil.which("run-parts") is None:
        pytest.skip("no run-parts here: it is Debian's debianutils")
    kept(tmp_path)
    (tmp_path / "eth0").chmod(0o755)
    found = subprocess.run(
        ["run-parts", "--list", str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {Path(path).name for path in found} == {"eth0", "ifcfg-eth0", "10_linux"}


@pytest.mark.parametrize("source", ["source {}/interfaces.d/*", "source-directory {}/interfaces.d"])
def test_ifupdown_does_not_source_them(tmp_path: Path, source: str) -> None:
    """`source interfaces.d/*`, which Debian installs, does read `eth7.guestfix-orig~`; a leading dot hides it."""
    if shutil.which("ifquery") is None:
        pytest.skip("no ifquery here: it is Debian's ifupdown")
    folder = tmp_path / "interfaces.d"
    folder.mkdir()
    (folder / "eth0").write_text("auto eth0\niface eth0 inet dhcp\n")
    Path(original_path(str(folder / "eth0"))).write_text("auto eth7\niface eth7 inet dhcp\n")
    main = tmp_path / "interfaces"
    main.write_text(source.format(tmp_path) + "\n")
    found = subprocess.run(
        ["ifquery", "--list", "-i", str(main), "--state-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(found) - {"lo"} == {"eth0"}


def test_systemd_knows_no_such_unit(tmp_path: Path) -> None:
    if shutil.which("systemctl") is None:
        pytest.skip("no systemctl here")
    units = tmp_path / "etc" / "systemd" / "system"
    units.mkdir(parents=True)
    (units / "kept.service").write_text("[Service]\nExecStart=/bin/true\n")
    Path(original_path(str(units / "kept.service"))).write_text("[Service]\nExecStart=/bin/false\n")
    found = subprocess.run(
        ["systemctl", f"--root={tmp_path}", "list-unit-files", "--no-legend", "--no-pager"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "kept.service" in found
    assert "guestfix" not in found


def test_grub_mkconfig_s_loop_passes_them_over(tmp_path: Path) -> None:
    """The loop over /etc/grub.d of grub-mkconfig 2.06, with its own words."""
    kept(tmp_path)
    script = f'for i in {tmp_path}/* ; do case "$i" in *~) ;; */\\#*\\#) ;; *) echo "$i" ;; esac ; done'
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert "guestfix" not in found
    assert "10_linux" in found
