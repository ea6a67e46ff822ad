"""Firewall rules as their tools write them, and as nobody should: what becomes of a connection to port 22?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guestfix.facts.base import Unknown
from guestfix.facts.firewall_iptables import passes_iptables
from guestfix.facts.firewall_nft import passes_nft


def iptables(*rules: str, policy: str = "DROP") -> object:
    said, _ = passes_iptables("\n".join(["*filter", f":INPUT {policy} [0:0]", *rules, "COMMIT"]), 22)
    return "perhaps" if isinstance(said, Unknown) else said


def nft(*rules: str, policy: str = "drop", family: str = "inet") -> object:
    head = f"table {family} filter {{\n chain input {{\n  type filter hook input priority 0; policy {policy};\n"
    said, _ = passes_nft(head + "\n".join(rules) + "\n }\n}\n", 22)
    return "perhaps" if isinstance(said, Unknown) else said


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (["-A INPUT -p tcp --dport 22 -j ACCEPT"], True),
        (["-A INPUT -p tcp -m tcp --dport ssh -m comment --comment 'way -j DROP in' -j ACCEPT"], True),
        (["-A INPUT -p tcp --dport 20:30 -j ACCEPT"], True),
        (["-A INPUT -p tcp --dport 23: -j ACCEPT"], False),
        (["-A INPUT -p udp --dport 22 -j ACCEPT"], False),
        (["-A INPUT ! -p udp -j ACCEPT"], True),
        (["-A INPUT -p ! tcp -j ACCEPT"], False),
        (["-A INPUT ! -i lo -p tcp --dport 22 -j ACCEPT"], True),
        (["-A INPUT -i eth0 -p tcp --dport 22 -j ACCEPT"], "perhaps"),
        (["-A INPUT -p tcp --dport 22 -j REJECT", "-A INPUT -j ACCEPT"], False),
        (["-A INPUT -j LOG --log-prefix x", "-A INPUT -j ACCEPT"], True),
        (["-A INPUT -m conntrack --ctstate NEW -m limit --limit 3/min -j ACCEPT"], True),
        ([":loop - [0:0]", "-A INPUT -j loop", "-A loop -j loop", "-A INPUT -j ACCEPT"], "perhaps"),
        ([":a - [0:0]", "-A a -p udp -j DROP", "-A a -j RETURN", "-A INPUT -j a", "-A INPUT -j ACCEPT"], True),
        (["-A INPUT -j 'not closed"], False),
    ],
)
def test_iptables(rules: list[str], outcome: object) -> None:
    assert iptables(*rules) == outcome


@pytest.mark.parametrize(
    ("rules", "outcome"),
    [
        (["tcp dport 22 accept"], True),
        (["tcp dport { 80, 443 } accept"], False),
        (["tcp dport != { 80, 443 } accept"], True),
        (
            ["tcp dport 443 accept", 'tcp dport { http, ssh } counter packets 0 bytes 0 accept comment "a { b"'],
            True,
        ),
        (["tcp dport vmap { 22 : accept, 23 : drop }"], True),
        (["ct state established,related accept", "ip saddr 10.0.0.0/8 tcp dport ssh accept"], "perhaps"),
        (["ct state { established, new } accept"], True),
        (['iifname "lo" accept', "ip6 nexthdr icmpv6 accept", "meta l4proto { icmp, ipv6-icmp } accept"], False),
        (["meta l4proto tcp accept"], True),
        (["limit rate over 5/second drop", "tcp dport 22 accept"], True),
        (["tcp dport @open accept"], "perhaps"),
        (["# tcp dport 22 accept"], False),
    ],
)
def test_nft(rules: list[str], outcome: object) -> None:
    assert nft(*rules) == outcome


def test_every_chain_at_the_hook_has_its_say_and_ipv6_none() -> None:
    other = "table ip extra {\n chain x { type filter hook input priority 5; policy drop; }\n}\n"
    lets_in = "table inet filter {\n chain y { type filter hook input priority 0; policy accept; }\n}\n"
    assert passes_nft(lets_in, 22)[0] is True
    assert passes_nft(lets_in + other, 22) == (False, "no rule accepts it, and the policy drops it")
    assert passes_nft(lets_in + other.replace("table ip ", "table ip6 "), 22)[0] is True
    assert nft("tcp dport 22 accept", family="ip") is True


def test_the_deciding_line_is_named() -> None:
    said = passes_iptables("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -j DROP\n", 22)
    assert said == (False, "line 3 drops it")
    assert passes_nft("table ip f {\nchain i {\ntype filter hook input priority 0\ndrop\n}\n}", 22) == (
        False,
        "line 4 drops it",
    )


@given(st.text(alphabet='{};,:\n "#!=*-ABIjmptcdrn2/@$\\', max_size=200))
def test_no_text_is_an_error(text: str) -> None:
    for ask in (passes_iptables, passes_nft):
        said, why = ask(text, 22)
        assert isinstance(said, bool | Unknown)
        assert isinstance(why, str)


def test_chains_that_jump_to_each_other_end_soon() -> None:
    names = [f"c{number}" for number in range(40)]
    rules = [f":{name} - [0:0]" for name in names]
    rules += [f"-A {name} -s 10.0.0.1 -j {other}" for name in names for other in names]
    assert iptables(*rules, "-A INPUT -j c0") == "perhaps"


@pytest.mark.parametrize(
    "text", ["limit " * 150_000, "tcp dport " * 99_000, "{ " * 150_000, '"' * 500_000, "x" * 1_000_000]
)
def test_a_large_ruleset_is_read_in_one_pass(text: str) -> None:
    """With a loop in a loop these take hours."""
    for ask in (passes_iptables, passes_nft):
        said, _ = ask("table ip f {\nchain i {\ntype filter hook input priority 0\n" + text, 22)
        assert said is not False
