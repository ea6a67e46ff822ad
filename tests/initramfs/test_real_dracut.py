"""An image that Debian's own dracut makes, in a root of its own, of this host's kernel modules."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from guestfix.initramfs import Generator, describe, extend, module_name, read_indexes, verify

pytestmark = pytest.mark.images

WANTED = ("nvme", "virtio_blk", "xen_blkfront", "hv_storvsc", "ena")
CACHE = Path.home() / ".cache" / "guestfix" / "dracut-bookworm"


@pytest.fixture(scope="module")
def dracut_image(host_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image, without what WANTED names but for virtio; the root it is made in is kept between runs."""
    if not CACHE.is_dir():
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        packages = "dracut-core,kmod,udev,zstd"
        new = CACHE.with_name(CACHE.name + ".new")
        subprocess.run(["rm", "-rf", str(new)], check=True)
        subprocess.run(["mmdebstrap", "--variant=apt", f"--include={packages}", "bookworm", str(new)], check=True)
        new.rename(CACHE)
    version = host_modules.name
    modules = CACHE / "usr/lib/modules" / version
    if not modules.is_dir():
        modules.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(host_modules), str(modules)], check=True)
    image = f"/boot/initramfs-{version}.img"
    dracut = ["dracut", "--force", "--no-hostonly", "--kver", version, "--drivers", "ext4 ahci sd_mod virtio_blk"]
    # A mount namespace of its own: what is mounted in it is gone when it ends.
    script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
    subprocess.run(["unshare", "--mount", "sh", "-c", script, str(CACHE), *dracut, image], check=True)
    kept = tmp_path_factory.mktemp("dracut") / "initramfs.img"
    kept.write_bytes((CACHE / image.lstrip("/")).read_bytes())
    return kept


def test_drivers_go_into_a_real_dracut_image(
    dracut_image: Path, host_modules: Path, chunked: Callable[[Path], Iterator[bytes]], tmp_path: Path
) -> None:
    image = describe(chunked(dracut_image))
    assert image.generator is Generator.DRACUT
    assert image.kernel_versions == (host_modules.name,)
    before = {module_name(path) for path in image.modules(host_modules.name)}
    assert "virtio_blk" in before
    assert "nvme" not in before
    indexes = read_indexes(
        {path.name: path.read_bytes() for path in host_modules.glob("modules.*") if path.suffix != ".bin"}
    )
    extension = extend(image, indexes, lambda path: (host_modules / path).read_bytes(), WANTED)
    assert extension is not None
    assert extension.missing == ()
    path = tmp_path / "initramfs.img"
    path.write_bytes(dracut_image.read_bytes() + extension.tail)
    after = describe(chunked(path))
    verify(image, extension, after)
    assert set(WANTED) <= {module_name(path) for path in after.modules(host_modules.name)}
    assert extend(after, indexes, lambda path: b"", WANTED) is None
