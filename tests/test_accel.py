"""KVM is tried, not believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from guestfix.accel import usable_accelerator


@pytest.fixture
def kvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /dev/kvm that may be opened, and a cache folder of our own."""
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr("guestfix.accel._KVM", device)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return device


def program(tmp_path: Path, script: str) -> str:
    file = tmp_path / "qemu"
    file.write_text(f"#!/bin/sh\necho started >> {tmp_path}/starts\n{script}\n")
    file.chmod(0o755)
    return str(file)


def starts(tmp_path: Path) -> int:
    return len((tmp_path / "starts").read_text().splitlines())


def test_a_qemu_that_aborts_with_kvm_means_emulation_and_says_why(kvm: Path, tmp_path: Path) -> None:
    qemu = program(tmp_path, "echo 'error: failed to set MSR 0x10a' >&2; kill -ABRT $$")
    found = usable_accelerator(qemu)
    assert found.name == "tcg"
    assert found.why == "/dev/kvm is there but QEMU fails with it: error: failed to set MSR 0x10a"


def test_a_qemu_that_starts_and_quits_means_kvm(kvm: Path, tmp_path: Path) -> None:
    assert usable_accelerator(program(tmp_path, "grep -q quit")).name == "kvm"


def test_the_answer_is_remembered_until_the_next_boot(kvm: Path, tmp_path: Path) -> None:
    qemu = program(tmp_path, "exit 1")
    assert usable_accelerator(qemu) == usable_accelerator(qemu)
    assert starts(tmp_path) == 1
    cache = tmp_path / "cache" / "guestfix" / "accelerator.json"
    cache.write_text(json.dumps(json.loads(cache.read_text()) | {"boot": "an earlier one"}))
    usable_accelerator(qemu)
    assert starts(tmp_path) == 2


@pytest.mark.parametrize("junk", ["", "[]", "null", '{"boot": 1}', "\x00"])
def test_a_spoilt_cache_is_done_without(kvm: Path, tmp_path: Path, junk: str) -> None:
    cache = tmp_path / "cache" / "guestfix"
    cache.mkdir(parents=True)
    (cache / "accelerator.json").write_text(junk)
    assert usable_accelerator(program(tmp_path, "exit 0")).name == "kvm"


def test_a_cache_that_cannot_be_written_is_done_without(kvm: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert usable_accelerator(program(tmp_path, "exit 0")).name == "kvm"


def test_no_device_and_no_qemu_mean_emulation(kvm: Path, tmp_path: Path) -> None:
    assert usable_accelerator(str(tmp_path / "none")).name == "tcg"
    kvm.unlink()
    assert usable_accelerator().why == "this host has no /dev/kvm"
