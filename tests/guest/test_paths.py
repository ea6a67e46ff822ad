"""Is a path resolved as the kernel would, and never endlessly?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guestfix.guest import paths
from guestfix.guest.memory import MemoryGuest
from guestfix.guest.protocol import Kind

PARTS = st.sampled_from(["a", "b", "c", ".", "..", ""])
TEXTS = st.builds(
    lambda slash, parts: slash + "/".join(parts), st.sampled_from(["", "/"]), st.lists(PARTS, max_size=6)
)


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/a", True), ("/a/b", True), ("/a/..b", True), ("/ ", True),
        ("/", False), ("", False), ("a", False), ("/a/", False), ("//a", False), ("/a//b", False),
        ("/a/.", False), ("/a/..", False), ("/a\0", False),
    ],
)  # fmt: skip
def test_plain_paths(path: str, plain: bool) -> None:
    assert paths.is_plain(path) is plain


def test_parent_name_and_join_belong_together() -> None:
    for path in ("/a", "/a/b", "/é/ü"):
        assert paths.join(paths.parent(path), paths.name(path)) == path
    assert paths.parent("/a") == "/"


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from("abc"), TEXTS), max_size=6), TEXTS)
def test_whatever_the_links_are_it_ends_inside_on_something_that_is_no_link(
    links: list[tuple[str, str]], path: str
) -> None:
    guest = MemoryGuest(directories=["/a", "/b", "/c"])
    for name, target in links:
        guest.add_symlink(f"/a/{name}", target)
    found = guest.resolve("/" + path)
    if found is not None:
        status = guest.link_status(found)
        assert found == "/" or paths.is_plain(found)
        assert status is not None
        assert status.kind is Kind.DIRECTORY


def test_links_that_double_at_each_step_end_soon() -> None:
    guest = MemoryGuest(symlinks={"/x0": "/"} | {f"/x{n}": f"/x{n - 1}/x{n - 1}" for n in range(1, 40)})
    assert guest.resolve("/x3") == "/"
    assert guest.resolve("/x39") is None
