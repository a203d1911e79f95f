"""Addresses of devices: what they mean, that they parse back, and that garbage is refused in words."""

from __future__ import annotations

import string
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.errors import Invalid
from metering.drivers.address import AUTH, PRIV, Address, Secret, parse, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pdu-a1", Address("pdu-a1")),
        ("192.0.2.7:1161", Address("192.0.2.7", 1161)),
        (" pdu.example.org?community=lecture ", Address("pdu.example.org", 161, "lecture")),
        ("pdu?community=a%26b%3Dc", Address("pdu", 161, "a&b=c")),
        ("[2001:DB8::1]", Address("2001:db8::1")),
        ("[::1]:162?community=x&version=1", Address("::1", 162, "x", "1")),
        ("pdu?user=dcops", Address("pdu", version="3", user="dcops")),
        (
            "pdu:1161?version=3&user=dcops&auth=sha1:A&priv=aes128:P_1",
            Address("pdu", 1161, "public", "3", "dcops", Secret("sha1", "A"), Secret("aes128", "P_1")),
        ),
    ],
)
def test_what_an_address_means(text: str, expected: Address) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "l'hôte manque"),
        ("?community=x", "l'hôte manque"),
        ("2001:db8::1", "entre crochets"),
        ("[2001:db8::g]", "hôte ou port illisible"),
        ("[1:2:3]", "« 1:2:3 » n'est pas une adresse IPv6"),
        ("pdu:0", "le port 0 n'existe pas"),
        ("pdu:65536", "le port 65536 n'existe pas"),
        ("pdu:http", "hôte ou port illisible"),
        ("http://pdu", "hôte ou port illisible"),
        ("pdu a1", "hôte ou port illisible"),
        ("pdu?community=", "la communauté est vide"),
        ("pdu?community", "ce qui suit « ? » n'est pas une suite clé=valeur"),
        ("pdu?comunity=x", "option inconnue « comunity »"),
        ("pdu?version=4", "version SNMP « 4 » inconnue (1, 2c, 3)"),
        ("pdu?version=3", "la version 3 demande user=NOM"),
        ("pdu?version=2c&user=x", "la version 3 demande user=NOM"),
        ("pdu?user=x&community=y", "n'a pas de communauté"),
        ("pdu?auth=sha1:A", "de la version 3"),
        ("pdu?user=x&priv=aes128:P", "priv demande auth"),
        ("pdu?user=x&auth=A", "auth s'écrit PROTOCOLE:VARIABLE"),
        ("pdu?user=x&auth=rot13:A", "parmi md5, sha1"),
        ("pdu?user=x&auth=sha1:pass word", "auth s'écrit PROTOCOLE:VARIABLE"),
    ],
)
def test_garbage_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse(text)
    assert why in str(refused.value)
    assert "attendu hôte[:port][?community=C]" in str(refused.value)


labels = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
hosts = st.one_of(
    st.lists(labels, min_size=1, max_size=4).map(".".join),
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(lambda address: str(IPv6Address(int(address)))),
)
communities = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20)


@given(hosts, st.integers(1, 65535), communities, st.sampled_from(["1", "2c"]))
def test_an_address_parses_back_to_itself(host: str, port: int, community: str, version: str) -> None:
    address = Address(host, port, community, version)
    assert parse(str(address)) == address


variables = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,9}", fullmatch=True)
secrets = st.builds(Secret, st.sampled_from(AUTH), variables)


@given(hosts, communities, secrets, st.one_of(st.none(), st.builds(Secret, st.sampled_from(PRIV), variables)))
def test_an_address_of_version_3_parses_back_to_itself(host: str, user: str, auth: Secret, priv: Secret | None) -> None:
    address = Address(host, 161, version="3", user=user, auth=auth, priv=priv)
    assert parse(str(address)) == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        address = parse(text)
    except Invalid:
        return
    assert parse(str(address)) == address


@given(hosts, communities)
def test_what_is_shown_never_holds_the_community(host: str, community: str) -> None:
    assert shown(str(Address(host, 161, community))) == Address(host).place
