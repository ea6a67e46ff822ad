"""What is known about the way in by SSH, and about what may bar it."""

from __future__ import annotations

from pydantic import Field

from guestfix.facts.base import Flag, Model, Number, Text


class Account(Model):
    """An account with a shell that can be logged in to."""

    name: str
    uid: int
    password: Flag = Field(description="It has a password that can be entered: neither none nor a locked one")
    keys: Number = Field(description="Public keys that let their owner in with a shell")
    ssh: Flag = Field(description="Whoever has its password or key can log in by SSH")


class Wrappers(Model):
    """What /etc/hosts.allow and /etc/hosts.deny make of sshd's clients."""

    lets_in: Flag = Field(description="A client from anywhere is let in")
    source: str = Field(description="The file with the rule that decides")
    line: int


class Ssh(Model):
    """An SSH server, and who can log in by it."""

    program: Text = Field(description="openssh or dropbear")
    enabled: Flag
    why: str = Field(description="What starts it, or why nothing does")
    source: str = Field(default="", description="Its main configuration file")
    files: tuple[str, ...] = Field(default=(), description="All files that it reads, in order")
    ports: tuple[int, ...] = (22,)
    listens: Flag = Field(description="On more than the loopback")
    passwords: Flag = Field(description="Passwords are taken")
    host_keys: int = Field(default=0, description="Keys that the server shows")
    accounts: tuple[Account, ...] = ()
    wrappers: Wrappers | None = Field(
        default=None, description="TCP wrappers; null: sshd does not ask them, or they have no rule for it"
    )
    directory: str | None = Field(default=None, description="Where more accounts come from: sssd, LDAP ...")


class CardRule(Model):
    """A line of a firewall that is about one network card, by its name."""

    source: str
    line: int
    card: str = Field(description="As the line has it; eth+ and eth* are all that begin so")
    profile: bool = Field(default=False, description="A connection profile that puts its card into a zone")


class Firewall(Model):
    """What the firewalls that start with the guest make of a new connection to the SSH server."""

    names: tuple[str, ...] = Field(description="Those that are started")
    ssh: Flag = Field(description="A new connection from anywhere gets through all of them")
    why: str = ""
    source: str = Field(default="", description="The file that decides")
    cards: tuple[CardRule, ...] = Field(default=(), description="What is bound to cards by their names")
