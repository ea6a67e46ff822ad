from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats.errors import CannotEdit, GrubenvFull, GrubenvInvalid, ValueNotWritable
from guestfix.formats.grubenv import SIGNATURE, SIZE, Grubenv, parse


def block(body: str, pad: str = "#") -> Grubenv:
    return parse((SIGNATURE + body).encode().ljust(SIZE, pad.encode()))


@pytest.mark.parametrize("size", [0, 946, 1000, 1023, 1025, 2048])
def test_any_other_size_is_refused_with_the_next_step(size: int) -> None:
    with pytest.raises(GrubenvInvalid, match=str(size)) as caught:
        parse(SIGNATURE.encode().ljust(size, b"#")[:size])
    assert caught.value.code == "GF-FORMAT-GRUBENV-INVALID"
    assert "grub-editenv" in caught.value.hint


def test_a_block_without_signature_is_refused() -> None:
    with pytest.raises(GrubenvInvalid):
        parse(b"#" * SIZE)


def test_reading() -> None:
    env = block("# WARNING: do not edit\nsaved_entry=a=b\nx=1\\\\2\\\n3\nx=last\nodd\n")
    assert env.variables == {"saved_entry": "a=b", "x": "last"}
    assert block("x=1\\\\2\\\n3\n").get("x") == "1\\2\n3"
    assert [(each.number, each.text) for each in env.not_understood] == [(6, "odd")]


def test_setting_and_unsetting_keep_order_and_size() -> None:
    env = block("a=1\n# c\nb=2\n")
    after = env.with_value("a", "long\\er").with_value("c", "3").unset("b")
    assert after.render() == (SIGNATURE + "a=long\\\\er\n# c\nc=3\n").encode().ljust(SIZE, b"#")
    assert env.with_value("a", "1") is env
    assert env.unset("z") is env


def test_a_value_that_does_not_fit_is_refused() -> None:
    room = SIZE - len(SIGNATURE) - len("a=\n")
    assert len(block("").with_value("a", "x" * room).render()) == SIZE
    with pytest.raises(GrubenvFull) as caught:
        block("").with_value("a", "x" * (room + 1))
    assert caught.value.code == "GF-FORMAT-GRUBENV-FULL"


@pytest.mark.parametrize(("name", "value"), [("a b", "x"), ("", "x"), ("a=b", "x"), ("a", "x\ny"), ("a", "\0")])
def test_bad_names_and_values(name: str, value: str) -> None:
    with pytest.raises(ValueNotWritable):
        block("").with_value(name, value)


def test_text_in_the_padding_is_reported_and_never_lost() -> None:
    env = block("a=1\nb=2", pad="#")
    assert [each.number for each in env.not_understood] == [3]
    with pytest.raises(CannotEdit):
        env.with_value("a", "2")


@given(st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), max_size=100))
def test_what_is_set_is_read_back_from_the_bytes(value: str) -> None:
    assert parse(block("b=1\n").with_value("a", value).render()).get("a") == value


@pytest.mark.corpora
def test_grubbys_and_leapps_blocks(corpora: Path) -> None:
    folder = corpora / "grub/grubby/main/test/grub2-support_files"
    assert "saved_entry" in parse((folder / "grubenv.1").read_bytes()).variables
    for bad in (folder / "grubenv.4", corpora / "grub/leapp/scangrubconfig/corrupted_grubenv/grubenv.wrong2"):
        with pytest.raises(GrubenvInvalid):
            parse(bad.read_bytes())


@pytest.mark.corpora
def test_every_file_that_others_wrote_comes_back_or_is_refused_with_a_code(corpora: Path) -> None:
    accepted = 0
    for path in sorted((corpora / "grub").rglob("*")):
        if path.is_file():
            try:
                document = parse(path.read_bytes())
            except GrubenvInvalid as refusal:
                assert refusal.code == "GF-FORMAT-GRUBENV-INVALID"
                continue
            assert document.render() == path.read_bytes(), path
            accepted += 1
    assert accepted == 2
