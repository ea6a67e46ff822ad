"""The promises of the layout, read from the source: who may import what, and that no guest code can be run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PURE = ("formats", "initramfs", "registry", "rules", "actions")
FORBIDDEN_IN_PURE = (
    "guestfs",
    "hivex",
    "subprocess",
    "os",
    "shutil",
    "socket",
    "ctypes",
    "guestfix.disks",
    "guestfix.boot",
    "guestfix.guest",
)
# Contracts without code behind them: what a guest is, and how it fails.
ALLOWED_IN_PURE = ("guestfix.guest.protocol", "guestfix.guest.errors")

APPLIANCE_MODULES = {"guest/appliance.py", "guest/launch.py"}

# libguestfs calls that start a program inside the guest (guestfs(3), "RUNNING COMMANDS"), and those that leave
# the appliance for the host.
RUNS_GUEST_CODE = {
    "command", "command_lines", "command_out", "sh", "sh_lines", "sh_out", "debug",
    "mount_local", "mount_local_run", "setfiles", "selinux_relabel",
}  # fmt: skip


def modules(root: Path) -> Iterator[tuple[str, ast.Module]]:
    source = root / "src" / "guestfix"
    for path in sorted(source.rglob("*.py")):
        yield path.relative_to(source).as_posix(), ast.parse(path.read_text())


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_under(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


@pytest.mark.parametrize("package", PURE)
def test_pure_packages_reach_no_guest_no_disk_and_no_process(project: Path, package: str) -> None:
    offences = [
        f"{name} imports {imported}"
        for name, tree in modules(project)
        if name.startswith(package + "/")
        for imported in imports(tree)
        if any(is_under(imported, bad) for bad in FORBIDDEN_IN_PURE)
        and not any(is_under(imported, good) for good in ALLOWED_IN_PURE)
        and imported != "guestfix.guest"
    ]
    assert offences == []


def test_only_the_appliance_imports_guestfs(project: Path) -> None:
    importers = {name for name, tree in modules(project) if "guestfs" in set(imports(tree))}
    assert importers <= APPLIANCE_MODULES
    assert importers, "nothing imports guestfs: this test looks in the wrong place"


def test_no_call_exists_that_runs_guest_code(project: Path) -> None:
    offences = [
        f"{name}:{node.lineno} calls {node.func.attr}"
        for name, tree in modules(project)
        if "guestfs" in set(imports(tree)) or name.startswith(("guest/", "facts/", "opening"))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RUNS_GUEST_CODE
    ]
    assert offences == []


def test_the_planner_cannot_write(project: Path) -> None:
    """Nothing in the rule engine, the actions or the collectors names the writer's type."""
    offences = [
        name
        for name, tree in modules(project)
        if name.startswith(("rules/", "actions/", "facts/", "plan"))
        for imported in imports(tree)
        if imported.endswith("GuestWriter")
    ]
    assert offences == []


def test_nothing_evaluates_text_as_code(project: Path) -> None:
    offences = [
        f"{name}:{node.lineno}"
        for name, tree in modules(project)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"eval", "exec", "compile", "__import__"}
    ]
    assert offences == []
