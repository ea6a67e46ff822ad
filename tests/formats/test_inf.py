"""INF files: the text. Examples follow Microsoft's "General syntax rules for INF files"."""

from __future__ import annotations

import codecs

import pytest

from guestfix.formats import inf
from guestfix.formats.errors import TooLarge

TEXT = r"""; a comment
[Version]
Signature = "$Windows NT$"   ; and another
Provider = %Vendor%
DriverVer = 07/15/2024, 100.96.104.26000

[version]
Class = SCSIAdapter

[Mixed]
"a, b" = "he said ""no""; really", %Vendor% Disk, , "  kept  "
Path = "%%SystemRoot%%\System32\IoLogMsg.dll"
Long = one, \
       two, \  ; a comment after the backslash
       three
Unknown = %NoSuchString%
one.sys,,,2

[Strings]
Vendor = "Acme, Inc."
"""


def test_sections_and_keys_ignore_case_and_a_section_that_comes_twice_is_one() -> None:
    document = inf.parse(TEXT.encode())
    assert document.value("VERSION", "signature") == "$Windows NT$"
    assert document.value("Version", "class") == "SCSIAdapter"
    assert document.value("Version", "Provider") == "Acme, Inc."
    assert document.entries("Version", "DriverVer")[0].fields == ("07/15/2024", "100.96.104.26000")


def test_quotes_commas_semicolons_and_blanks() -> None:
    mixed = inf.parse(TEXT.encode()).section("mixed")
    assert mixed[0].key == "a, b"
    assert mixed[0].fields == ('he said "no"; really', "Acme, Inc. Disk", "", "  kept  ")


def test_a_doubled_percent_is_one_and_an_unknown_string_stays() -> None:
    document = inf.parse(TEXT.encode())
    assert document.value("Mixed", "Path") == r"%SystemRoot%\System32\IoLogMsg.dll"
    assert document.value("Mixed", "Unknown") == "%NoSuchString%"


def test_a_backslash_at_the_end_joins_lines_and_the_entry_counts_as_the_first() -> None:
    entry = inf.parse(TEXT.encode()).entries("Mixed", "Long")[0]
    assert entry.fields == ("one", "two", "three")
    assert TEXT.split("\n")[entry.number - 1].startswith("Long")


def test_a_line_without_a_key_is_all_fields() -> None:
    entry = inf.parse(TEXT.encode()).section("Mixed")[-1]
    assert (entry.key, entry.fields) == ("", ("one.sys", "", "", "2"))
    assert (entry.field(3), entry.field(9)) == ("2", "")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF8, "utf-8")],
)
def test_the_byte_order_mark_says_the_encoding(mark: bytes, encoding: str) -> None:
    data = mark + TEXT.replace("Acme", "Åcmé").replace("\n", "\r\n").encode(encoding)
    document = inf.parse(data)
    assert (document.encoding, document.value("Version", "Provider")) == (encoding, "Åcmé, Inc.")
    assert document.render() == data


def test_without_a_mark_no_byte_is_lost() -> None:
    data = b'[Version]\nProvider = "Acm\xe9"\n'
    document = inf.parse(data)
    assert document.value("Version", "Provider") == "Acmé"
    assert document.render() == data


def test_a_string_of_a_language_counts_where_the_plain_one_is_missing() -> None:
    document = inf.parse(b"[A]\nx=%a%,%b%\n[Strings.0407]\na=german\nb=deutsch\n[Strings]\na=plain\n")
    assert document.entries("a", "x")[0].fields == ("plain", "deutsch")


def test_what_stands_in_no_section_is_reported() -> None:
    document = inf.parse(b"hello\n[a\nx=1\n[b]\ny=2\n")
    assert [each.number for each in document.not_understood] == [1, 2, 3]
    assert document.value("b", "y") == "2"


def test_strings_that_stand_for_strings_do_not_grow() -> None:
    line = b"%a%" * 20_000
    document = inf.parse(b"[x]\nk=" + line + b"\n[Strings]\na=" + b"y" * 4000 + b"\n")
    assert len(document.value("x", "k")) <= inf.FIELD_LIMIT


def test_a_file_beyond_all_measure_is_refused() -> None:
    with pytest.raises(TooLarge) as caught:
        inf.parse(b"\n" * 200_000)
    assert caught.value.code == "GF-FORMAT-TOO-LARGE"
    assert caught.value.hint
