"""From answers to whole Wh and W: exact scaling, and a refusal rather than a bad number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.drivers.decode import Refusal, number, points
from metering.drivers.profile import parse
from metering.drivers.sought import Failed, Register, Value, sought
from tests.metering.drivers.devices import ROOT

HEAD = f'name = "own"\nvendor = "Own"\nsys_object_id = ["{ROOT}"]\n'


def register(measure: str, row: str = "1") -> Register:
    family = parse(
        f'{HEAD}[[table]]\nkind = "inlet"\nrows = "{ROOT}.1"\nenergy = {{ oid = "{ROOT}.2", {measure} }}', "x"
    )
    energy = family.table[0].energy
    assert energy is not None
    return Register(energy, row)


def value(measure: str, **answers: Value) -> Decimal | Refusal:
    """The number of row 1; ``c2=7`` is the answer of column 2."""
    named = {f"{ROOT}.{name[1:]}.1": answer for name, answer in answers.items()}
    return number(register(measure), named, (-1, "notsupported"))


@given(st.integers(0, 2**32), st.integers(0, 12))
def test_decimal_digits_are_exact(raw: int, digits: int) -> None:
    assert value(f'digits = "{ROOT}.3"', c2=raw, c3=digits) == Decimal(raw) / 10**digits


@given(st.integers(0, 2**40), st.sampled_from(["1", "10", "100", "1000", "0.1", "0.001"]))
def test_a_factor_is_exact(raw: int, factor: str) -> None:
    assert value(f"factor = {factor}", c2=raw) == raw * Decimal(factor)


@pytest.mark.parametrize(("scale", "expected"), [(-10, Decimal("264180.0")), (1, 2641800), (10, 26418000)])
def test_a_signed_scale_multiplies_or_divides(scale: int, expected: Decimal) -> None:
    assert value(f'factor = 100, signed_scale = "{ROOT}.3"', c2=26418, c3=scale) == expected


def test_a_power_factor_multiplies() -> None:
    assert value(f'factor = 0.0001, times = "{ROOT}.3"', c2=70, c3=4594) == Decimal("32.158")


@pytest.mark.parametrize(
    ("answer", "wh"), [(12.699999809265137, 12_700), (12.7, 12_700), (0.5, 500), (16777216.0, 16_777_216_000)]
)
def test_a_float_is_the_number_that_the_device_meant(answer: float, wh: int) -> None:
    """The first is 12.7 in 32 bits: taken for one of 64 bits, a Wh would be lost."""
    assert value("factor = 1000", c2=answer) == wh


@pytest.mark.parametrize(
    ("answer", "wh"), [(b"719.7060", 719_706), (b" 12 ", 12_000), ("0.5", 500), (b"00012.30", 12_300), (7, 7_000)]
)
def test_a_number_that_is_written_as_a_text_is_read_where_the_profile_says_so(answer: Value, wh: int) -> None:
    assert value("factor = 1000, text = true", c2=answer) == wh


@pytest.mark.parametrize("answer", [b"12 kWh", b"1,5", b"1e3", b"0x12", b"N/A", b"1.2.3", b"-", b"\xd9\xa3"])
def test_another_text_is_no_number(answer: Value) -> None:
    found = value("factor = 1000, text = true", c2=answer)
    assert isinstance(found, Refusal)
    assert found.reason.startswith("illisible")


@pytest.mark.parametrize("correction", [None, b"", b"two", -1, 13, 2.0])
def test_an_unknown_scale_gives_no_number(correction: Value) -> None:
    found = value(f'digits = "{ROOT}.3"', c2=5, c3=correction)
    assert isinstance(found, Refusal)
    assert found.reason.startswith("refusée : échelle inconnue")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "non prise en charge par l'appareil (réponse vide)"),
        (b"\0", "non prise en charge par l'appareil (réponse vide)"),
        (b"NotSupported ", "non prise en charge par l'appareil (réponse 'NotSupported')"),
        (-1, "non prise en charge par l'appareil (réponse -1)"),
        (-2, f"refusée : valeur impossible -2 ({ROOT}.2.1)"),
        (2**63, f"refusée : valeur impossible {2**63} ({ROOT}.2.1)"),
        (b"12", f"illisible : réponse '12' au lieu d'un nombre ({ROOT}.2.1)"),
        (b"\xff\xfe", f"illisible : réponse 'ÿþ' au lieu d'un nombre ({ROOT}.2.1)"),
        ("1.3.6.1", f"illisible : réponse '1.3.6.1' au lieu d'un nombre ({ROOT}.2.1)"),
        (float("nan"), f"illisible : réponse nan au lieu d'un nombre ({ROOT}.2.1)"),
        (float("inf"), f"illisible : réponse inf au lieu d'un nombre ({ROOT}.2.1)"),
    ],
)
def test_what_is_not_a_number_is_refused(answer: Value, reason: str) -> None:
    assert value("factor = 1", c2=answer) == Refusal(reason)


@given(st.one_of(st.none(), st.binary(max_size=20), st.text(max_size=20), st.integers(), st.floats()))
def test_no_answer_ever_crashes_or_gives_a_negative(answer: Value) -> None:
    found = value(f'digits = "{ROOT}.3"', c2=answer, c3=1)
    assert isinstance(found, Refusal) or found >= 0


def test_an_unavailable_sensor_is_refused_and_a_silent_one_is_not() -> None:
    measure = f'available = {{ oid = "{ROOT}.3", equals = [1] }}'
    assert value(measure, c2=5, c3=1) == 5
    assert value(measure, c2=5) == 5
    refused = value(measure, c2=5, c3=2)
    assert isinstance(refused, Refusal)
    assert "le capteur ne répond pas (état 2)" in refused.reason


def test_a_condition_may_tell_what_an_answer_must_not_be() -> None:
    measure = f'available = {{ oid = "{ROOT}.3", differs = [0] }}'
    assert value(measure, c2=5, c3=22900) == 5
    assert isinstance(value(measure, c2=5, c3=0), Refusal)


def test_a_power_that_no_circuit_carries_is_refused_and_its_energy_kept() -> None:
    measures = f'energy={{ oid = "{ROOT}.2" }}\npower={{ oid = "{ROOT}.3" }}'
    family = parse(f'{HEAD}[[table]]\nkind="inlet"\nrows="{ROOT}.1"\n{measures}', "x")
    found = sought(family, {f"{ROOT}.1": {"1": 1}})
    ((point,), faults) = points(found, {f"{ROOT}.2.1": 7, f"{ROOT}.3.1": 2**32 - 1}, (-1,))
    assert (point.energy_wh, point.power_w) == (7, None)
    assert faults == [f"inlet:1 : puissance refusée : valeur impossible 4294967295 ({ROOT}.3.1)."]


def test_energy_is_cut_and_power_is_rounded() -> None:
    measure = f'{{ oid = "{ROOT}.2", digits = "{ROOT}.3" }}'
    family = parse(f'{HEAD}[[table]]\nkind="inlet"\nrows="{ROOT}.1"\nenergy={measure}\npower={measure}', "x")
    found = sought(family, {f"{ROOT}.1": {"1": 1}})
    ((point,), faults) = points(found, {f"{ROOT}.2.1": 1599, f"{ROOT}.3.1": 1}, (-1,))
    assert (point.energy_wh, point.power_w, faults) == (159, 160, [])


MIXED = f"""{HEAD}
[[table]]
kind = "total"
rows = "{ROOT}.1"
where = {{ oid = "{ROOT}.3", equals = [0] }}
energy = {{ oid = "{ROOT}.2" }}

