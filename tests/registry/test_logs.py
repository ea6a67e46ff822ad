"""Is a hive that was not written to its end completed by its logs as in Windows, and never edited under them?"""

from __future__ import annotations

import importlib
import struct
from pathlib import Path
from typing import Any

import pytest

from guestfix.changes import HiveEdited
from guestfix.examples import world
from guestfix.guest.memory import MemoryGuest
from guestfix.operations import Knowledge
from guestfix.plan import plan
from guestfix.registry import Hive, ValueType, open_hive
from guestfix.registry.base_block import checksum
from guestfix.registry.document import HiveDocument
from guestfix.registry.editor import edited
from guestfix.registry.errors import HiveError, HiveUnclean
from guestfix.registry.logs import marvin, recovered
from guestfix.registry.reg_text import parse
from guestfix.registry.values import dword, sz
from guestfix.registry.writer import write

regipy: Any = importlib.import_module("regipy.recovery")

CONFIG = "/Windows/System32/config"
KEY = "ControlSet001\\Control\\TimeZoneInformation"
CLEAN = write(parse(f'[{KEY}]\n"Bias"=dword:3c\n"TimeZoneKeyName"="W. Europe Standard Time"\n'), sequence=4)


def changed(data: bytes, name: str = "Bias", number: int = 120) -> bytes:
    return edited(
        data, HiveDocument(Hive.of(data)).set_value(KEY, name, ValueType.DWORD, dword(number)).operations
    )


def sealed(block: bytes) -> bytes:
    out = bytearray(block)
    struct.pack_into("<I", out, 508, checksum(block))
    return bytes(out)


def dirty(data: bytes) -> bytes:
    """As Windows leaves it when power goes: the first number is raised, the second is not yet."""
    first = struct.unpack_from("<I", data, 4)[0]
    return sealed(data[:4] + struct.pack("<I", first + 1) + data[8:])


def log_head(data: bytes, kind: int, sequence: int) -> bytes:
    head = struct.pack("<4sII", b"regf", sequence, sequence) + data[12:28] + struct.pack("<I", kind) + data[32:512]
    return sealed(head)


