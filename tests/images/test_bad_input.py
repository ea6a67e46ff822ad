"""Bad input, as a person gives it to the command: one code, one sentence, one next step, and nothing is lost."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import MIB, SMALL_TREE, MakeGuest, copy_of, digest, disk_of, file_system

pytestmark = [pytest.mark.appliance, pytest.mark.images]

GUESTFIX = (sys.executable, "-m", "guestfix.cli.main")


@dataclass(frozen=True)
class Said:
    """What one run of the command came to."""

    status: int
    out: str
    err: str

    @property
    def code(self) -> str:
        """The code of the one error, which has a sentence before it and a next step below it."""
        lines = self.err.strip().split("\n")
        assert lines[0].startswith("error: ")
        assert lines[0].endswith("]")
        assert lines[1].startswith("  next: ")
        assert "Traceback" not in self.err
        return lines[0].rpartition("[")[2].rstrip("]")


def run(*words: str | Path) -> Said:
    done = subprocess.run([*GUESTFIX, *map(str, words)], capture_output=True, check=False)
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def planned(image: Path, target: str = "kvm") -> tuple[int, dict[str, list[str]], set[str]]:
    """Plan for `target`; return the exit status, codes to the paths that they name, and the changed paths."""
    said = run("plan", image, "--target", target, "--json")
    plan = json.loads(said.out)
    codes: dict[str, list[str]] = {}
    for finding in plan["findings"]:
        codes.setdefault(finding["code"], []).extend(each["path"] for each in finding["evidence"])
    return said.status, codes, {change["path"] for change in plan["changes"]}


def empty(path: Path) -> None:
    path.touch()


def noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 4096)


def cut_qcow2(path: Path) -> None:
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", path, "1G"], check=True)
    with path.open("r+b") as file:
        file.truncate(100_000)


def with_backing_file(path: Path) -> None:
    below = path.with_name("below.qcow2")
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", below, "1G"], check=True)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-b", below, "-F", "qcow2", path], check=True)


def an_archive(path: Path) -> None:
    path.write_bytes(gzip.compress(bytes(MIB)))


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [
        (lambda path: None, 2, "GF-IMAGE-NOT-FOUND"),
        (Path.mkdir, 2, "GF-IMAGE-NOT-A-FILE"),
        (empty, 1, "GF-IMAGE-EMPTY"),
        (noise, 1, "GF-DISK-NOT-A-DISK"),
        (cut_qcow2, 1, "GF-IMAGE-DAMAGED"),
        (with_backing_file, 1, "GF-IMAGE-BACKING-REFUSED"),
        (an_archive, 1, "GF-IMAGE-UNSUPPORTED"),
    ],
)
def test_what_is_no_disk_is_said_before_anything_is_started(
    make: Callable[[Path], None], status: int, code: str, tmp_path: Path
) -> None:
    image = tmp_path / "web1.img"
    make(image)
    before = sorted(tmp_path.iterdir())
    begin = time.monotonic()
    for words in (["inspect"], ["apply", "--target", "kvm"], ["revert"]):
        said = run(words[0], image, *words[1:])
        assert (said.status, said.code, said.out) == (status, code, "")
    assert time.monotonic() - begin < 60, "an appliance was started for it"
    assert sorted(tmp_path.iterdir()) == before


def test_a_backing_file_loop(tmp_path: Path) -> None:
    first, second = tmp_path / "a.qcow2", tmp_path / "b.qcow2"
    for image, below in ((first, second), (second, first)):
        create: list[str | Path] = ["qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", below, "-F", "qcow2"]
        create += [image, "1G"]
        subprocess.run(create, check=True)
    assert run("inspect", first, "--allow-backing", tmp_path).code == "GF-IMAGE-CHAIN-LOOP"


def test_wrong_words(tmp_path: Path, small_guest: MakeGuest) -> None:
    image = small_guest()
    cases: list[tuple[list[str | Path], str]] = [
        (["apply", image], "GF-USAGE"),
        (["apply", image, "--target", "ec2-nitor"], "GF-TARGET-UNKNOWN"),
        (["inspect", image, "--format", "vdi"], "GF-IMAGE-FORMAT-UNKNOWN"),
        (["inspect", image, "--format", "qcow2"], "GF-IMAGE-FORMAT-MISMATCH"),
        (["plan", image, "--target", "kvm", "--skip", "linux/fstap"], "GF-RULES-UNKNOWN-RULE"),
        (["plan", image, "--target", "kvm", "--set", "boot_menu_secs=3"], "GF-RULES-SETTING"),
        (["plan", image, "--target", "kvm", "--rules", tmp_path / "nowhere"], "GF-RULES-FOLDER"),
        (["apply", image, "--target", "kvm", "--output", tmp_path / "x.vmdk"], "GF-OUTPUT-UNSUITABLE"),
        (["boot", image, "--target", "kvm", "--on", "floppy/modem"], "GF-BOOT-HARDWARE"),
    ]
    for words, code in cases:
        said = run(*words)
        assert (said.status in (1, 2), said.code) == (True, code)
    assert "did you mean ec2-nitro" in run("apply", image, "--target", "ec2-nitor").err


def test_an_image_in_use(small_guest: MakeGuest) -> None:
    """By a virtual machine, and by another guestfix."""
    image = small_guest()
    node = json.dumps({"driver": "raw", "node-name": "d", "file": {"driver": "file", "filename": str(image)}})
    command = ["qemu-system-x86_64", "-accel", "tcg", "-display", "none", "-nodefaults", "-blockdev", node]
    command += ["-device", "virtio-blk-pci,drive=d", "-monitor", "stdio"]
    machine = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert machine.stdout is not None
        machine.stdout.readline()
        said = run("apply", image, "--target", "kvm")
        assert (said.status, said.code) == (1, "GF-IMAGE-LOCKED")
    finally:
        machine.kill()
        machine.communicate()


def test_one_image_in_the_place_of_another_guests(small_guest: MakeGuest) -> None:
    """Two images with an operating system each: a person must say which, and can."""
    first = small_guest("first.img")
    second = small_guest("second.img", tree={"/etc/os-release": "ID=ubuntu\nVERSION_ID=22.04\n"})
    said = run("inspect", first, second)
    assert (said.status, said.code) == (1, "GF-SEVERAL-OS")
    assert "/dev/sda1" in said.err
    assert "/dev/sdb1" in said.err
    assert "--root-device" in said.err
    chosen = json.loads(run("inspect", first, second, "--root-device", "/dev/sdb1", "--json").out)
    assert (chosen["os"]["distribution"], chosen["os"]["root"]) == ("ubuntu", "/dev/sdb1")


def test_no_operating_system(small_guest: MakeGuest) -> None:
    nothing: Mapping[str, None] = dict.fromkeys(SMALL_TREE)
    image = small_guest(tree={**nothing, "/data/numbers.csv": "1;2\n"})
    said = run("inspect", image)
    assert (said.status, said.code) == (1, "GF-NO-OS")


def test_a_file_system_without_a_partition_table(tmp_path: Path) -> None:
    """As a container's or a cloud's flat disk: that is a guest like any other."""
    image = tmp_path / "flat.img"
    file_system(image, {**SMALL_TREE, "/etc/fstab": "/dev/vda / ext4 defaults 0 1\n"})
    facts = json.loads(run("inspect", image, "--json").out)
    assert facts["images"][0]["table"] == "none"
    assert facts["os"]["root"] == "/dev/sda"


CURSED: Mapping[str, str | bytes] = {
    **SMALL_TREE,
    "/etc/fstab": b"/dev/sda1 / ext4 defaults 0 1\n\xff\xfe not a line\n/dev/sda9\n",
    "/etc/default/grub": b'GRUB_TIMEOUT=30\nGRUB_DISTRIBUTOR="Caf\xe9"\nGRUB_CMDLINE_LINUX="quiet\n',
    "/boot/grub/grub.cfg": "set timeout=5\nmenuentry 'x' {\n\tlinux /vmlinuz-6.1 root=/dev/sda1\n",
    "/etc/network/interfaces": b"#" * (10 * MIB) + b"\nauto ens192\niface ens192 inet static\n",
    "/etc/rcS.d/S12networking": "#!/bin/sh\n",
    "/boot/vmlinuz-6.1.0-1-amd64": "a kernel",
    "/boot/initrd.img-6.1.0-1-amd64": b"\x1f\x8b\x08 this was gzip once",
    "/lib/modules/6.1.0-1-amd64/modules.dep": "kernel/drivers/nvme/host/nvme.ko:\n",
    "/boot/vmlinuz-6.1.0-2-amd64": "a kernel without an initramfs",
    "/lib/modules/6.1.0-2-amd64/modules.dep": "kernel/drivers/nvme/host/nvme.ko:\n",
    "/etc/initramfs-tools/modules": "",
}


def test_a_guest_in_which_everything_is_broken(tmp_path: Path) -> None:
    """Each broken file has its finding, and what can be mended is planned all the same."""
    file_system(tmp_path / "part", CURSED, size=64 * MIB)
    image = disk_of(tmp_path / "cursed.img", tmp_path / "part")
    before = digest(image)
    status, codes, changed = planned(image, "ec2-nitro")
    assert status == 1
    assert "/etc/network/interfaces" in codes["GF-GUEST-FILE-TOO-LARGE"]
    assert "/etc/fstab" in codes["GF-FORMAT-NOT-UNDERSTOOD"]
    assert "/boot/vmlinuz-6.1.0-1-amd64" in codes["GF-LINUX-INITRAMFS-UNREADABLE"]
    assert {"/etc/fstab", "/etc/initramfs-tools/modules"} <= changed
    assert not {"/etc/network/interfaces", "/boot/initrd.img-6.1.0-1-amd64"} & changed

    facts = json.loads(run("inspect", image, "--json").out)
    kernels = {kernel["version"]: kernel for kernel in facts["kernels"]}
    assert kernels["6.1.0-2-amd64"]["initramfs"] is None
    assert "GF-INITRAMFS-CORRUPT" in kernels["6.1.0-1-amd64"]["initramfs"]["unknown"]
    assert facts["network"]["interfaces"] == []
    assert facts["fstab"]["not_understood"]

    refused = run("apply", image, "--target", "ec2-nitro")
    assert (refused.status, refused.code) == (1, "GF-APPLY-FINDINGS")
    assert digest(image) == before


def test_no_boot_loader_is_a_fact_not_an_error(small_guest: MakeGuest) -> None:
    facts = json.loads(run("inspect", small_guest(), "--json").out)
    assert "no boot loader" in facts["boot"]["loader"]["unknown"]


def test_links_that_lead_out_of_the_guest_lead_nowhere(tmp_path: Path) -> None:
    """The host's own file has what the guest's link asks for, and is neither read nor written."""
    secret = tmp_path / "secret"
    secret.write_text("/dev/sda1 /host-secret ext4 defaults 0 1\n")
    tree = {path: text for path, text in SMALL_TREE.items() if path != "/etc/fstab"}
    links = {"/etc/fstab": f"../../../../..{secret}", "/etc/network": "/proc/1/root/etc"}
    file_system(tmp_path / "part", {**tree, "/usr/lib/os-release": SMALL_TREE["/etc/os-release"]}, links=links)
    image = disk_of(tmp_path / "links.img", tmp_path / "part")
    said = run("inspect", image, "--json")
    assert "host-secret" not in said.out
    assert json.loads(said.out)["fstab"]["unknown"]
    assert run("apply", image, "--target", "kvm").status == 0
    assert secret.read_text() == "/dev/sda1 /host-secret ext4 defaults 0 1\n"


def test_a_full_file_system_is_seen_before_the_first_byte(small_guest: MakeGuest) -> None:
    image = small_guest(tree={"/srv/all-of-it": b"x" * (20 * MIB + 700_000)}, size=24 * MIB)
    before = digest(image)
    said = run("apply", image, "--target", "kvm")
    assert (said.status, said.code) == (1, "GF-APPLY-FINDINGS")
    assert "GF-ROOM-PLAN" in said.err
    forced = run("apply", image, "--target", "kvm", "--force")
    assert (forced.status, forced.code) == (1, "GF-GUEST-NO-SPACE")
    assert digest(image) == before


def test_a_file_system_that_can_only_be_read(small_guest: MakeGuest) -> None:
    """ext4 marked read-only by tune2fs, as some appliances ship it."""
    image = small_guest()
    start = 1 * MIB
    part = image.with_name("part")
    with image.open("rb") as disk, part.open("wb") as out:
        disk.seek(start)
        out.write(disk.read(24 * MIB))
    subprocess.run(["tune2fs", "-O", "read-only", part], check=True, capture_output=True)
    with image.open("r+b") as disk:
        disk.seek(start)
        disk.write(part.read_bytes())
    said = run("apply", image, "--target", "kvm")
    assert (said.status, said.code) == (1, "GF-GUEST-READ-ONLY")


def test_an_ostree_system_is_called_by_its_name(small_guest: MakeGuest) -> None:
    """Its file system has no /etc: that is inside of a deployment (ostree.readthedocs.io, "Deployments")."""
    tree = {
        "/ostree/repo/config": "[core]\n",
        "/ostree/deploy/fedora-coreos/deploy/1.0/etc/os-release": "ID=fedora\n",
    }
    said = run("plan", small_guest(tree={**dict.fromkeys(SMALL_TREE), **tree}), "--target", "kvm")
    assert (said.status, said.code) == (1, "GF-OSTREE")
    assert "ostree" in said.err


def protected_guest(folder: Path, path: str, tree: Mapping[str, str | bytes] = {}) -> Path:
    """A guest of which `path` is immutable (chattr +i), as careful administrators make it."""
    part = folder / "part"
    file_system(part, {**SMALL_TREE, **tree})
    subprocess.run(["debugfs", "-w", "-R", f"set_inode_field {path} flags 0x80010", part], check=True)
    return disk_of(folder / "protected.img", part)


def debugfs(image: Path, request: str) -> str:
    """Return what debugfs says of the only partition of a small guest, to stdout or else to stderr."""
    part = image.with_name("look")
    with image.open("rb") as disk:
        disk.seek(MIB)
        part.write_bytes(disk.read(24 * MIB))
    done = subprocess.run(["debugfs", "-R", request, part], check=True, capture_output=True, text=True)
    return done.stdout or done.stderr


def test_an_immutable_file_is_changed_and_stays_immutable(tmp_path: Path) -> None:
    guest = protected_guest(tmp_path, "/etc/fstab")
    assert "Flags: 0x80010" in debugfs(guest, "stat /etc/fstab")
    assert run("apply", guest, "--target", "kvm").status == 0
    assert "Flags: 0x80010" in debugfs(guest, "stat /etc/fstab")
    assert run("plan", guest, "--target", "kvm", "--json").out.count('"path": "/etc/fstab"') == 0
    assert run("revert", guest).status == 0
    assert "Flags: 0x80010" in debugfs(guest, "stat /etc/fstab")


def test_an_immutable_resolv_conf_makes_way_for_the_lease_and_comes_back_immutable(tmp_path: Path) -> None:
    servers = "nameserver 10.0.0.2\n"
    tree = {
        "/etc/resolv.conf": servers,
        "/sbin/dhclient": "",
        "/etc/network/interfaces": "auto eth0\niface eth0 inet dhcp\n",
        "/etc/rcS.d/S01networking": "",
    }
    guest = protected_guest(tmp_path, "/etc/resolv.conf", tree)
    changed = planned(guest)[2]
    assert "/etc/resolv.conf" in changed
    assert run("apply", guest, "--target", "kvm").status == 0
    assert "File not found" in debugfs(guest, "stat /etc/resolv.conf")
    assert planned(guest)[2] == set()
    assert run("revert", guest).status == 0
    assert debugfs(guest, "cat /etc/resolv.conf") == servers
    assert "Flags: 0x80010" in debugfs(guest, "stat /etc/resolv.conf")


@pytest.mark.parametrize("how", ["overlay", "in place"])
def test_killed_at_any_moment_the_next_run_makes_it_good(how: str, small_guest: MakeGuest, tmp_path: Path) -> None:
    """kill -9 while files are written, while they get their names, and when all is done but not yet believed.

    Afterwards `apply` finishes as if nothing had been, and `revert` gives back what the guest held.
    """
    image = small_guest(tree={"/etc/network/interfaces": "auto ens192\niface ens192 inet dhcp\n"})
    original = copy_of(image, tmp_path / "kept")
    words = ["apply", str(image), "--target", "kvm", "--verbose", *(["--in-place"] if how == "in place" else [])]
    for stage in ("write", "put in place", "read back"):
        process = subprocess.Popen([*GUESTFIX, *words], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert process.stderr is not None
        assert any(stage.encode() in line for line in process.stderr), f"it ended before its stage {stage}"
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run(*words).status == 0
    assert json.loads(run("plan", image, "--target", "kvm", "--json").out)["changes"] == []
    assert run("revert", image).status == 0
    assert file_listing(image, tmp_path) == file_listing(original, tmp_path)
    assert [path.name for path in image.parent.glob("*guestfix*")] == []


def file_listing(image: Path, tmp_path: Path) -> str:
    """Every file of the only partition with its content, as debugfs sees it: not through guestfix."""
    part, tree = tmp_path / "listed", tmp_path / "listed.tree"
    with image.open("rb") as disk:
        disk.seek(MIB)
        part.write_bytes(disk.read(24 * MIB))
    subprocess.run(["rm", "-rf", tree], check=True)
    tree.mkdir()
    subprocess.run(["debugfs", "-R", f"rdump / {tree}", part], check=True, capture_output=True)
    lines = [
        f"{path.relative_to(tree)} {path.lstat().st_mode:o} {path.read_bytes()!r}"
        for path in sorted(tree.rglob("*"))
        if path.is_file() and not path.is_symlink()
    ]
    return "\n".join(lines)
