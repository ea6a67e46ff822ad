"""A file whose name is not UTF-8 counts on the guest; is it said that inspection passes over it?"""

from __future__ import annotations

import pytest

from guestfix.changes import Finding
from guestfix.facts.collect import collect
from guestfix.facts.model import Unknown
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import plan

BYTE = "\udcff"
"""The byte ff, as Python carries it in text."""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.load()


def found(knowledge: Knowledge, path: str) -> list[Finding]:
    files = {
        "/etc/os-release": "ID=ubuntu\nVERSION_ID=24.04\n",
        "/etc/systemd/system/multi-user.target.wants/systemd-networkd.service": "",
        "/usr/lib/systemd/systemd-networkd": "",
        "/usr/sbin/netplan": "",
        "/boot/vmlinuz-6.8.0-31-generic": "kernel",
        path: "network: {version: 2}\n",
    }
    guest = MemoryGuest(files)
    target = knowledge.target("kvm")
    inspection = collect(guest, Unknown(unknown="no disks"), (target,))
    made = plan(inspection.facts, inspection.initramfs, guest, knowledge.rules, target)
    assert inspection.facts.model_dump_json()
    assert made.model_dump_json()
    return [finding for finding in made.findings if finding.code == "GF-LINUX-FILE-NAME"]


@pytest.mark.parametrize(
    "path",
    [
        f"/etc/netplan/0{BYTE}.yaml",
        f"/etc/network/interfaces.d/{BYTE}",
        f"/etc/NetworkManager/system-connections/{BYTE}.nmconnection",
        f"/etc/sysconfig/network-scripts/ifcfg-{BYTE}",
        f"/etc/systemd/network/10.network.d/{BYTE}.conf",
        f"/boot/vmlinuz-6{BYTE}",
        f"/boot/loader/entries/{BYTE}.conf",
    ],
)
def test_it_is_an_error_with_the_escaped_name(knowledge: Knowledge, path: str) -> None:
    [finding] = found(knowledge, path)
    assert finding.severity == "error"
    assert [each.path for each in finding.evidence] == [path.replace(BYTE, r"\xff")]


@pytest.mark.parametrize("path", ["/etc/netplan/0ÿ.yaml", f"/etc/netplan/README{BYTE}", f"/boot/{BYTE}"])
def test_utf8_and_files_that_nothing_reads_are_no_matter(knowledge: Knowledge, path: str) -> None:
    assert found(knowledge, path) == []


def test_a_loader_entry_that_names_a_kernel_so_leaves_facts_that_are_text(knowledge: Knowledge) -> None:
    guest = MemoryGuest(
        {
            f"/boot/vmlinuz-6{BYTE}": "kernel",
            "/boot/vmlinuz-7": "kernel",
            "/boot/loader/entries/a.conf": f"title a\nversion 6{BYTE}\nlinux /vmlinuz-6{BYTE}\n".encode(
                "utf-8", "surrogateescape"
            ),
            "/boot/loader/entries/b.conf": f"title b\nversion 7{BYTE}\nlinux /loader/k\n".encode(
                "utf-8", "surrogateescape"
            ),
            "/boot/loader/k": "kernel",
        }
    )
    facts = collect(guest, Unknown(unknown="no disks"), (knowledge.target("kvm"),)).facts
    assert [kernel.version for kernel in facts.kernels] == [r"7\xff", "7"]
    assert facts.model_dump_json()
