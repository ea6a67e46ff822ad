"""Configuration files of guests, as values. Pure: bytes in, bytes out, nothing else is read or written.

The contract of every module here:

- `parse(bytes)` returns a document, a frozen dataclass; `document.render()` returns the same bytes, whatever they
  were: CR LF, no newline at the end, NUL, text that is no UTF-8 (kept by surrogateescape), damaged syntax.
- Edits return a new document, touch only the bytes they must, keep spacing, quotes and comments, and change
  nothing when there is nothing to do: editing twice is editing once.
- Nothing is lost: what is not understood stays where it is and is in `document.not_understood`, with line numbers.
- Files of guests are hostile: size, lines and nesting are bounded (`lines.SIZE_LIMIT`), nothing recurses, and
  whatever is wrong is an error of `errors` with a code: GF-FORMAT-TOO-LARGE first of all.
- Nothing is expanded or run: a value that only a shell or GRUB could know is None or keeps its `$name`.
"""
