"""Settings: what a person mistypes is named with its file and key, and a secret is found or said to be missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcops.config import Settings, load
from dcops.sections import Netbox
from inventory.errors import Invalid

_MAPPING = '[[mapping]]\nsource = "netbox-tenant"\nmatch = "(.+)"\n[[mapping]]\n'


def test_the_environment_overrides_a_key(tmp_path: Path) -> None:
    file = tmp_path / "dcops.toml"
    file.write_text('[database]\nurl = "sqlite:///a.db"\n[metering]\npoll_interval_s = 60\n')
    environ = {
        "DCOPS_DATABASE__URL": "sqlite:///b.db",
        "DCOPS_METERING__TIMEOUT_S": "3.5",
        "DCOPS_JOBS__ROLL_UP": "off",
    }
    found = load(file, environ)
    assert (found.database.url, found.metering.timeout_s, found.metering.poll_interval_s) == ("sqlite:///b.db", 3.5, 60)
    assert found.jobs == {"roll_up": "off"}


def test_lists_and_tables_are_json_in_the_environment() -> None:
    environ = {
        "DCOPS_NETBOX__URL": "u",
        "DCOPS_NETBOX__FILTERS": '{"site": "amiens"}',
        "DCOPS_WEB__LANGUAGES": '["fr"]',
    }
    found = load(None, environ)
    assert found.netbox is not None
    assert (found.netbox.filters, found.web.languages) == ({"site": "amiens"}, ["fr"])
    with pytest.raises(Invalid, match="DCOPS_WEB__LANGUAGES"):
        load(None, {"DCOPS_WEB__LANGUAGES": "[fr"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("foo = [", "réglages invalides"),
        ('[web]\nbnd = "x"\n', "réglage web.bnd .*inconnue"),
        ('[webb]\nbind = "x"\n', "réglage webb .*inconnue"),
        ("[metering]\nconcurrency = 0\n", "réglage metering.concurrency .*plus de 0"),
        ('[metering]\ntimeout_s = "long"\n', "réglage metering.timeout_s .*nombre attendu"),
        ('[metering]\nconcurrency = "x"\n', "réglage metering.concurrency .*nombre entier attendu"),
        ('[billing]\nvat_rate = "vingt"\n', "réglage billing.vat_rate .*nombre attendu"),
        ("[billing]\nminimum_coverage = 95\n", "réglage billing.minimum_coverage .*1 au plus"),
        (
            '[operator]\ntimezone = "Mars/Phobos"\n',
            "réglage operator.timezone .*« Mars/Phobos » inconnu",
        ),
        ('[operator]\ntimezone = "../x"\n', "réglage operator.timezone .*inconnu"),
        ('[support]\noverage = "no"\n', "réglage support.overage .*valeurs possibles : 'refuse' ou 'owed'"),
        (2 * '[[proxmox]]\nname = "a"\nhost = "h"\nuser = "u"\ntoken_name = "t"\n', "réglage proxmox .*le même nom"),
        ('[[proxmox]]\nname = "a"\nhost = "h"\nuser = "u@pve"\n', "réglage proxmox.1.token_name .*obligatoire"),
        (_MAPPING + 'source = "proxmox-pool"\nmatch = "(.+"\n', "réglage mapping.2 .*« \\(.\\+ » illisible"),
        (_MAPPING + 'source = "name"\nmatch = "x"\n', "réglage mapping.2 .*cite un groupe"),
        (_MAPPING + 'source = "netbox"\nmatch = "(x)"\n', "réglage mapping.2.source .*valeurs possibles"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "dcops.toml"
    file.write_text(text)
    with pytest.raises(Invalid, match=words) as refused:
        load(file, {})
    assert "dcops.toml" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("written", ['"5.5"', "5.5"])
def test_a_rate_is_exact_however_it_is_written(tmp_path: Path, written: str) -> None:
    file = tmp_path / "dcops.toml"
    file.write_text(f"[billing]\nvat_rate = {written}\n")
    assert str(load(file, {}).billing.vat_rate) == "5.5"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml", {})


def test_without_anything_there_are_defaults() -> None:
    assert load(None, {}) == Settings()


def test_a_secret_is_found_by_its_reference(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("from-file\n")
    assert Netbox(url="u", token_env="T").token({"T": "from-env\n"}) == "from-env"
    assert Netbox(url="u", token_env="T", token_file=file).token({}) == "from-file"


@pytest.mark.parametrize("content", [None, b"", b" \n", b"\xff\xfe\xff"])
def test_a_secret_that_is_not_there_says_where_it_was_sought(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Invalid, match="secret"):
        Netbox(url="u", token_file=file).token({})
    with pytest.raises(Invalid, match="variable d'environnement T "):
        Netbox(url="u", token_env="T").token({"T": ""})
    with pytest.raises(Invalid, match="token_env"):
        Netbox(url="u").token({})
