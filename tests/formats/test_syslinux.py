from __future__ import annotations

from guestfix.formats.syslinux import parse

MENU = b"""UI menu.c32
Default old
timeout 50
append quiet
Label new
  MENU LABEL ^New one
  menu default
  Kernel /vmlinuz-2
  append root=/dev/sda1  ro
  initrd /a,/b
  text help
    label not this
  endtext
label old
  linux /vmlinuz-1
nonsense
"""


def test_reading() -> None:
    menu = parse(MENU)
    assert (menu.get("ui"), menu.get("default"), menu.get("timeout")) == ("menu.c32", "old", "50")
    assert [(each.label, each.title, each.initrd, each.menu_default) for each in menu.entries] == [
        ("new", "New one", ("/a", "/b"), True),
        ("old", "old", (), False),
    ]
    assert menu.entries[0].append is not None
    assert menu.entries[0].append.value == "root=/dev/sda1  ro"
    assert menu.entries[1].append is None
    assert [each.number for each in menu.not_understood] == [16]


def test_arguments_are_changed_made_and_removed() -> None:
    menu = parse(MENU)
    new, old = menu.entries
    assert menu.with_append(new, "x").render() == MENU.replace(b"root=/dev/sda1  ro", b"x")
    assert menu.with_append(new, "").render() == MENU.replace(b"  append root=/dev/sda1  ro\n", b"")
    assert menu.with_append(old, "x").render() == MENU.replace(b"vmlinuz-1\n", b"vmlinuz-1\n  append x\n")


def test_the_default_is_named_once() -> None:
    edited = parse(MENU).with_default("old")
    assert edited.render() == MENU.replace(b"  menu default\n", b"")
    assert edited.with_default("old") == edited
    assert parse(b"label a\nlinux /a").with_default("a").render() == b"default a\nlabel a\nlinux /a"
