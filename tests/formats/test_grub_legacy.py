from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.formats.errors import ValueNotWritable
from guestfix.formats.grub_legacy import Kernel, Setting, parse

MENU = b"""# kopt=root=/dev/hda1 ro
## kopt=not this one
default = saved
timeout=10
title  Xen\t
  kernel /xen.gz dom0_mem=1
  module=/vmlinuz-2.6-xen root=/dev/hda1 ro
  module /initrd-2.6-xen
title Linux
\troot (hd0,0)
\tkernel --type=linux (hd0,0)/vmlinuz-2.6   ro  root=LABEL=/
\tinitrd /a /b
crud here
title memtest
kernel /memtest86+
"""


def test_reading() -> None:
    menu = parse(MENU)
    assert (menu.get("default"), menu.get("timeout"), menu.get("fallback")) == ("saved", "10", None)
    assert [(entry.title, entry.hypervisor, entry.initrd) for entry in menu.entries] == [
        ("Xen", "/xen.gz", ("/initrd-2.6-xen",)),
        ("Linux", "", ("/a", "/b")),
        ("memtest", "", ()),
    ]
    kernels = [entry.kernel for entry in menu.entries]
    assert [(each.path, each.command_line) for each in kernels if each] == [
        ("/vmlinuz-2.6-xen", "root=/dev/hda1 ro"),
        ("(hd0,0)/vmlinuz-2.6", "ro  root=LABEL=/"),
    ]
    assert [(each.name, each.value) for each in menu.magic] == [("kopt", "root=/dev/hda1 ro")]
    assert [each.number for each in menu.not_understood] == [13]


def test_an_edit_touches_one_tail() -> None:
    menu = parse(MENU)
    nodes: list[Kernel | Setting] = [each.kernel for each in menu.entries if each.kernel]
    edited = menu.with_tails({nodes[1]: "root=UUID=1", menu.magic[0]: "root=UUID=1"})
    assert edited.render() == MENU.replace(b"ro  root=LABEL=/", b"root=UUID=1").replace(
        b"# kopt=root=/dev/hda1 ro", b"# kopt=root=UUID=1"
    )
    with pytest.raises(ValueNotWritable):
        menu.with_tails({nodes[1]: "a\nb"})


def test_a_kernel_without_arguments_gets_a_blank_before_them_and_loses_it_with_them() -> None:
    menu = parse(b"title x\nkernel /vmlinuz")
    kernel = menu.entries[0].kernel
    assert kernel is not None
    longer = menu.with_tails({kernel: "quiet"})
    assert longer.render() == b"title x\nkernel /vmlinuz quiet"
    again = longer.entries[0].kernel
    assert again is not None
    assert longer.with_tails({again: ""}).render() == b"title x\nkernel /vmlinuz"


def test_settings_keep_their_spelling_and_new_ones_come_before_the_first_entry() -> None:
    menu = parse(MENU)
    assert b"default = 1\n" in menu.with_setting("default", "1").render()
    assert b"timeout=10\nfallback=1\ntitle  Xen" in menu.with_setting("fallback", "1").render()
    assert menu.with_setting("timeout", "10") is menu
    assert parse(b"#c\r\n").with_setting("timeout", "1").render() == b"#c\r\ntimeout=1\r\n"


@pytest.mark.corpora
def test_what_others_wrote_is_understood(corpora: Path) -> None:
    folder = corpora / "grub/augeas-legacy"
    strange = {path.name for path in folder.iterdir() if parse(path.read_bytes()).not_understood}
    assert strange == {"grub-012.conf", "grub-018.conf", "grub-019.conf"}, "Solaris, and crud that is meant so"
    files = (corpora / "grub/grubby/main/test").glob("grub.*")
    menus = [parse(path.read_bytes()) for path in files if path.is_file()]
    assert all(any(entry.kernel for entry in menu.entries) for menu in menus)