def entry(old: bytes, new: bytes, sequence: int) -> bytes:
    """An entry of the new format with every 4096-byte page that differs."""
    size = max(len(old), len(new))
    places = [at for at in range(4096, size, 4096) if old[at : at + 4096] != new[at : at + 4096]]
    body = b"".join(struct.pack("<II", at - 4096, 4096) for at in places)
    body += b"".join(new[at : at + 4096] for at in places)
    body = body.ljust(-(-(40 + len(body)) // 512) * 512 - 40, b"\0")
    head = struct.pack("<4sIIIII", b"HvLE", 40 + len(body), 0, sequence, len(new) - 4096, len(places))
    head += struct.pack("<Q", marvin(body))
    return head + struct.pack("<Q", marvin(head)) + body


def old_log(old: bytes, new: bytes) -> bytes:
    """A log of the old format with every 512-byte page that differs."""
    bits = (len(new) - 4096) // 512
    dirty_pages = [n for n in range(bits) if old[4096 + 512 * n :][:512] != new[4096 + 512 * n :][:512]]
    bitmap = bytearray(bits // 8)
    for number in dirty_pages:
        bitmap[number // 8] |= 1 << number % 8
    vector = (b"DIRT" + bytes(bitmap)).ljust(-(-(4 + len(bitmap)) // 512) * 512, b"\0")
    pages = b"".join(new[4096 + 512 * n :][:512] for n in dirty_pages)
    return log_head(new, 1, 5) + vector + pages


def bias(data: bytes) -> object:
    key = Hive.of(data).key(KEY)
    assert key is not None
    return key.get("Bias")


@pytest.mark.parametrize(
    ("text", "hash_"),
    [
        ("", 0x30ED35C100CD3C7D),
        ("af", 0x48E73FC77D75DDC1),
        ("e70f", 0xB5F6E1FC485DBFF8),
        ("37f495", 0xF0B07C789B8CF7E8),
        ("8642dc59", 0x7008F2E87E9CF556),
    ],
)
def test_the_hash_is_marvin32(text: str, hash_: int) -> None:
    """Vectors of dotnet/runtime, MarvinTests."""
    assert marvin(bytes.fromhex(text), 0x004FB61A001BDBCC) == hash_


@pytest.mark.corpora
def test_logs_that_windows_wrote_complete_the_hive(corpora: Path) -> None:
    """The logs of yarp's BadLogHive3 belong to NewDirtyHive1; only the checksum of each was spoilt."""
    folder = corpora / "registry" / "yarp"
    hive = (folder / "NewDirtyHive1" / "NewDirtyHive").read_bytes()
    spoilt = [(folder / "BadLogHive3" / f"BadLogHive.LOG{number}").read_bytes() for number in (1, 2)]
    with pytest.raises(HiveUnclean):
        recovered(hive, spoilt)
    result = recovered(hive, [sealed(log) for log in reversed(spoilt)])
    done = Hive.of(result)
    done.check_bins()
    assert done.is_clean
    assert (done.base.sequence1, done.base.sequence2) == (5, 5)
    names = [key.path for key in done.root.walk()]
    assert names == ["", "Key3", "Key3\\Key3_1", "Key3\\Key3_2", "Key3\\Key3_3"]


def test_entries_of_both_logs_are_replayed_in_their_order() -> None:
    second, third, fourth = changed(CLEAN), changed(changed(CLEAN), "New", 1), None
    fourth = changed(third, "Bias", 180)
    one = log_head(CLEAN, 6, 5) + entry(second, third, 6) + entry(third, fourth, 7)
    two = log_head(CLEAN, 6, 5) + entry(CLEAN, second, 5)
    for logs in ([one, two], [two, one]):
        result = recovered(dirty(CLEAN), logs)
        assert bias(result) == 180
        assert Hive.of(result).is_clean
        Hive.of(result).check_bins()


def test_regipy_replays_the_same(tmp_path: Path) -> None:
    data, after = dirty(CLEAN), changed(CLEAN)
    log = log_head(CLEAN, 6, 5) + entry(CLEAN, after, 5)
    enough = data.ljust(len(after), b"\0")  # regipy refuses a log that makes the hive grow
    (tmp_path / "H").write_bytes(enough)
    (tmp_path / "H.LOG1").write_bytes(log)
    path, pages = regipy.apply_transaction_logs(
        str(tmp_path / "H"), str(tmp_path / "H.LOG1"), restored_hive_path=str(tmp_path / "out")
    )
    assert pages >= 1
    assert Path(path).read_bytes()[4096:] == recovered(enough, [log])[4096:]


def test_a_damaged_entry_ends_the_replay_and_old_entries_are_left_out() -> None:
    second, third = changed(CLEAN), changed(changed(CLEAN), "Bias", 180)
    damaged = bytearray(entry(second, third, 6))
    damaged[-1] ^= 1
    log = log_head(CLEAN, 6, 5) + entry(third, CLEAN, 2) + entry(CLEAN, second, 5) + bytes(damaged)
    assert bias(recovered(dirty(CLEAN), [log])) == 120


def test_a_gap_between_entries_ends_the_replay() -> None:
    second, third = changed(CLEAN), changed(changed(CLEAN), "Bias", 180)
    log = log_head(CLEAN, 6, 5) + entry(CLEAN, second, 5) + entry(second, third, 7)
    assert bias(recovered(dirty(CLEAN), [log])) == 120


def test_a_log_of_windows_7_is_replayed_if_it_belongs_to_this_state() -> None:
    after = changed(CLEAN)
    assert bias(recovered(dirty(CLEAN), [old_log(CLEAN, after)])) == 120
    other = bytearray(old_log(CLEAN, after))
    other[12] ^= 1
    with pytest.raises(HiveUnclean):
        recovered(dirty(CLEAN), [sealed(bytes(other))])


def test_a_damaged_first_sector_comes_back_from_the_log() -> None:
    after = changed(CLEAN)
    broken = CLEAN[:100] + b"\xff" * 300 + CLEAN[400:]
    result = recovered(broken, [log_head(CLEAN, 6, 5) + entry(CLEAN, after, 5)])
    assert bias(result) == 120
    assert Hive.of(result).is_clean


def test_a_clean_hive_stays_whatever_its_logs_say() -> None:
    log = log_head(CLEAN, 6, 5) + entry(CLEAN, changed(CLEAN), 5)
    assert recovered(CLEAN, [log]) == CLEAN


@pytest.mark.parametrize("logs", [[], [b""], [b"junk" * 1000], [CLEAN]])
def test_without_a_log_that_helps_it_is_refused(logs: list[bytes]) -> None:
    with pytest.raises(HiveUnclean) as caught:
        recovered(dirty(CLEAN), logs)
    assert caught.value.code == "GF-HIVE-UNCLEAN"
    assert "shut it down cleanly" in caught.value.hint


def test_no_log_breaks_the_reader() -> None:
    after = changed(CLEAN)
    for good in (log_head(CLEAN, 6, 5) + entry(CLEAN, after, 5), old_log(CLEAN, after)):
        for end in range(0, len(good), 97):
            try:
                recovered(dirty(CLEAN), [good[:end]])
            except HiveError as error:
                assert error.code.startswith("GF-HIVE-")


def test_a_plan_completes_the_hive_edits_it_and_empties_its_logs() -> None:
    """The whole life: what the logs held is in the hive, they are empty, and revert gives every byte back."""
    knowledge = Knowledge.load()
    log = log_head(CLEAN, 6, 5) + entry(CLEAN, changed(CLEAN), 5)
    guest = MemoryGuest(
        {
            f"{CONFIG}/SYSTEM": dirty(CLEAN),
            f"{CONFIG}/SYSTEM.LOG1": log,
            f"{CONFIG}/SYSTEM.LOG2": b"",
            "/Windows/explorer.exe": "MZ",
        }
    )
    began = guest.files()
    key = open_hive(guest, "/windows/system32/CONFIG/system").key(KEY)
    assert key is not None
    assert key.number("Bias") == 120
    there = world(list(knowledge.targets.values()))
    rules = knowledge.rules.configured(only=["windows/clock"])

    def planned() -> Any:
        found = there.inspect(guest)
        return plan(found.facts, found.initramfs, guest, rules, knowledge.targets["azure"])

    made = planned()
    assert [change.path for change in made.changes] == [f"{CONFIG}/SYSTEM", f"{CONFIG}/SYSTEM.LOG1"]
    assert isinstance(made.changes[0].after, HiveEdited)
    there.apply(guest, made)
    hive = Hive.of(guest.read(f"{CONFIG}/SYSTEM"))
    assert hive.is_clean
    key = hive.key(KEY)
    assert key is not None
    assert (key.number("Bias"), key.number("RealTimeIsUniversal")) == (120, 1)
    assert guest.read(f"{CONFIG}/SYSTEM.LOG1") == b""
    assert planned().changes == ()
    there.revert(guest)
    assert guest.files() == began


def test_an_unclean_hive_without_logs_is_a_finding_and_stays() -> None:
    knowledge = Knowledge.load()
    guest = MemoryGuest({f"{CONFIG}/SYSTEM": dirty(CLEAN), "/Windows/explorer.exe": "MZ"})
    there = world(list(knowledge.targets.values()))
    found = there.inspect(guest)
    rules = knowledge.rules.configured(only=["windows/clock"])
    made = plan(found.facts, found.initramfs, guest, rules, knowledge.targets["azure"])
    assert made.changes == ()
    assert [finding.code for finding in made.findings] == ["GF-HIVE-UNCLEAN"]


def test_values_of_the_clean_hive_are_what_the_test_thinks() -> None:
    key = Hive.of(CLEAN).key(KEY)
    assert key is not None
    value = key.value("TimeZoneKeyName")
    assert value is not None
    assert value.data == sz("W. Europe Standard Time")
