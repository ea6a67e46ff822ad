"""What a driver needs, in the order in which modprobe would load it."""

from __future__ import annotations

from guestfix.initramfs import ModuleIndexes, read_indexes
from guestfix.initramfs.closure import Closure


def test_dependencies_and_soft_ones_by_alias_come_first(guest_indexes: ModuleIndexes) -> None:
    assert guest_indexes.closure(["nvme"]) == Closure(
        modules=(
            "kernel/crypto/crct10dif-pclmul.ko",
            "kernel/crypto/crct10dif_generic.ko",
            "kernel/block/t10-pi.ko",
            "kernel/drivers/nvme/host/nvme-core.ko",
            "kernel/drivers/nvme/host/nvme.ko",
        ),
        builtin=(),
        unknown=(),
    )


def test_built_in_is_present_and_unknown_is_said(guest_indexes: ModuleIndexes) -> None:
    closure = guest_indexes.closure(["virtio-pci", "virtio_pci", "ena", "ext4"])
    assert closure == Closure(modules=("kernel/fs/ext4.ko",), builtin=("virtio_pci",), unknown=("ena",))


def test_hyphen_and_underscore_are_equal(guest_indexes: ModuleIndexes) -> None:
    assert guest_indexes.closure(["nvme-core"]) == guest_indexes.closure(["nvme_core"])


def test_post_comes_after_and_what_stands_before_a_section_means_nothing() -> None:
    indexes = read_indexes(
        {
            "modules.dep": b"a.ko:\nb-c.ko:\nd.ko:\ne.ko:\n",
            "modules.softdep": b"softdep a e pre: nowhere d post: b-c\nother line\n",
        }
    )
    assert indexes.closure(["a"]).modules == ("d.ko", "a.ko", "b-c.ko")


def test_soft_dependencies_that_go_round() -> None:
    indexes = read_indexes(
        {"modules.dep": b"a.ko: b.ko\nb.ko:\n", "modules.softdep": b"softdep a pre: b\nsoftdep b post: a\n"}
    )
    assert set(indexes.closure(["a"]).modules) == {"a.ko", "b.ko"}


def test_a_dependency_that_is_not_listed_itself_is_left_out() -> None:
    assert read_indexes({"modules.dep": b"a.ko: gone.ko\n"}).closure(["a"]).modules == ("a.ko",)


def test_deep_chains() -> None:
    lines = [f"m{number}.ko: m{number + 1}.ko\n".encode() for number in range(5000)]
    indexes = read_indexes({"modules.dep": b"".join(lines) + b"m5000.ko:\n"})
    assert indexes.closure(["m0"]).modules[0] == "m5000.ko"
    assert len(indexes.closure(["m0"]).modules) == 5001
