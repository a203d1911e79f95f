"""Models that were not recorded, as the MIBs of their makers tell them: other outlets, three phases, several units."""

from __future__ import annotations

import asyncio

import pytest

from metering.drivers import DeviceReport
from metering.drivers.snmp import SnmpDriver
from tests.metering.drivers.odd_agent import Device, gauge, integer, object_id, oid_of, serving, text

ENTERPRISES = "1.3.6.1.4.1"


def device(object_id_of: str, columns: dict[str, dict[str, int | str]], description: str = "") -> Device:
    """A device by its columns without the enterprises prefix: ``{column: {row: value}}``; -n is a signed number."""
    told = {"1.3.6.1.2.1.1.1.0": text(description)}
    told["1.3.6.1.2.1.1.2.0"] = object_id(oid_of(f"{ENTERPRISES}.{object_id_of}"))
    for column, rows in columns.items():
        for row, value in rows.items():
            encoded = text(value) if isinstance(value, str) else gauge(value) if value >= 0 else integer(value)
            told[f"{ENTERPRISES}.{column}.{row}"] = encoded
    return Device(told)


def read(asked: Device) -> DeviceReport:
    with serving(asked):
        return asyncio.run(SnmpDriver(2).read(asked.address(), None))


def numbers(report: DeviceReport) -> list[tuple[str, str, int | None, int | None]]:
    return [(point.name, point.label, point.energy_wh, point.power_w) for point in report.points]


SENTRY3, SENTRY4, EATON = "1718.3.2", "1718.4.1", "534.6.6.7"
EPDU, ATEN, PANDUIT = "318.1.1.30", "21317.1.3.2.2.2", "19536.10.1"
VERTIV, ENLOGIC, CPS = "21239.5.2.3", "38446.1", "3808.1.1"
PX2, PX, RPDU2 = "13742.6", "13742.4.1", "318.1.1.26"

