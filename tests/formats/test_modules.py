"""Module lists and modprobe.d files."""

from __future__ import annotations

from pathlib import Path

import pytest

from guestfix.formats import modprobe_conf, module_list
from guestfix.formats.errors import ValueNotWritable


def test_a_module_is_listed_once_whatever_its_dashes() -> None:
    modules = module_list.parse(b"# virtio_blk\n; systemd's comment\n  virtio-net csum=0\n")
    assert modules.names == ("virtio-net",)
    assert modules.add("virtio_net") is modules
    once = modules.add("virtio_blk")
    assert once.render() == modules.render() + b"virtio_blk\n"
    assert once.add("virtio-blk") is once


def test_the_last_line_is_closed_first() -> None:
    assert module_list.parse(b"a\r\nb").add("c").render() == b"a\r\nb\r\nc\r\n"


@pytest.mark.parametrize("name", ["", "a b", "a\n", "#a", "../x", "é"])
def test_what_is_no_module_name_is_refused(name: str) -> None:
    with pytest.raises(ValueNotWritable):
        module_list.parse(b"").add(name)


def test_odd_lines_are_reported() -> None:
    assert [each.number for each in module_list.parse(b"a\n$(x)\n").not_understood] == [2]


def test_modprobe_directives() -> None:
    conf = modprobe_conf.parse(
        b"# c\nblacklist nvme-core # why\ninstall floppy /bin/true; x\noptions a \\\n  b=1\n"
        b"alias x* y # z\nhm\ninstall z\nblacklist\n"
    )
    assert conf.blacklisted == {"nvme_core"}
    assert conf.installs == {"floppy": "/bin/true; x"}
    assert [each.arguments for each in conf.of("options")] == [("a", "b=1")]
    assert [each.arguments for each in conf.of("alias")] == [("x*", "y")]
    assert [each.number for each in conf.not_understood] == [7, 8, 9]


def test_what_stops_a_module_is_commented_out_and_nothing_else() -> None:
    text = (
        b"blacklist nvme\r\ninstall hv-storvsc \\\n  /bin/false\n"
        b"install nvme_core /sbin/modprobe -i nvme_core\nblacklist nvme_tcp\n"
    )
    conf = modprobe_conf.parse(text)
    found = conf.stopping(["nvme", "nvme_core", "hv_storvsc"])
    assert [(each.number, each.lines) for each in found] == [(1, 1), (2, 2)]
    after = conf.without(found)
    assert after.render() == (
        b"# blacklist nvme\r\n# install hv-storvsc \n#   /bin/false\n"
        b"install nvme_core /sbin/modprobe -i nvme_core\nblacklist nvme_tcp\n"
    )
    assert after.stopping(["nvme", "nvme_core", "hv_storvsc"]) == ()
    assert conf.without(()) == conf
    assert conf.render() == text


@pytest.mark.corpora
def test_augeas_modprobe_files(corpora: Path) -> None:
    folder = corpora / "grub/augeas-modprobe"
    found = [modprobe_conf.parse(path.read_bytes()) for path in sorted(folder.iterdir())]
    assert [each.blacklisted for each in found] == [{"brokenmodule"}, set()]
    assert [each.arguments for each in found[1].of("options")] == [("ipv6", "disable = 1")]
