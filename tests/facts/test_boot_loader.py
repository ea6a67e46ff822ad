"""Which entry starts: the answers that the boot loaders' own code gives, over small guests."""

from __future__ import annotations

from guestfix.facts.boot_loader import boot_loader
from guestfix.facts.model import BootLoader, Unknown
from guestfix.guest.memory import MemoryGuest

MENU = """
set timeout=5
menuentry 'Linux' --id a {
  linux /vmlinuz-2 root=/dev/sda1
}
submenu 'More' --id more {
  menuentry 'Old' --id b { linux /vmlinuz-1 root=/dev/sda1; initrd /initrd-1 }
}
menuentry 'Xen' --class xen { multiboot /xen.gz; module /vmlinuz-2 root=/dev/sda1 }
"""
BLOCK = "# GRUB Environment Block\nsaved_entry={}\n"


def facts(**files: str) -> BootLoader:
    return boot_loader(MemoryGuest({path: text.encode() for path, text in files.items()}), [])


def grub2(default: str, saved: str | None = None, menu: str = MENU) -> BootLoader:
    files = {"/boot/grub2/grub.cfg": f'set default="{default}"\n{menu}'}
    if saved is not None:
        files["/boot/grub2/grubenv"] = BLOCK.format(saved).ljust(1024, "#")
    return facts(**files)


def test_numbers_ids_titles_and_submenus_name_the_entry_that_starts() -> None:
    assert [grub2(said).default for said in ("0", "a", "Linux", "1>0", "more>b", "More", "1", "nobody", "77")] == [
        *("0", "0", "0"),
        *("1>0", "1>0", "1>0", "1>0"),
        *("0", "0"),
    ]


def test_the_saved_entry_counts_where_the_menu_asks_for_it() -> None:
    assert grub2("${saved_entry}", saved="more>b").default == "1>0"
    assert grub2("${saved_entry}").default == "0"
    assert grub2("0", saved="more>b").default == "0"


def test_a_hypervisor_is_an_entry_by_its_own_name_and_another_system_is_none() -> None:
    found = grub2("Xen")
    assert (found.default, found.entries[-1].kernel) == ("2", "xen")
    default = grub2("DOS", menu=MENU + "menuentry 'DOS' { chainloader +1 }\n").default
    assert isinstance(default, Unknown)
    assert default.unknown == "the entry that starts, DOS, loads no Linux kernel"


def test_entries_of_blscfg_stand_first_and_newest_first() -> None:
    entry = "title {0}\nlinux /vmlinuz-{0}\noptions $kernelopts quiet\n"
    files = {
        f"/boot/loader/entries/m-{version}.conf": entry.format(version)
        for version in ("4.18.0-80.el8", "4.18.0-193.el8", "0-rescue")
    }
    files["/boot/grub2/grub.cfg"] = 'set default="1"\nset kernelopts="root=/dev/sda1 ro"\nblscfg\n' + MENU
    found = facts(**files)
    assert [entry.id for entry in found.entries] == [
        *("m-4.18.0-193.el8", "m-4.18.0-80.el8", "m-0-rescue"),
        *("0", "1>0", "2"),
    ]
    assert found.default == "m-4.18.0-80.el8"
    assert found.entries[0].command_line == "root=/dev/sda1 ro quiet"


def test_a_menu_without_a_timeout_waits_for_ever() -> None:
    assert facts(**{"/boot/grub/grub.cfg": MENU.replace("set timeout=5", "")}).timeout == -1


def test_the_menu_on_the_efi_partition_counts_if_the_other_is_absent_or_leads_there() -> None:
    vendor = "/boot/efi/EFI/redhat/grub.cfg"
    assert facts(**{vendor: MENU}).entries[0].source == vendor
    stub = "search --fs-uuid --set=prefix 1\nconfigfile $prefix/grub.cfg\n"
    assert facts(**{vendor: stub, "/boot/grub2/grub.cfg": MENU}).entries[0].source == "/boot/grub2/grub.cfg"


LEGACY = """default={}
timeout 5
title Xen
  kernel /xen.gz dom0_mem=1
  module /vmlinuz-2xen root=/dev/sda1
title Linux
  root (hd0,0)
  kernel --no-mem-option (hd0,0)/vmlinuz-2.6 ro root=/dev/sda1
  initrd /initrd-2.6
title other
  chainloader +1
"""


def test_grub_legacy_counts_entries_from_zero_and_reads_the_saved_number() -> None:
    found = facts(**{"/boot/grub/menu.lst": LEGACY.format("1")})
    assert (found.loader, found.default, found.timeout) == ("grub-legacy", "1", 5)
    assert [(entry.title, entry.kernel, entry.command_line) for entry in found.entries] == [
        ("Xen", "/xen.gz", "root=/dev/sda1"),
        ("Linux", "(hd0,0)/vmlinuz-2.6", "ro root=/dev/sda1"),
    ]
    saved = facts(**{"/boot/grub/menu.lst": LEGACY.format("saved"), "/boot/grub/default": "1\n#\n#\n"})
    assert saved.default == "1"
    assert isinstance(facts(**{"/boot/grub/menu.lst": LEGACY.format("2")}).default, Unknown)


def test_systemd_boot_takes_the_first_match_of_its_pattern_and_else_the_newest() -> None:
    entry = "title {0}\nversion {0}\nsort-key debian\nlinux /vmlinuz-{0}\n"
    files = {f"/efi/loader/entries/m-{version}.conf": entry.format(version) for version in ("6.1", "5.10", "6.10")}
    assert facts(**files, **{"/efi/loader/loader.conf": "timeout 3\n"}).default == "m-6.10"
    found = facts(**files, **{"/efi/loader/loader.conf": "default m-5*\ntimeout menu-force\n"})
    assert (found.loader, found.default, found.timeout) == ("systemd-boot", "m-5.10", -1)


def test_unified_kernel_images_are_listed_and_make_the_default_unknown() -> None:
    found = facts(**{"/efi/loader/loader.conf": "", "/efi/EFI/Linux/arch.efi": "MZ"})
    assert found.files == ("/efi/loader/loader.conf", "/efi/EFI/Linux/arch.efi")
    assert isinstance(found.default, Unknown)


EXTLINUX = """DEFAULT {}
prompt 1
timeout 55
append quiet
label l0
  menu label ^Newest
  kernel /vmlinuz-2
  initrd /a,/b
label old
  linux /vmlinuz-1
  append root=/dev/sda1
"""


def test_extlinux_gives_a_label_its_own_arguments_or_the_common_ones() -> None:
    found = facts(**{"/boot/extlinux/extlinux.conf": EXTLINUX.format("old")})
    assert (found.loader, found.default, found.timeout) == ("extlinux", "old", 6)
    assert [(entry.title, entry.initramfs, entry.command_line) for entry in found.entries] == [
        ("Newest", ("/a", "/b"), "quiet"),
        ("old", (), "root=/dev/sda1"),
    ]
    assert isinstance(facts(**{"/boot/extlinux/extlinux.conf": EXTLINUX.format("x")}).default, Unknown)