[[table]]
kind = "outlet"
rows = "{ROOT}.1"
label = ["{ROOT}.1"]
skip_unlabelled = true
omit_prefix = "0"
where = {{ oid = "{ROOT}.3", equals = [6] }}
energy = {{ oid = "{ROOT}.2" }}
"""


def test_a_table_that_mixes_totals_and_outlets_is_told_apart() -> None:
    rows: dict[str, Value] = {"0.0": b"PDU", "0.1": b"CH1", "0.2": b"\0", "1.1": b"CH9"}
    answers: dict[str, Value] = {f"{ROOT}.1.{row}": label for row, label in rows.items()}
    answers |= {f"{ROOT}.2.{row}": 100 + place for place, row in enumerate(rows)}
    answers |= {f"{ROOT}.3.{row}": kind for row, kind in zip(rows, (0, 6, 6, 6), strict=True)}
    found, faults = points(sought(parse(MIXED, "x"), {f"{ROOT}.1": rows}), answers, (-1,))
    assert [(point.name, point.label, point.energy_wh) for point in found] == [
        ("total:0.0", "", 100),
        ("outlet:1", "CH1", 101),
        ("outlet:1.1", "CH9", 103),
    ]
    assert faults == []


def test_a_row_of_which_it_is_not_known_what_it_is_is_left_out_and_said() -> None:
    rows: dict[str, Value] = {"0.0": b"PDU", "0.1": b"CH1", "0.2": b"CH2", "0.3": b"CH3"}
    answers: dict[str, Value] = {f"{ROOT}.1.{row}": label for row, label in rows.items()}
    answers |= {f"{ROOT}.2.{row}": 100 + place for place, row in enumerate(rows)}
    answers |= {f"{ROOT}.3.0.0": 0, f"{ROOT}.3.0.1": Failed(5), f"{ROOT}.3.0.3": 6, f"{ROOT}.1.0.3": Failed(5)}
    found, faults = points(sought(parse(MIXED, "x"), {f"{ROOT}.1": rows}), answers, (-1,))
    assert [point.name for point in found] == ["total:0.0"]
    assert faults == [
        f"total:0.1 : laissé de côté, l'appareil ne dit pas ce que c'est ({ROOT}.3.0.1).",
        f"total:0.2 : laissé de côté, l'appareil ne dit pas ce que c'est ({ROOT}.3.0.2).",
        f"outlet:1 : laissé de côté, l'appareil ne dit pas ce que c'est ({ROOT}.3.0.1).",
        f"outlet:2 : laissé de côté, l'appareil ne dit pas ce que c'est ({ROOT}.3.0.2).",
        f"outlet:3 : laissé de côté, l'appareil échoue à donner son nom ({ROOT}.1.0.3).",
    ]


def test_a_condition_may_hold_where_nothing_is_answered_but_not_where_the_agent_fails() -> None:
    lenient = MIXED.replace("equals = [6] }", "differs = [0], absent = true }")
    rows: dict[str, Value] = {"0.1": b"CH1", "0.2": b"CH2", "0.3": b"CH3"}
    answers: dict[str, Value] = {f"{ROOT}.1.{row}": label for row, label in rows.items()}
    answers |= {f"{ROOT}.2.{row}": 100 for row in rows} | {f"{ROOT}.3.0.1": Failed(5), f"{ROOT}.3.0.3": 0}
    found, faults = points(sought(parse(lenient, "x"), {f"{ROOT}.1": rows}), answers, (-1,))
    assert [point.name for point in found] == ["total:0.3", "outlet:2"]
    assert [fault.split(" :")[0] for fault in faults] == ["total:0.1", "total:0.2", "outlet:1"]


def test_a_sensor_that_the_agent_fails_to_tell_of_is_not_believed() -> None:
    available = f'available = {{ oid = "{ROOT}.3", equals = [1] }}'
    assert value(available, c2=5, c3=1) == value(available, c2=5) == 5
    found = value(available, c2=5, c3=Failed(5))
    assert isinstance(found, Refusal)
    assert found.reason.startswith("indisponible")


NAMED = f"""{HEAD}
[[point]]
kind = "inlet"
index = "1"
label = "L1"
energy = {{ oid = "{ROOT}.2", factor = 100, find = {{ oid = "{ROOT}.1", equals = ["Energy"] }} }}
power = {{ oid = "{ROOT}.2", find = {{ oid = "{ROOT}.1", equals = ["Power"] }} }}
"""


def test_a_point_found_by_the_names_of_its_rows() -> None:
    walked: dict[str, dict[str, Value]] = {f"{ROOT}.1": {"2.12": b"Power", "2.20": b"Energy"}}
    ((point,), faults) = points(sought(parse(NAMED, "x"), walked), {f"{ROOT}.2.2.20": 7, f"{ROOT}.2.2.12": 9}, (-1,))
    assert (point.name, point.label, point.energy_wh, point.power_w, faults) == ("inlet:1", "L1", 700, 9, [])


def test_a_point_whose_row_is_not_there_is_missing() -> None:
    ((point,), faults) = points(sought(parse(NAMED, "x"), {f"{ROOT}.1": {}}), {}, (-1,))
    assert (point.energy_wh, point.power_w) == (None, None)
    assert [fault.split(" : ")[:2] for fault in faults] == [
        ["inlet:1", "énergie absente"],
        ["inlet:1", "puissance absente"],
    ]


def test_two_rows_that_claim_one_name_are_both_refused() -> None:
    twice = parse(MIXED.replace('"total"', '"outlet"').replace("equals = [0]", "equals = [6]"), "x")
    answers: dict[str, Value] = {f"{ROOT}.1.1": b"A", f"{ROOT}.2.1": 5, f"{ROOT}.3.1": 6}
    found, faults = points(sought(twice, {f"{ROOT}.1": {"1": b"A"}}), answers, (-1,))
    assert found == []
    assert faults == ["outlet:1 : deux lignes de l'appareil portent ce nom ; corriger le profil."]
