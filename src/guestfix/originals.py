"""What a kept original is called, and why no tool takes it for configuration.

The original of `NAME` is `.NAME.guestfix-orig~` in the same directory. The dot keeps it from everything that lists
with a shell pattern, the tilde from everything that knows backups; both are needed:

- ifupdown: Debian's own /etc/network/interfaces says `source /etc/network/interfaces.d/*`, which is wordexp(3) and
  takes every name without a leading dot, backups too (seen with ifupdown 0.8.41: `eth7.guestfix-orig~` came up in
  `ifquery --list`). `source-directory` takes [a-zA-Z0-9_-]+ only (interfaces(5)).
- network-scripts and ifcfg-rh of Red Hat: `ls ifcfg-*` less names that end in ~, .bak, .orig, .rpmnew, .rpmorig,
  .rpmsave (initscripts, network-functions, __sed_discard_ignored_files). wicked reads `ifcfg-*`.
- NetworkManager keyfiles: hidden files and names ending in ~ are ignored, and newer versions want .nmconnection
  (nms-keyfile-utils.c).
- netplan reads *.yaml, udev *.rules, modprobe *.conf, GRUB's blscfg *.conf, systemd the suffixes of its units, and
  systemd also ignores hidden and backup files (hidden_or_backup_file() in path-util.c).
- grub-mkconfig skips *~ in /etc/grub.d and finds kernels with /boot/vmlinuz-*; run-parts(8) takes
  [a-zA-Z0-9_-]+; mkinitramfs takes [[:alnum:]][[:alnum:]._-]* of /etc/initramfs-tools/conf.d.

The first original is kept for ever: a later apply does not overwrite it, and only `revert` takes it away. Two
other names live only while `apply` runs: the new content before it takes its place, and the version before this
run where an older original exists already.
"""

from __future__ import annotations

from typing import Final

from guestfix.guest import paths

MAX_NAME: Final = 255
"""Bytes in one name on every file system of a guest that we write to (NAME_MAX; 255 UTF-16 units on FAT)."""


def original_path(path: str) -> str:
    """Return where the first version of `path` is kept."""
    return _beside(path, "orig")


def staged_path(path: str) -> str:
    """Return where the new content of `path` waits until it takes its place."""
    return _beside(path, "new")


def previous_path(path: str) -> str:
    """Return where the version before this run waits if the original is an older one."""
    return _beside(path, "old")


def fits(path: str) -> bool:
    """Whether the names beside `path` are short enough for a file system."""
    return len(paths.name(original_path(path)).encode("utf-8", "surrogateescape")) <= MAX_NAME


def _beside(path: str, what: str) -> str:
    return paths.join(paths.parent(path), f".{paths.name(path)}.guestfix-{what}~")
