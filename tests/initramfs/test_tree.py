"""How members add up: what the kernel would have in its root file system."""

from __future__ import annotations

import stat

import pytest

from guestfix.initramfs.cpio import Member
from guestfix.initramfs.errors import CorruptImage, TooLarge
from guestfix.initramfs.source import Limits
from guestfix.initramfs.tree import Entry, TreeBuilder, normal, parents, resolve

FILE, DIRECTORY, LINK = stat.S_IFREG | 0o644, stat.S_IFDIR | 0o755, stat.S_IFLNK | 0o777


def _tree(limits: Limits | None = None) -> TreeBuilder:
    return TreeBuilder(lambda path: path.endswith("kept"), limits or Limits(), {}, {})


def _add(
    tree: TreeBuilder, name: str, mode: int = FILE, body: bytes = b"", *, links: int = 1, segment: int = 0
) -> None:
    member = Member(name, mode, links, len(body), (0, 0, 7 if links > 1 else 1), None)
    wanted = tree.wants(member)
    tree.add(member, body if wanted or mode == LINK else b"", segment)


@pytest.mark.parametrize(
    ("name", "path"), [("./a//b/", "a/b"), ("/a", "a"), (".", ""), ("a/./b", "a/b"), ("..a", "..a")]
)
def test_names_are_brought_to_one_form(name: str, path: str) -> None:
    assert normal(name) == path


def test_names_that_climb_are_refused() -> None:
    with pytest.raises(CorruptImage, match="climbs out"):
        normal("a/../../etc")


def test_parents_come_outermost_first() -> None:
    assert parents("a/b/c") == ["a", "a/b"]
    assert parents("a") == []


def test_a_later_file_replaces_an_earlier_one_and_its_kept_body() -> None:
    tree = _tree()
    _add(tree, "kept", body=b"old")
    _add(tree, "kept", body=b"newer", segment=1)
    assert tree.entries == {"kept": Entry(FILE, 5, 1)}
    assert tree.kept == {"kept": b"newer"}
    _add(tree, "kept", DIRECTORY)
    assert tree.kept == {}


def test_a_name_below_a_symbolic_link_is_the_file_behind_it() -> None:
    tree = _tree()
    _add(tree, "lib", LINK, b"usr/lib")
    _add(tree, "usr/lib/kept", body=b"1")
    _add(tree, "lib/kept", body=b"22", segment=1)
    assert tree.entries["usr/lib/kept"] == Entry(FILE, 2, 1)
    assert "lib/kept" not in tree.entries
    assert tree.kept == {"usr/lib/kept": b"22"}


def test_a_symbolic_link_that_comes_later_changes_where_names_lead() -> None:
    tree = _tree()
    _add(tree, "d/one")
    _add(tree, "d", LINK, b"/e")
    _add(tree, "d/two")
    assert {"d/one", "e/two"} < tree.entries.keys()


def test_links_through_links_and_up() -> None:
    entries = {
        "a": Entry(LINK, 0, 0, "b/c"),
        "b/c": Entry(LINK, 0, 0, "../../../d/./e"),
        "loop": Entry(LINK, 0, 0, "loop"),
        "fast": Entry(LINK, 0, 0, "fast/fast"),
        "long": Entry(LINK, 0, 0, "x/" * 2000),
    }
    assert resolve(entries, "a/f") == "d/e/f"
    assert resolve(entries, "a") == "a"
    assert resolve(entries, "a", last=True) == "d/e"
    for endless in ("loop/x", "fast/x", "long/x"):
        assert resolve(entries, endless) == endless


@pytest.mark.parametrize("order", [["one", "kept"], ["kept", "one"]])
def test_hard_links_share_the_body_that_comes_last(order: list[str]) -> None:
    tree = _tree()
    _add(tree, order[0], links=2)
    _add(tree, order[1], body=b"body", links=2)
    tree.end_archive()
    assert {entry.size for entry in tree.entries.values()} == {4}
    assert tree.kept == {"kept": b"body"}


def test_hard_links_end_with_their_archive() -> None:
    tree = _tree()
    _add(tree, "kept", links=2)
    tree.end_archive()
    _add(tree, "one", body=b"body", links=2)
    tree.end_archive()
    assert tree.entries["kept"].size == 0
    assert tree.kept == {"kept": b""}


def test_a_hard_link_that_was_replaced_stays_replaced() -> None:
    tree = _tree()
    _add(tree, "kept", links=2)
    _add(tree, "kept", body=b"other one")
    _add(tree, "one", body=b"body", links=2)
    tree.end_archive()
    assert tree.kept == {"kept": b"other one"}


def test_bodies_over_the_limit_are_not_kept_and_too_many_are_an_error() -> None:
    tree = _tree(Limits(kept_body=3, kept_bodies=5))
    _add(tree, "1kept", body=b"1234")
    assert tree.kept == {}
    _add(tree, "2kept", body=b"123")
    _add(tree, "2kept", body=b"123")
    with pytest.raises(TooLarge, match="must be read"):
        _add(tree, "3kept", body=b"123")


def test_too_many_files_and_names() -> None:
    tree = _tree(Limits(members=2))
    _add(tree, "a")
    _add(tree, "b")
    with pytest.raises(TooLarge, match="more than 2 files"):
        _add(tree, "c")
    tree = _tree(Limits(names=5))
    _add(tree, "abc")
    with pytest.raises(TooLarge, match="names of more than 5"):
        _add(tree, "d", LINK, b"12")
