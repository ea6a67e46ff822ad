"""Versions as distributions write them."""

from __future__ import annotations

import pytest

from guestfix.initramfs.kernel_version import skips_lz4_padding


@pytest.mark.parametrize(
    ("version", "sure"),
    [
        ("5.13.0-19-generic", True),
        ("6.1.0-56-amd64", True),
        ("10.0", True),
        ("5.12.19", False),
        ("5.4.0-150-generic", False),
        ("2.6.32-754.el6.x86_64", False),
        ("unknown", False),
        ("", False),
        ("9" * 5000, False),
    ],
)
def test_zeros_behind_lz4(version: str, sure: bool) -> None:
    assert skips_lz4_padding(version) is sure
