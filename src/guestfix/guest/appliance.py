"""A guest whose disks are mounted in the libguestfs appliance, and may be changed."""

from __future__ import annotations

import stat
from collections.abc import Iterable

from guestfix.guest import paths
from guestfix.guest.appliance_reader import SECOND, ApplianceReader
from guestfix.guest.daemon import Daemon, calling
from guestfix.guest.errors import AttributeNotSupported, GuestIOError, NotAFile
from guestfix.guest.protocol import CHUNK, Attributes, Kind
from guestfix.guest.refusals import NO_HARD_LINKS, errno_of
from guestfix.untrusted import shown


class ApplianceGuest(ApplianceReader):
    """A `GuestWriter` over a launched `guestfs.GuestFS` handle whose file systems are mounted for writing.

    `sync_when_asked` is for disks that are changed in place. An overlay that is thrown away unless all went well
    needs none of the syncs of an apply (0.2 s each): unmounting it writes everything.
    """

    def __init__(self, handle: Daemon, *, sync_when_asked: bool = True) -> None:
        super().__init__(handle)
        self._sync_when_asked = sync_when_asked

    def write(self, path: str, pieces: Iterable[bytes]) -> None:
        """See `GuestWriter.write`."""
        self._create(path)
        self._write_at(path, 0, pieces)

    def copy(self, source: str, new: str) -> None:
        """See `GuestWriter.copy`."""
        self._file(source)
        self._create(new)
        with calling(new, "copy to"):
            self._handle.copy_file_to_file(source, new)

    def append(self, path: str, data: bytes) -> None:
        """See `GuestWriter.append`."""
        self._write_at(path, self._file(path).size, [data])

    def set_attributes(self, path: str, attributes: Attributes) -> None:
        """See `GuestWriter.set_attributes`. Raises AttributeNotSupported for a new value with a NUL inside."""
        status = self.link_status(paths.last_is_a_name(path))
        if status is None or status.kind not in {Kind.FILE, Kind.DIRECTORY}:
            raise NotAFile(f"{shown(path)} is neither a regular file nor a directory")
        with calling(path, "change the attributes of"):
            if (status.uid, status.gid) != (attributes.uid, attributes.gid):
                self._handle.chown(attributes.uid, attributes.gid, path)
                # chown(2) clears setuid and setgid.
                self._handle.chmod(attributes.mode, path)
            elif status.mode != attributes.mode:
                self._handle.chmod(attributes.mode, path)
            self._set_xattrs(path, dict(attributes.xattrs))
            self._handle.utimens(path, *divmod(attributes.atime_ns, SECOND), *divmod(attributes.mtime_ns, SECOND))

    def copy_attributes(self, source: str, path: str) -> None:
        """See `GuestWriter.copy_attributes`."""
        self._file(paths.last_is_a_name(path))
        wanted = self.attributes(source)
        with calling(path, "change the attributes of"):
            self._handle.copy_attributes(source, path, all=True)
        # It leaves the times and what `path` had before, and sets the mode before the owner.
        self.set_attributes(path, wanted)

    def link(self, existing: str, new: str) -> bool:
        """See `GuestWriter.link`."""
        paths.last_is_a_name(new)
        with calling(new, "create"):
            try:
                self._handle.ln(existing, new)
            except RuntimeError as error:
                if errno_of(str(error)) not in NO_HARD_LINKS:
                    raise
                # link(2) says the same of a file system without hard links and of a protected file.
                if self.protection(existing) or self.protection(paths.parent(new)):
                    raise
                return False
        return True

    def rename(self, old: str, new: str) -> None:
        """See `GuestWriter.rename`."""
        with calling(old, "rename"):
            self._handle.rename(paths.last_is_a_name(old), paths.last_is_a_name(new))

    def remove(self, path: str) -> None:
        """See `GuestWriter.remove`."""
        with calling(path, "remove"):
            self._handle.rm(paths.last_is_a_name(path))

    def make_directory(self, path: str, mode: int) -> None:
        """See `GuestWriter.make_directory`."""
        with calling(path, "create"):
            self._handle.mkdir_mode(paths.last_is_a_name(path), mode)
            self._handle.chmod(mode, path)

    def remove_directory(self, path: str) -> None:
        """See `GuestWriter.remove_directory`."""
        with calling(path, "remove"):
            self._handle.rmdir(paths.last_is_a_name(path))

    def lift_protection(self, path: str) -> str:
        """See `GuestWriter.lift_protection`."""
        letters = self.protection(path)
        if letters:
            with calling(path, "change the flags of"):
                self._handle.set_e2attrs(path, letters, clear=True)
        return letters

    def restore_protection(self, path: str, letters: str) -> None:
        """See `GuestWriter.restore_protection`."""
        if letters:
            with calling(path, "change the flags of"):
                self._handle.set_e2attrs(path, letters, clear=False)

    def sync(self) -> None:
        """See `GuestWriter.sync`, and `sync_when_asked`."""
        if self._sync_when_asked:
            with calling("/", "write to disk all of"):
                self._handle.sync()

    def _create(self, path: str) -> None:
        with calling(path, "create"):
            self._handle.mknod(stat.S_IFREG | 0o600, 0, 0, paths.last_is_a_name(path))

    def _write_at(self, path: str, offset: int, pieces: Iterable[bytes]) -> None:
        with calling(path, "write"):
            for piece in pieces:
                view = memoryview(piece)
                while view:
                    count = self._handle.pwrite(path, bytes(view[:CHUNK]), offset)
                    if count <= 0:
                        raise GuestIOError(f"cannot write {shown(path)}: nothing was accepted")
                    view = view[count:]
                    offset += count

    def _set_xattrs(self, path: str, wanted: dict[str, bytes]) -> None:
        present = self._xattrs(path)
        for name in present.keys() - wanted.keys():
            self._handle.lremovexattr(name, path)
        for name, value in wanted.items():
            if present.get(name) == value:
                continue
            # An SELinux label ends in a NUL, and so does the string as the daemon holds it.
            text = value.removesuffix(b"\0").decode("utf-8", "replace")
            if "\0" in text or "\ufffd" in text:
                raise AttributeNotSupported(
                    f"libguestfs cannot set {shown(name)} of {shown(path)}: its value is no text",
                    hint="mount the disk yourself and use --root",
                )
            self._handle.lsetxattr(name, text, len(value), path)
