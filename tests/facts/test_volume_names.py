"""What crypttab and mdadm.conf call a volume is a name that fstab may use."""

from __future__ import annotations

from guestfix.facts.devices import resolve
from guestfix.facts.model import Unknown, Volume
from guestfix.facts.volume_names import with_guest_names
from guestfix.guest.memory import MemoryGuest

VOLUMES = (
    Volume(device="/dev/sda2", kind="partition", type="crypto_LUKS", uuid="1111-aaaa", size=10),
    Volume(device="/dev/mapper/luks-1111-aaaa", kind="luks mapping", type="ext4", part_of="/dev/sda2", size=9),
    Volume(device="/dev/md126", kind="md array", type="xfs", names=("/dev/disk/by-id/md-uuid-1:2:3:4",), size=9),
    Volume(device="/dev/md127", kind="md array", type="xfs", names=("/dev/disk/by-id/md-uuid-5:6:7:8",), size=9),
)


def named(spec: str, **files: str) -> str | None:
    guest = MemoryGuest()
    for name, content in files.items():
        guest.add_file(f"/etc/{name.replace('_', '.')}", content.encode())
    found = resolve(spec, (), with_guest_names(guest, (), VOLUMES))
    return found.device if isinstance(found, Volume) else None


def test_crypttabs_name_leads_to_the_mapping() -> None:
    table = "cr-ypt UUID=1111-aaaa none luks\n"
    assert named("/dev/mapper/cr-ypt", crypttab=table) == "/dev/mapper/luks-1111-aaaa"
    assert named("/dev/mapper/other", crypttab=table) is None
    assert named("/dev/mapper/luks-1111-aaaa") == "/dev/mapper/luks-1111-aaaa"


def test_of_two_arrays_mdadm_conf_says_which_is_which() -> None:
    assert named("/dev/md0", mdadm_conf="ARRAY /dev/md0 UUID=5:6:7:8\n") == "/dev/md127"
    assert isinstance(resolve("/dev/md0", (), VOLUMES), Unknown)


def test_files_that_are_no_text_name_nothing() -> None:
    guest = MemoryGuest()
    guest.add_file("/etc/crypttab", b"\xff\0 \xfe\n" * 50)
    assert with_guest_names(guest, (), VOLUMES) == VOLUMES