MODELS = {
    "sentry3 with metered outlets": (
        device("1718.3", {
            f"{SENTRY3}.2.1.2": {"1.1": "AA"}, f"{SENTRY3}.2.1.16": {"1.1": 12345}, f"{SENTRY3}.2.1.12": {"1.1": 900},
            f"{SENTRY3}.3.1.3": {"1.1.1": "web", "1.1.2": ""}, f"{SENTRY3}.3.1.2": {"1.1.1": "AA1", "1.1.2": "AA2"},
            f"{SENTRY3}.3.1.18": {"1.1.1": 5001, "1.1.2": -1}, f"{SENTRY3}.3.1.14": {"1.1.1": 30, "1.1.2": 0},
        }),
        [("inlet:1.1", "AA", 1_234_500, 900), ("outlet:1.1.1", "web", 5001, 30), ("outlet:1.1.2", "AA2", None, 0)],
    ),
    "sentry4 with metered phases and outlets": (
        device("1718.4", {
            f"{SENTRY4}.5.2.1.4": {"1.1.1": "AA:L1"}, f"{SENTRY4}.5.3.1.13": {"1.1.1": 77},
            f"{SENTRY4}.5.3.1.8": {"1.1.1": 9}, f"{SENTRY4}.8.3.1.14": {"1.1.1": 4321},
            f"{SENTRY4}.8.3.1.7": {"1.1.1": 5}, f"{SENTRY4}.8.2.1.3": {"1.1.1": "db"},
        }),
        [("phase:1.1.1", "AA:L1", 7700, 9), ("outlet:1.1.1", "db", 4321, 5)],
    ),
    "eaton with three phases, a total row and groups": (
        device("534.6.6.7", {
            f"{EATON}.3.4.1.2": {"0.1.1": 1, "0.1.2": 2, "0.1.3": 3, "0.1.4": 4},
            f"{EATON}.3.4.1.5": {"0.1.1": 100, "0.1.2": 200, "0.1.3": 300, "0.1.4": 600},
            f"{EATON}.3.4.1.4": {"0.1.1": 1, "0.1.2": 2, "0.1.3": 3, "0.1.4": 6},
            f"{EATON}.5.1.1.3": {"0.1": "Section A"}, f"{EATON}.5.5.1.4": {"0.1": 50}, f"{EATON}.5.5.1.3": {"0.1": -1},
        }),
        [
            ("phase:1.1", "", 100, 1), ("phase:1.2", "", 200, 2), ("phase:1.3", "", 300, 3), ("total:1.4", "", 600, 6),
            ("branch:1", "Section A", 50, None),
        ],
    ),
    "eaton that does not say what a row measures": (
        device("534.6.6.7", {f"{EATON}.3.4.1.5": {"0.1.1": 100}, f"{EATON}.3.4.1.4": {"0.1.1": 1}}),
        [("phase:1.1", "", 100, 1)],
    ),
    "eaton of which a second unit is strapped": (
        device("534.6.6.7", {
            f"{EATON}.3.5.1.5": {"0.1": 10, "1.1": 20}, f"{EATON}.3.5.1.4": {"0.1": 1, "1.1": 2},
            f"{EATON}.3.1.1.10": {"0.1": "Feed A", "1.1": "Feed B"},
        }),
        [("inlet:1", "Feed A", 10, 1), ("inlet:1.1", "Feed B", 20, 2)],
    ),
    "easy PDU that counts the whole": (
        device("318.1.3.4.9", {
            f"{EPDU}.2.1.1.11": {"1": 9000}, f"{EPDU}.2.1.1.7": {"1": 42},
            f"{EPDU}.4.2.1.10": {"1": 3000, "2": 3001, "3": 2999}, f"{EPDU}.4.2.1.6": {"1": 14, "2": 14, "3": 14},
        }),
        [("inlet:1", "", 9000, 42), ("phase:1", "", 3000, 14), ("phase:2", "", 3001, 14), ("phase:3", "", 2999, 14)],
    ),
    "aten that measures its inlet and a bank that is not available now": (
        device("21317", {
            f"{ATEN}.1.99.1.5": {"1": 719706}, f"{ATEN}.1.99.1.4": {"1": 118332},
            f"{ATEN}.3.99.1.5": {"1": -1000000, "2": -2000000}, f"{ATEN}.3.99.1.4": {"1": -1000000, "2": -2000000},
        }),
        [("inlet:1", "", 719706, 118), ("branch:1", "", None, None)],
    ),
    "panduit with three phases, their neutral, and outlets": (
        device("19536.10.1", {
            f"{PANDUIT}.2.1.1.6": {"1": 7}, f"{PANDUIT}.2.1.1.5": {"1": 60},
            f"{PANDUIT}.2.2.1.18": {"1.1": 3, "1.2": 4, "1.3": 5, "1.4": 2},
            f"{PANDUIT}.2.2.1.21": {"1.1": 11, "1.2": 12, "1.3": 13, "1.4": 0},
            f"{PANDUIT}.2.2.1.20": {"1.1": 1, "1.2": 2, "1.3": 3, "1.4": 0},
            f"{PANDUIT}.5.1.1.14": {"1.1": 5}, f"{PANDUIT}.5.1.1.13": {"1.1": 6}, f"{PANDUIT}.5.1.1.2": {"1.1": "web"},
        }),
        [
            ("inlet:1", "", 7000, 60), ("phase:1", "", 11, 1), ("phase:2", "", 12, 2), ("phase:3", "", 13, 3),
            ("outlet:1", "web", 5, 6),
        ],
    ),
    "vertiv with breakers and outlets": (
        device("21239.42.1.2", {
            f"{VERTIV}.1.1.12": {"1": 100}, f"{VERTIV}.1.1.9": {"1": 8}, f"{VERTIV}.1.1.4": {"1": "A01"},
            f"{VERTIV}.3.1.15": {"1": 60}, f"{VERTIV}.3.1.12": {"1": 5}, f"{VERTIV}.3.1.2": {"1": "Circuit 1"},
            f"{VERTIV}.6.1.15": {"1": 0, "2": 30}, f"{VERTIV}.6.1.12": {"1": 0, "2": 3},
            f"{VERTIV}.6.1.3": {"1": "", "2": "web"},
        }),
        [
            ("inlet:1", "A01", 100, 8), ("branch:1", "Circuit 1", 60, 5), ("outlet:1", "", 0, 0),
            ("outlet:2", "web", 30, 3),
        ],
    ),
    "enlogic with two units and metered outlets": (
        device("38446.1", {
            f"{ENLOGIC}.2.4.1.9": {"1": 10, "2": 20}, f"{ENLOGIC}.2.4.1.4": {"1": 5, "2": 6},
            f"{ENLOGIC}.5.9.1.11": {"1.1": 3, "2.1": 4}, f"{ENLOGIC}.5.9.1.6": {"1.1": 7, "2.1": 8},
        }),
        [("inlet:1", "", 1000, 5), ("inlet:2", "", 2000, 6), ("outlet:1", "", 300, 7), ("outlet:2.1", "", 400, 8)],
    ),
    "cyberpower with more banks than digits, and metered outlets": (
        device("3808.1.1.6", {
            f"{CPS}.3.2.3.1.1.4": {"1": 1, "2": 1}, f"{CPS}.3.2.3.1.1.5": {"1": 0, "2": 12},
            f"{CPS}.3.2.3.1.1.10": {"1": 9, "2": 8}, f"{CPS}.3.2.3.1.1.7": {"1": 90, "2": 80},
            f"{CPS}.6.6.2.4.1.11": {"1": 3}, f"{CPS}.6.6.2.4.1.7": {"1": 30}, f"{CPS}.6.6.2.4.1.4": {"1": "web"},
        }),
        [("phase:1", "", 900, 90), ("branch:2", "", 800, 80), ("outlet:1", "web", 300, 30)],
    ),
    "raritan with three poles, a metered protector, a sensor that is gone and digits": (
        device("13742.6", {
            f"{PX2}.3.3.3.1.2": {"1.1": "I1"}, f"{PX2}.5.2.3.1.4": {"1.1.5": 905, "1.1.8": 123456},
            f"{PX2}.3.3.4.1.7": {"1.1.5": 1, "1.1.8": 2}, f"{PX2}.5.2.3.1.2": {"1.1.5": 2, "1.1.8": 1},
            f"{PX2}.5.2.4.1.4": {"1.1.1.1": 6, "1.1.1.8": 41, "1.1.2.8": 42, "1.1.3.8": 43, "1.1.1.5": 4, "1.1.4.1": 0},
            f"{PX2}.3.3.6.1.7": {"1.1.1.8": 0, "1.1.2.8": 0, "1.1.3.8": 0, "1.1.1.5": 0},
            f"{PX2}.5.3.3.1.4": {"1.1.8": 77, "1.2.1": 5}, f"{PX2}.3.4.4.1.7": {"1.1.8": 0},
            f"{PX2}.3.4.3.1.3": {"1.1": "", "1.2": ""}, f"{PX2}.3.4.3.1.2": {"1.1": "C1", "1.2": "C2"},
        }),
        [
            ("inlet:1", "I1", 1234, None), ("phase:1.1", "", 41, 4), ("phase:1.2", "", 42, None),
            ("phase:1.3", "", 43, None), ("branch:1", "C1", 77, None),
        ],
    ),
    "raritan of the first generation with outlets that count": (
        device("13742.4", {
            f"{PX}.2.2.1.31": {"1": 500, "2": 0}, f"{PX}.2.2.1.7": {"1": 10, "2": 20},
            f"{PX}.2.2.1.2": {"1": "a", "2": "b"},
        }),
        [("outlet:1", "a", 500, 10), ("outlet:2", "b", None, 20)],
    ),
    "apc with three phases and two units that share a port": (
        device("318.1.3.4.6", {
            f"{RPDU2}.4.3.1.1": {"1": 1, "2": 2}, f"{RPDU2}.4.3.1.9": {"1": 10, "2": 20},
            f"{RPDU2}.4.3.1.5": {"1": 100, "2": -1}, f"{RPDU2}.6.3.1.1": {"1": 1, "2": 2, "3": 3},
            f"{RPDU2}.6.3.1.7": {"1": 30, "2": 31, "3": 39},
        }),
        [
            ("inlet:1", "", 1000, 1000), ("inlet:2", "", 2000, None), ("phase:1", "", None, 300),
            ("phase:2", "", None, 310), ("phase:3", "", None, 390),
        ],
    ),
    "rittal controller with two PDUs": (
        device("2606.7", {
            "2606.7.4.2.2.1.3": {
                "2.20": "Total.Energy.Active.Value", "2.12": "Total.Power.Active.Value",
                "3.21": "Total.Energy.Active.Value", "3.13": "Total.Power.Active.Value",
            },
            "2606.7.4.2.2.1.11": {"2.20": 10, "2.12": 1, "3.21": 20, "3.13": 2},
            "2606.7.4.2.2.1.7": {"2.20": -10, "2.12": 1, "3.21": 1, "3.13": 1},
        }, "Rittal PDU SN 123 HW"),
        [
            ("inlet:2.1", "Total", 1000, 1), ("inlet:3.1", "Total", 20_000, 2), ("phase:1", "Phase L1", None, None),
            ("phase:2", "Phase L2", None, None), ("phase:3", "Phase L3", None, None),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_a_model_gives_the_points_that_its_mib_tells(model: str) -> None:
    asked, expected = MODELS[model]
    assert numbers(read(asked)) == expected


def test_a_serial_is_found_at_the_address_of_its_unit_or_in_the_description() -> None:
    databus = "31034.12.1.1.2"
    panel = device("31034.11.1", {f"{databus}.1.1.1.6": {"7": "SV7"}, f"{databus}.6.1.1.2": {"7.1": 3}})
    assert read(panel).serial == "SV7"
    assert read(device("2606.7", {}, "Rittal PDU SN 34260505 HW")).serial == "34260505"
    assert read(device("2606.7", {}, "Rittal")).serial is None


def test_a_family_none_of_whose_instances_answers_has_no_points() -> None:
    report = read(device("34278.10.1", {}, "Janitza"))
    assert (report.profile, report.points) == ("janitza", ())
    assert report.faults[-1].endswith("aucun de ses OID ne répond.")
