"""Text read from pictures of a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.boot.screen import text_on_screen
from guestfix.boot.vga_font import LETTERS

ALERT = "ALERT!  /dev/sda1 does not exist.  Dropping to a shell!"
BLACK, GREY, BLUE = b"\x00\x00\x00", b"\xaa\xaa\xaa", b"\x00\x00\xaa"


def shapes(number: int) -> dict[str, bytes]:
    """For each character its first or last shape: VGA text, or Linux on a framebuffer."""
    every: dict[str, list[bytes]] = {}
    for shape, letter in LETTERS.items():
        every.setdefault(letter, []).append(shape)
    return {letter: listed[number] for letter, listed in every.items()}


def picture(
    lines: list[str], width: int, height: int, cell: int, font: dict[str, bytes], back: bytes = BLACK
) -> bytes:
    rows = []
    for y in range(height):
        row = []
        text = lines[y // 16] if y // 16 < len(lines) else ""
        for letter in text.ljust(width // cell):
            bits = font[letter][y % 16]
            row += [GREY if bits >> (7 - x) & 1 else back for x in range(8)] + [back] * (cell - 8)
        row += [back] * (width - len(row))
        rows.append(b"".join(row))
    return b"P6\n%d %d\n255\n" % (width, height) + b"".join(rows)


@pytest.mark.parametrize(
    ("width", "height", "cell", "number"), [(720, 400, 9, 0), (1280, 800, 8, -1), (640, 480, 8, -1)]
)
def test_a_line_is_read_in_text_mode_and_on_a_framebuffer(width: int, height: int, cell: int, number: int) -> None:
    read = text_on_screen(picture(["", ALERT, "(initramfs) "], width, height, cell, shapes(number)))
    assert read == (ALERT, "(initramfs)")


def test_every_character_is_read_back() -> None:
    text = "".join(sorted(set(LETTERS.values()) - {" "}))
    assert len(text) == 94
    for number in (0, -1):
        assert text_on_screen(picture([text], 800, 32, 8, shapes(number))) == (text,)


def test_colours_of_the_background_do_not_matter() -> None:
    assert text_on_screen(picture(["No bootable device."], 720, 400, 9, shapes(0), BLUE)) == (
        "No bootable device.",
    )


def test_a_letter_of_another_font_becomes_a_question_mark() -> None:
    font = shapes(-1) | {"Q": bytes([0x18] * 16)}
    assert text_on_screen(picture(["a Q b"], 640, 32, 8, font)) == ("a ? b",)


@pytest.mark.parametrize("lines", [(13, 14), (14, 15)])
def test_the_cursor_behind_a_prompt_is_no_letter(lines: tuple[int, int]) -> None:
    cursor = bytes(0xFF if y in lines else 0 for y in range(16))
    read = text_on_screen(picture(["web01 login: \0"], 720, 400, 9, shapes(0) | {"\0": cursor}))
    assert read == ("web01 login:",)


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"P6",
        b"P5\n2 2\n255\n1234",
        b"P6\n0 0\n255\n",
        b"P6\n99999 99999\n255\n",
        b"P6\n640 480\n255\nshort",
        b"\x89PNG",
    ],
)
def test_what_is_no_whole_picture_has_no_text(damaged: bytes) -> None:
    assert text_on_screen(damaged) == ()


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_any_picture_is_read_without_a_crash(width: int, height: int, data: st.DataObject) -> None:
    dots = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))
    text_on_screen(b"P6\n%d %d\n255\n" % (width, height) + dots)
