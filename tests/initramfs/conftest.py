"""Images made on the spot, and what this host's own kernel package offers."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guestfix.initramfs import ModuleIndexes, read_indexes
from guestfix.initramfs.cpio import NewMember, write_archive

VERSION = "6.1.0-test"
PREFIX = f"usr/lib/modules/{VERSION}"

Archive = Callable[..., bytes]


def _archive(files: dict[str, bytes | str | None]) -> bytes:
    """Bytes are a file, a text the target of a symbolic link, None a directory; in the order given."""
    members = []
    for name, content in files.items():
        if content is None:
            members.append(NewMember(name, stat.S_IFDIR | 0o755))
        elif isinstance(content, str):
            members.append(NewMember(name, stat.S_IFLNK | 0o777, content.encode()))
        else:
            members.append(NewMember(name, stat.S_IFREG | 0o644, content))
    return write_archive(members)


@pytest.fixture(scope="session")
def archive() -> Archive:
    return _archive


@pytest.fixture(scope="session")
def small_tree() -> dict[str, bytes | str | None]:
    """An initramfs-tools tree, merged /usr, with one module and the index files of a Debian image."""
    return {
        ".": None,
        "bin": "usr/bin",
        "lib": "usr/lib",
        "conf": None,
        "conf/initramfs.conf": b"MODULES=dep\n",
        "conf/modules": b"ext4\n",
        "init": b"#!/bin/sh\n",
        "scripts": None,
        "scripts/functions": b"# functions\n",
        "usr": None,
        "usr/bin": None,
        "usr/lib": None,
        "usr/lib/modules": None,
        PREFIX: None,
        f"{PREFIX}/kernel": None,
        f"{PREFIX}/kernel/fs": None,
        f"{PREFIX}/kernel/fs/ext4.ko": b"\x7fELF ext4",
        f"{PREFIX}/modules.dep": b"kernel/fs/ext4.ko:\n",
        f"{PREFIX}/modules.alias": b"# Aliases extracted from modules themselves.\nalias fs-ext4 ext4\n",
        f"{PREFIX}/modules.softdep": b"# Soft dependencies extracted from modules themselves.\n",
        f"{PREFIX}/modules.dep.bin": b"",
        f"{PREFIX}/modules.alias.bin": b"",
    }


@pytest.fixture(scope="session")
def guest_indexes() -> ModuleIndexes:
    """What the guest's own /lib/modules/V says: ext4, nvme and what it needs, a driver that is built in."""
    return read_indexes(
        {
            "modules.dep": b"kernel/fs/ext4.ko:\n"
            b"kernel/drivers/nvme/host/nvme-core.ko: kernel/block/t10-pi.ko\n"
            b"kernel/drivers/nvme/host/nvme.ko: kernel/drivers/nvme/host/nvme-core.ko kernel/block/t10-pi.ko\n"
            b"kernel/block/t10-pi.ko:\n"
            b"kernel/crypto/crct10dif-pclmul.ko:\n"
            b"kernel/crypto/crct10dif_generic.ko:\n"
            b"kernel/net/other.ko:\n",
            "modules.alias": b"# Aliases extracted from modules themselves.\n"
            b"alias fs-ext4 ext4\n"
            b"alias pci:v*d*sv*sd*bc01sc08i02* nvme\n"
            b"alias crct10dif crct10dif_pclmul\n"
            b"alias crct10dif crct10dif_generic\n"
            b"alias net-pf-99 other\n",
            "modules.softdep": b"# Soft dependencies extracted from modules themselves.\n"
            b"softdep t10_pi pre: crct10dif\n"
            b"softdep other pre: nvme\n",
            "modules.symbols": b"# Aliases for symbols, used by symbol_request().\n"
            b"alias symbol:nvme_init_ctrl nvme_core\n"
            b"alias symbol:other other\n",
            "modules.devname": b"# Device nodes to trigger on-demand module loading.\nother other c10:1\n",
            "modules.builtin": b"kernel/drivers/virtio/virtio-pci.ko\n",
            "modules.builtin.modinfo": b"virtio_pci.license=GPL\0virtio_pci.alias=pci:v00001AF4d*\0",
        }
    )


@pytest.fixture(scope="session")
def host_modules() -> Path:
    """The modules directory of a Debian kernel package on this host."""
    found = sorted(Path("/lib/modules").glob("*/modules.dep"))
    if not found:
        pytest.skip("no kernel modules on this host: install linux-image-amd64")
    return found[-1].parent


@pytest.fixture(scope="session")
def host_image(host_modules: Path) -> Path:
    """The initramfs that update-initramfs made for it."""
    path = Path(f"/boot/initrd.img-{host_modules.name}")
    if not path.is_file():
        pytest.skip(f"no {path} on this host: install linux-image-amd64 with initramfs-tools")
    return path


@pytest.fixture(scope="session")
def chunked() -> Callable[[Path], Iterator[bytes]]:
    def read(path: Path) -> Iterator[bytes]:
        with path.open("rb") as file:
            while chunk := file.read(4 << 20):
                yield chunk

    return read
