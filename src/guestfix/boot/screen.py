"""Reading the text on a guest's screen, because a guest that nobody fixed has no serial console.

QEMU's picture of the screen is cut into the cells of a text screen and every cell compared with the letters of
the VGA ROM. That reads the firmware, GRUB's first words, and Linux on VGA text and on a framebuffer. Fonts loaded
later by user space (console-setup) and GRUB's graphical menu stay unread: a cell that matches nothing becomes `?`.
"""

from __future__ import annotations

import re

from guestfix.boot.vga_font import LETTERS

ROWS_OF_A_LETTER = 16
LARGEST = 4096
UNREADABLE = "?"
CURSOR = re.compile(rb"\x00*\xff{2,4}\x00*")
"""A cell of full lines and nothing else is the cursor; it blinks, so it is in some of the pictures."""
_TEXT_MODE = (720, 400)  # 80 by 25 cells of 9 by 16 dots; the ninth column is space between letters
_PPM = re.compile(rb"P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s")


def text_on_screen(picture: bytes) -> tuple[str, ...]:
    """The lines of text on a picture in PPM (P6, as QEMU's screendump writes it), empty lines left out.

    A picture that is damaged, cut off or larger than any screen has no lines.
    """
    header = _PPM.match(picture)
    if header is None:
        return ()
    width, height = int(header[1]), int(header[2])
    dots = picture[header.end() :]
    if not (0 < width <= LARGEST and 0 < height <= LARGEST) or len(dots) < width * height * 3:
        return ()
    # One colour channel is enough to tell letter from background in every colour pair that consoles use.
    green = dots[1 : width * height * 3 : 3]
    cell = 9 if (width, height) == _TEXT_MODE else 8
    lines = []
    for top in range(0, height - ROWS_OF_A_LETTER + 1, ROWS_OF_A_LETTER):
        rows = [green[(top + y) * width : (top + y + 1) * width] for y in range(ROWS_OF_A_LETTER)]
        if line := _line(rows, width // cell, cell):
            lines.append(line)
    return tuple(lines)


def _line(rows: list[bytes], columns: int, cell: int) -> str:
    if all(row.count(row[:1]) == len(row) for row in rows):
        return ""
    letters = []
    for column in range(columns):
        left = column * cell
        letters.append(_letter([row[left : left + 8] for row in rows]))
    return "".join(letters).rstrip()


def _letter(rows: list[bytes]) -> str:
    background = rows[0][0]
    shape = bytes(
        sum(1 << (7 - x) for x, dot in enumerate(row) if dot != background) if row.count(background) != 8 else 0
        for row in rows
    )
    return " " if CURSOR.fullmatch(shape) else LETTERS.get(shape, UNREADABLE)
