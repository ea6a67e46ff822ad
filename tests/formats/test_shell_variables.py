from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.formats import os_release, shell_variables
from guestfix.formats.errors import CannotEdit, ValueNotWritable
from guestfix.formats.shell_variables import Assignment, parse

ABSENT = object()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A=b", "b"),
        ("A=", ""),
        ("A=''", ""),
        ("A=b # c", "b"),
        ("A=b#c", "b#c"),
        ("A=b; # c", "b"),
        ("A=b\r\n", "b"),
        ("\texport A=b", "b"),
        ("A=b\nA=c", "c"),
        ("A='it'\"'\"'s'", "it's"),
        ("A='a\nb'", "a\nb"),
        ('A="a \\\n b"', "a  b"),
        ("A=a\\\nb", "ab"),
        ("A=a\\ b", "a b"),
        (r'A="\$x \" \\ \` \n"', r'$x " \ ` \n'),
        ('A="costs 5$"', "costs 5$"),
        ("A='$x `y`'", "$x `y`"),
        ("A=b\nA+=' c'", "b c"),
        ("#A=b", ABSENT),
        ("AA=b", ABSENT),
        ("A =b", ABSENT),
        ('A="$x"', None),
        ("A=$(date)", None),
        ('A="$(sed "s/x/y/" f)"', None),
        ("A=`date`", None),
        ("A=${x:-y}", None),
        ("A=b c=d", None),
        ("A=(a b)", None),
        ("A=b\nA=c cmd", None),
        ("if x; then\n  A=c\nfi", None),
        ("A=b\nif x; then\n  A=c\nfi", None),
        ("if x; then\n  A=c\nfi\nA=b", "b"),
        ("f() {\n A=c\n}\nA=b", "b"),
        ("cat <<E\nA=c\nE\nA=b", "b"),
        ("echo 'unclosed\nA=b", None),
        ("A='unclosed", None),
        ('A="$\\\n$"', None),
    ],
)
def test_values(text: str, value: object) -> None:
    document = parse(text.encode())
    assert document.get("A") == (None if value is ABSENT else value)
    assert document.is_assigned("A") == (value is not ABSENT)
    assert document.render() == text.encode()


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("A=b\n", "c", "A=c\n"),
        ("A=b\n", "c d", 'A="c d"\n'),
        ("A='b' # why\n", "c $d", "A='c $d' # why\n"),
        ("A='b'\n", "it's", 'A="it\'s"\n'),
        ('  export A="b";\n', 'say "$x`\\', '  export A="say \\"\\$x\\`\\\\";\n'),
        ("A=b\nA=c\nB=d\n", "x", "A=b\nA=x\nB=d\n"),
        ('A="$(x)"\n', "y", 'A="y"\n'),
        ("B=b", "x", "B=b\nA=x\n"),
        ("B=b\r\n", "x", "B=b\r\nA=x\r\n"),
        ("", "x y", 'A="x y"\n'),
        ("#A=b\n", "x", "#A=b\nA=x\n"),
        ("A=b\nA+=c\n", "x", "A=b\nA+=c\nA=x\n"),
        ("if x; then\n A=c\nfi\n", "x", "if x; then\n A=c\nfi\nA=x\n"),
        ('A="a" b=c\n', "a b=c", 'A="a" b=c\nA="a b=c"\n'),
        ("A=a'b'\n", "ab", "A=a'b'\n"),
    ],
)
def test_setting_keeps_place_and_quotes_and_is_done_once(before: str, value: str, after: str) -> None:
    once = parse(before.encode()).with_value("A", value)
    assert once.render().decode() == after
    assert once.get("A") == value
    again = parse(after.encode())
    assert again.with_value("A", value) is again


def test_nothing_is_appended_inside_an_open_quote() -> None:
    with pytest.raises(CannotEdit) as caught:
        parse(b"B='open\n").with_value("A", "x")
    assert caught.value.code == "GF-FORMAT-CANNOT-EDIT"


def test_nothing_is_appended_behind_a_backslash_that_would_join_it() -> None:
    for text in (b"B=\\\n", b"B=a \\\n", b"B=a\\", b"true \\\n"):
        with pytest.raises(CannotEdit):
            parse(text).with_value("A", "x")
    assert parse(b"# c \\\n").with_value("A", "x").get("A") == "x"


def test_a_value_of_two_lines_is_refused() -> None:
    with pytest.raises(ValueNotWritable):
        parse(b"A=b\n").with_value("A", "c\nd")


def test_shell_code_is_reported_with_its_first_line() -> None:
    document = parse(b"A=b\n\n# c\nif x; then\n y\nfi\nulimit -c 0\n")
    assert [each.number for each in document.not_understood] == [4, 7]


@given(st.text(st.characters(exclude_characters="\0\n\r", exclude_categories=["Cs"]), max_size=20))
@pytest.mark.parametrize("before", ["A=b\n", "A='b'\n", 'A="b"\n', ""])
def test_any_line_of_text_can_be_set_and_read_back(before: str, value: str) -> None:
    rendered = parse(before.encode()).with_value("A", value).render()
    assert parse(rendered).get("A") == value


@given(st.text("ab$'\"\\` #;\n", max_size=12))
def test_a_value_that_we_know_is_the_one_that_a_shell_finds(written: str) -> None:
    data = f"A={written}\n".encode()
    document = parse(data)
    only = all(isinstance(piece, Assignment | shell_variables.Comment) for piece in document.pieces)
    value = document.get("A")
    if value is None or not only:
        return
    script = data + b'printf %s. "$A"\n'
    run = subprocess.run(["/bin/sh"], input=script, capture_output=True, check=False, cwd="/", env={"PATH": "/"})
    assert run.stdout.decode() == value + "."


@pytest.mark.corpora
def test_leapps_broken_grub_file_is_seen_and_its_corrected_one_is_not(corpora: Path) -> None:
    folder = corpora / "grub/leapp/scangrubconfig/error_detection"
    wrong = parse((folder / "grub.wrong").read_bytes())
    correct = parse((folder / "grub.correct").read_bytes())
    assert (wrong.is_assigned("GRUB_CMDLINE_LINUX"), wrong.get("GRUB_CMDLINE_LINUX")) == (True, None)
    assert [each.text[:18] for each in wrong.not_understood] == ["GRUB_CMDLINE_LINUX"]
    assert correct.not_understood == ()
    assert "console=ttyS0,115200n8" in (correct.get("GRUB_CMDLINE_LINUX") or "").split()
    assert correct.get("GRUB_DISTRIBUTOR") is None


def test_os_release_with_and_without_what_it_should_say() -> None:
    debian = os_release.parse(
        b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\nID_LIKE="a b"\nhm\n'
    )
    assert (debian.id, debian.version_id, debian.pretty_name) == ("debian", "12", "Debian GNU/Linux 12")
    assert debian.id_like == ("a", "b")
    assert [each.number for each in debian.not_understood] == [5]
    nothing = os_release.parse(b"")
    assert (nothing.id, nothing.version_id, nothing.pretty_name, nothing.id_like) == ("linux", None, "Linux", ())


def test_each_of_many_names_is_asked_for_in_no_quadratic_time() -> None:
    def seconds(names: int) -> float:
        document = parse("".join(f"IPADDR_{number}=10.0.0.1\n" for number in range(names)).encode())
        began = time.process_time()
        assert all(document.get(name) for name in document.names)
        assert document.comment_out(document.names).names == ()
        return time.process_time() - began

    assert seconds(8_000) < 100 * max(seconds(200), 0.002)  # quadratic: 1600 times
