r"""Which Windows it is: product, version, edition, role, languages, architecture.

Sources: libguestfs daemon/inspect_fs_windows.ml (version, build and architecture keys), dotnet/docs "How to
determine which versions are installed" (NDP), Microsoft "Windows Setup States" (ImageState), and real hives.
"""

from __future__ import annotations

from typing import Final

from guestfix.facts.base import Text, Unknown
from guestfix.facts.windows_registry import Registry, number, strings, subkeys, text, text_or_none

VERSION_KEY: Final = r"Microsoft\Windows NT\CurrentVersion"

WINDOWS_11: Final = 22000
"""First build of 11. Its ProductName still says Windows 10 (Microsoft, "Windows 11 release information")."""

_MACHINES: Final = {"amd64": "x86_64", "x86": "i386", "arm64": "aarch64", "ia64": "ia64"}
_ROLES: Final = {"winnt": "client", "servernt": "server", "lanmannt": "domain controller"}


def version(registry: Registry) -> Text:
    """Return major.minor. Windows 10 and later write two numbers, and 6.3 into the old text for old programs."""
    key = registry.in_software(VERSION_KEY)
    major, minor = number(key, "CurrentMajorVersionNumber"), number(key, "CurrentMinorVersionNumber")
    if isinstance(major, int) and isinstance(minor, int):
        return f"{major}.{minor}"
    return text(key, "CurrentVersion", "SOFTWARE names no version")


def build(registry: Registry) -> int | Unknown:
    """Return the build. `CurrentBuild` holds other things on XP, so `CurrentBuildNumber` it is."""
    said = text(registry.in_software(VERSION_KEY), "CurrentBuildNumber", "SOFTWARE names no build")
    if isinstance(said, Unknown):
        return said
    if not said.isascii() or not said.isdecimal() or len(said) > 9:
        return Unknown(unknown="the build in SOFTWARE is no number")
    return int(said)


def product(registry: Registry) -> Text:
    """Return ProductName, with 11 where the build says so."""
    name = text(registry.in_software(VERSION_KEY), "ProductName", "SOFTWARE names no product")
    number_ = build(registry)
    if isinstance(name, str) and isinstance(number_, int) and number_ >= WINDOWS_11 and role(registry) == "client":
        return name.replace("Windows 10", "Windows 11", 1)
    return name


def edition(registry: Registry) -> Text:
    """Return EditionID, which XP and 2003 do not have."""
    return text(registry.in_software(VERSION_KEY), "EditionID", "SOFTWARE names no edition: Vista and later do")


def installation_type(registry: Registry) -> Text:
    """Return Client, Server, Server Core or Nano Server; before 7 only the role tells."""
    said = text_or_none(registry.in_software(VERSION_KEY), "InstallationType")
    if said is not None:
        return said
    kind = role(registry)
    return kind if isinstance(kind, Unknown) else "Client" if kind == "client" else "Server"


def role(registry: Registry) -> Text:
    """Return client, server or domain controller by ProductType."""
    said = text(registry.in_set(r"Control\ProductOptions"), "ProductType", "SYSTEM names no product type")
    if isinstance(said, Unknown):
        return said
    return _ROLES.get(said.lower()) or Unknown(unknown="the product type in SYSTEM is none that we know")


def licence(registry: Registry) -> Text:
    """Return what kind of licence it needs: client or server."""
    kind = role(registry)
    return kind if isinstance(kind, Unknown) else "client" if kind == "client" else "server"


def architecture(registry: Registry) -> Text:
    """Return the architecture as uname names it, by the environment that every process gets."""
    key = registry.in_set(r"Control\Session Manager\Environment")
    said = text(key, "PROCESSOR_ARCHITECTURE", "SYSTEM names no processor architecture")
    if isinstance(said, Unknown):
        return said
    return _MACHINES.get(said.lower()) or Unknown(unknown="the processor architecture in SYSTEM is none we know")


def hostname(registry: Registry) -> Text:
    """Return the name of the machine."""
    key = registry.in_set(r"Control\ComputerName\ComputerName")
    return text(key, "ComputerName", "SYSTEM names no computer")


def languages(registry: Registry) -> tuple[str, ...]:
    """Return the languages of its user interface, or the code page language of XP and 2003 (0409)."""
    installed = tuple(key.name for key in subkeys(registry.in_set(r"Control\MUI\UILanguages")))
    return installed or strings(registry.in_set(r"Control\Nls\Language"), "InstallLanguage")


def dot_net(registry: Registry) -> tuple[str, ...]:
    """Return the versions of the .NET Framework that are installed."""
    found: list[str] = []
    for key in subkeys(registry.in_software(r"Microsoft\NET Framework Setup\NDP")):
        for place in (key, key.subkey("Full")):
            said = text_or_none(place, "Version")
            if isinstance(said, str) and number(place, "Install") == 1:
                found.append(said)
    return tuple(dict.fromkeys(found))
