"""Who can log in by SSH: what sshd_config's odd corners make of it. The usual cases are examples of the rules."""

from __future__ import annotations

from guestfix.facts.base import Unknown
from guestfix.facts.ssh import ssh
from guestfix.facts.ssh_model import Account, Ssh
from guestfix.guest.memory import MemoryGuest

NO_FSTAB = Unknown(unknown="none")
PASSWD = "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n"
SHADOW = "root:!:1::::::\nann:$6$a$b:1::::::\n"


def server(config: str, **more: str) -> Ssh:
    files = {"/usr/sbin/sshd": "", "/etc/ssh/sshd_config": config, "/etc/passwd": PASSWD, "/etc/shadow": SHADOW}
    found = ssh(MemoryGuest(files | {"/home/ann/.profile": ""} | more), "sysvinit", NO_FSTAB)
    assert found is not None
    return found


def ann(config: str, **more: str) -> Account:
    [account] = [each for each in server(config, **more).accounts if each.name == "ann"]
    return account


def test_a_match_block_leaves_the_question_open() -> None:
    assert ann("PasswordAuthentication no\n").ssh is False
    assert isinstance(
        ann("PasswordAuthentication no\nMatch Address 10.0.0.0/8\nPasswordAuthentication yes\n").ssh, Unknown
    )


def test_a_file_that_includes_itself_ends_soon() -> None:
    found = server("Include /etc/ssh/sshd_config\n")
    assert found.files == ("/etc/ssh/sshd_config",)
    assert isinstance(found.listens, Unknown)
    assert all(isinstance(account.ssh, Unknown) for account in found.accounts)


def test_keys_are_looked_for_where_the_file_says() -> None:
    key = {"/etc/keys/ann": "restrict,pty ssh-rsa AAAA ann\n#ssh-rsa AAAA old\n\n"}
    config = "PasswordAuthentication no\nAuthorizedKeysFile /etc/keys/%u\n"
    assert ann(config, **key).keys == 1
    assert ann(config, **key).ssh is True
    assert ann(config + "PubkeyAuthentication no\n", **key).ssh is False
    assert isinstance(ann(config + "AuthorizedKeysCommand /usr/bin/sss_ssh_authorizedkeys\n").ssh, Unknown)


def test_lists_of_users_and_hosts() -> None:
    assert ann("AllowUsers bob\n").ssh is False
    assert ann("AllowUsers a*\n").ssh is True
    assert ann("DenyUsers ann\n").ssh is False
    assert isinstance(ann("AllowUsers ann@10.0.0.1\n").ssh, Unknown)


def test_no_secret_becomes_a_fact() -> None:
    assert "$6$a$b" not in server("").model_dump_json()


def test_text_that_is_no_passwd_is_no_error() -> None:
    odd = {
        "/etc/passwd": ":::::::\nx:y:z\nbig:x:99999999999:0::/:/bin/sh\nok:x:5:5::relative:/bin/sh\n+@a::::::\n"
    }
    found = server("Port 99999999\nListenAddress [::1\nPermitRootLogin\n", **odd)
    assert [account.name for account in found.accounts] == ["ok"]
    assert found.ports == (22,)
