"""The contract that every format keeps: any bytes in, the same bytes out, and no error but a coded one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats import (
    bls,
    crypttab,
    dhcpcd_conf,
    fstab,
    grub_cfg,
    grub_legacy,
    grubenv,
    inf,
    interfaces,
    kernel_cmdline,
    lines,
    lvm_conf,
    mdadm_conf,
    modprobe_conf,
    module_list,
    netplan,
    os_release,
    resolv_conf,
    sections,
    shell_variables,
    sshd_config,
    syslinux,
    udev_rules,
)
from guestfix.formats.errors import GrubenvInvalid, TooLarge


class Document(Protocol):
    def render(self) -> bytes: ...


PARSERS: dict[str, Callable[[bytes], Document]] = {
    "bls": bls.parse,
    "crypttab": crypttab.parse,
    "dhcpcd_conf": dhcpcd_conf.parse,
    "fstab": fstab.parse,
    "grub_cfg": grub_cfg.parse,
    "grub_legacy": grub_legacy.parse,
    "inf": inf.parse,
    "interfaces": interfaces.parse,
    "kernel_cmdline": kernel_cmdline.parse,
    "lvm_conf": lvm_conf.parse,
    "mdadm_conf": mdadm_conf.parse,
    "modprobe_conf": modprobe_conf.parse,
    "module_list": module_list.parse,
    "keyfile": sections.parse_keyfile,
    "netplan": netplan.parse,
    "os_release": os_release.parse,
    "resolv_conf": resolv_conf.parse,
    "shell_variables": shell_variables.parse,
    "sshd_config": sshd_config.parse,
    "udev_rules": udev_rules.parse,
    "unit": sections.parse_unit,
    "syslinux": syslinux.parse,
}
each_format = pytest.mark.parametrize("parse", PARSERS.values(), ids=PARSERS)

FRAGMENTS = st.sampled_from(
    [
        *(
            b"\n",
            b"\r\n",
            b"\r",
            b"\\\n",
            b"\\",
            b" ",
            b"\t",
            b"#",
            b'"',
            b"'",
            b"`",
            b"$(",
            b"${",
            b")",
            b"{",
            b"}",
        ),
        *(
            b";",
            b"=",
            b"+=",
            b"<<E",
            b"iface eth0 inet static",
            b"menuentry x {",
            b"linux /v root=x",
            b"set timeout=5",
        ),
        *(
            b"if true; then",
            b"fi",
            b"export A=b",
            b"options a",
            b"title x",
            b"kernel /vmlinuz root=x",
            b"label x",
            b"append root=x",
            b"UUID=x / ext4 defaults",
            b"\x00",
            b"\xff\xfe",
            b"\x0c",
        ),
    ]
)
FILES = st.one_of(st.binary(max_size=200), st.lists(FRAGMENTS, max_size=30).map(b"".join))


def everything_that_can_be_asked(document: Document) -> None:
    for name in dir(type(document)):
        if isinstance(getattr(type(document), name), property):
            getattr(document, name)
    getattr(document, "not_understood", None)


@each_format
@given(data=FILES)
def test_any_bytes_come_back_and_nothing_crashes(parse: Callable[[bytes], Document], data: bytes) -> None:
    document = parse(data)
    everything_that_can_be_asked(document)
    assert document.render() == data


@given(body=st.binary(max_size=1100))
def test_a_grubenv_comes_back_or_is_refused_with_a_code(body: bytes) -> None:
    data = (grubenv.SIGNATURE.encode() + body)[:1024].ljust(1024, b"#")
    document = grubenv.parse(data)
    everything_that_can_be_asked(document)
    assert document.render() == data
    if data != body:
        with pytest.raises(GrubenvInvalid):
            grubenv.parse(body)


@each_format
def test_a_file_of_ten_megabytes_is_refused(parse: Callable[[bytes], Document]) -> None:
    with pytest.raises(TooLarge) as caught:
        parse(b"x" * (10 * 1024 * 1024))
    assert caught.value.code == "GF-FORMAT-TOO-LARGE"
    assert caught.value.hint


@each_format
def test_a_file_of_nothing_but_newlines_is_refused(parse: Callable[[bytes], Document]) -> None:
    with pytest.raises(TooLarge):
        parse(b"\n" * (lines.LINE_LIMIT + 1))


@each_format
@pytest.mark.parametrize("junk", [b" ", b'"', b"'", b"\\", b"{", b"${", b"$(", b" ;", b"#"])
def test_long_lines_of_one_thing_take_no_quadratic_time(parse: Callable[[bytes], Document], junk: bytes) -> None:
    data = b"k" + junk * (200_000 // len(junk)) + b"x"
    try:
        document = parse(data)
    except TooLarge:
        return
    assert document.render() == data


@pytest.mark.corpora
@each_format
def test_every_file_that_others_wrote_comes_back(parse: Callable[[bytes], Document], corpora: Path) -> None:
    seen = 0
    for folder in ("fstab", "grub", "net"):
        for path in sorted((corpora / folder).rglob("*")):
            if path.is_file():
                data = path.read_bytes()
                document = parse(data)
                everything_that_can_be_asked(document)
                assert document.render() == data, path
                seen += 1
    assert seen > 100
