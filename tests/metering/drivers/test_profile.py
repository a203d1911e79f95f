"""Profiles: the shipped ones are valid and match what they must; a wrong one is refused by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from inventory.errors import Invalid, NotFound
from metering.drivers.profile import Condition, FixedPoint, Measure, Profile, Table, load, parse
from tests.metering.drivers.devices import PROFILE


def test_the_shipped_profiles() -> None:
    assert {"apc-epdu", "apc-rpdu2", "raritan-px2"} <= load().by_name.keys()


@pytest.mark.parametrize(
    ("object_id", "expected"),
    [
        ("1.3.6.1.4.1.318.1.3.4.6", ["apc-rpdu2"]),
        ("1.3.6.1.4.1.318.1.3.4.8", ["apc-rpdu2"]),
        ("1.3.6.1.4.1.318.1.3.4.9", ["apc-epdu", "apc-rpdu2"]),  # the longest prefix first
        ("1.3.6.1.4.1.318.1.3.4.90", ["apc-rpdu2"]),  # whole sub-identifiers only
        ("1.3.6.1.4.1.318.1.3.40", []),
        ("1.3.6.1.4.1.13742.6", ["raritan-px2"]),
        ("1.3.6.1.4.1.13742.60", []),
        ("", []),
    ],
)
def test_the_longest_prefix_wins(object_id: str, expected: list[str]) -> None:
    assert [profile.name for profile in load().candidates(object_id)] == expected


def test_a_folder_adds_profiles_and_replaces_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(PROFILE, encoding="utf-8")
    (tmp_path / "apc.toml").write_text(PROFILE.replace('"own"', '"apc-rpdu2"'), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a profile", encoding="utf-8")
    profiles = load(tmp_path)
    assert profiles.named("own").vendor == "Own"
    assert profiles.named("apc-rpdu2").vendor == "Own"
    assert load().named("apc-rpdu2").vendor == "APC"


def test_two_files_of_a_folder_cannot_share_a_name(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(PROFILE, encoding="utf-8")
    with pytest.raises(Invalid, match="deux fichiers portent le nom « own »"):
        load(tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"dossier de profils absent : .*metering.profiles_dir"):
        load(tmp_path / "absent")


def test_a_folder_with_a_wrong_file_names_it(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(Invalid, match=r"broken\.toml illisible"):
        load(tmp_path)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(NotFound, match="profil « acme » inconnu ; profils connus : apc-epdu, apc-rpdu2"):
        load().named("acme")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (PROFILE.replace('vendor = "Own"\n', ""), "clé vendor"),
        (PROFILE.replace('kind = "outlet"', 'kind = "socket"'), "clé table.0.kind"),
        (PROFILE.replace("1.3.6.1.4.1.99999.2", ".1.3.6.1.4.1.99999.2"), "clé table.0.energy.oid"),
        (PROFILE.replace("energy =", "energie ="), "clé table.0.energie"),
        (PROFILE.replace('99999.3" }', '99999.3", factor = 0 }'), "clé table.0.power.factor"),
        (PROFILE.split("energy =")[0], "clé table.0"),
        (PROFILE.split("[[table]]")[0], "clé fichier"),
        (PROFILE.replace('name = "own"', 'name = "Own Family"'), "clé name"),
    ],
)
def test_a_wrong_profile_is_refused_by_file_and_key(wrong: str, key: str) -> None:
    assert wrong != PROFILE
    with pytest.raises(Invalid) as refused:
        parse(wrong, "mine.toml")
    assert str(refused.value).startswith(f"profil mine.toml, {key} :")


DOCUMENTED = (Path(__file__).parents[3] / "docs" / "profiles.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("pattern", "why"), [("SN (", "expression régulière"), ("SN", "un groupe"), ("(S)(N)", "un groupe")]
)
def test_a_pattern_for_a_serial_number_has_one_group(pattern: str, why: str) -> None:
    with pytest.raises(Invalid, match=f"clé serial_in_description : .*{why}"):
        parse(f"serial_in_description = '{pattern}'\n{PROFILE}", "mine.toml")


@pytest.mark.parametrize("schema", [Profile, Table, FixedPoint, Measure, Condition])
def test_every_key_is_documented(schema: type[BaseModel]) -> None:
    assert [key for key in schema.model_fields if key not in DOCUMENTED] == []
