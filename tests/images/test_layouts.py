"""Layouts that a converter refuses, on real disks: many, huge, started from another one, or from none."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

import guestfix
from guestfix.assessment import Assessment, Verdict

from .conftest import GRUB, GRUB_AT, MIB, SMALL_TREE, MakeGuest, disk_of, file_system

pytestmark = [pytest.mark.appliance, pytest.mark.images]

TIB = 1 << 40
GRUB_CFG = "set timeout=5\nmenuentry 'x' {\n\tlinux /boot/vmlinuz-6.1.0-1-amd64 root=/dev/sdb1 ro\n}\n"


def asked(images: Sequence[Path], target: str) -> tuple[Assessment, set[str]]:
    [found] = guestfix.preflight(guestfix.images(images), [target]).assessments
    return found, {finding.code for finding in found.findings}


def test_twenty_two_disks_of_which_the_first_is_huge_and_the_second_holds_the_root(
    small_guest: MakeGuest, tmp_path: Path
) -> None:
    file_system(tmp_path / "part", {"/data": "x"}, size=8 * MIB)
    first = disk_of(tmp_path / "first.img", tmp_path / "part")
    os.truncate(first, 5 * TIB)
    tree = {"/boot/grub/grub.cfg": GRUB_CFG, "/boot/vmlinuz-6.1.0-1-amd64": "x"}
    root = small_guest("root.img", tree=tree)
    with root.open("r+b") as file:
        file.seek(GRUB_AT)
        file.write(bytes(len(GRUB)))
    others = [tmp_path / f"data{number}.img" for number in range(20)]
    for other in others:
        file_system(other, {"/data": "x"}, size=2 * MIB)
    found, codes = asked([first, root, *others], "ec2-xen")
    assert found.verdict is Verdict.REFUSED
    assert {
        "GF-LAYOUT-MBR-2TIB",
        "GF-LAYOUT-VOLUME-TOO-LARGE",
        "GF-LAYOUT-TOO-MANY-VOLUMES",
        "GF-LAYOUT-ROOT-ELSEWHERE",
    } <= codes
    [boot] = [area for area in found.areas if area.name == "boot"]
    assert boot.expected is False


def test_a_disk_that_nothing_starts_and_one_that_grub_does(small_guest: MakeGuest) -> None:
    image = small_guest(tree=dict(SMALL_TREE))
    found, codes = asked([image], "kvm")
    assert not {code for code in codes if code.startswith("GF-LAYOUT-NOT")}
    with image.open("r+b") as file:
        file.write(bytes(440))
    found, codes = asked([image], "kvm")
    assert "GF-LAYOUT-NOT-BOOTABLE" in codes
    assert "no disk of this guest can be started" in found.why
