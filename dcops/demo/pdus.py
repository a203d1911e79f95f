"""What the SNMP card of each family of PDU answers, object by object, in the words of its vendor's MIB; pure."""

from __future__ import annotations

from datetime import datetime

from dcops.demo.load import EPOCH, Pdu, power_w, register_wh

Oid = tuple[int, ...]
Value = tuple[str, int | str]
"""(SNMP type, value): integer, gauge, ticks, string or oid."""

_SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
_APC: Oid = (1, 3, 6, 1, 4, 1, 318)
_RARITAN: Oid = (1, 3, 6, 1, 4, 1, 13742, 6)
_ACTIVE_POWER, _ACTIVE_ENERGY = 5, 8  # PDU2-MIB sensor types
_WATT, _WATT_HOUR = 3, 5  # PDU2-MIB sensor units
_NORMAL = 4  # PDU2-MIB sensor state


def answers(pdu: Pdu, at: datetime) -> dict[Oid, Value]:
    """Every object of the PDU at an instant, in the order in which GETNEXT walks them."""
    objects = _apc(pdu, at) if pdu.family == "apc" else _raritan(pdu, at)
    return dict(sorted(objects.items()))


def _system(pdu: Pdu, at: datetime, description: str, identity: Oid) -> dict[Oid, Value]:
    ticks = int((at - EPOCH).total_seconds() * 100) % 2**32
    return {
        (*_SYSTEM, 1, 0): ("string", description),
        (*_SYSTEM, 2, 0): ("oid", ".".join(map(str, identity))),
        (*_SYSTEM, 3, 0): ("ticks", ticks),
        (*_SYSTEM, 4, 0): ("string", "exploitation"),
        (*_SYSTEM, 5, 0): ("string", pdu.name),
        (*_SYSTEM, 6, 0): ("string", f"baie {pdu.rack}, voie {pdu.feed}"),
    }


def _apc(pdu: Pdu, at: datetime) -> dict[Oid, Value]:
    """PowerNet-MIB, rPDU2: energy in tenths of kWh, power in hundredths of kW."""
    watts, energy = power_w(pdu, at), register_wh(pdu, at)
    description = f"APC Web/SNMP Management Card (PN:apc_hw05_aos MN:AP8959EU3 SN:{pdu.serial})"
    ident, status, phase = (*_APC, 1, 1, 26, 2, 1), (*_APC, 1, 1, 26, 4, 3, 1), (*_APC, 1, 1, 26, 6, 3, 1)
    return _system(pdu, at, description, (*_APC, 1, 3, 4, 6)) | {
        (*_APC, 1, 1, 12, 1, 5, 0): ("string", "AP8959EU3"),
        (*_APC, 1, 1, 12, 1, 6, 0): ("string", pdu.serial),
        (*_APC, 1, 1, 12, 1, 16, 0): ("integer", watts),
        (*ident, 1, 1): ("integer", 1),
        (*ident, 2, 1): ("integer", 1),
        (*ident, 3, 1): ("string", pdu.name),
        (*ident, 8, 1): ("string", "AP8959EU3"),
        (*ident, 9, 1): ("string", pdu.serial),
        (*status, 1, 1): ("integer", 1),
        (*status, 2, 1): ("integer", 1),
        (*status, 3, 1): ("string", pdu.name),
        (*status, 4, 1): ("integer", 2),
        (*status, 5, 1): ("integer", watts // 10),
        (*status, 9, 1): ("integer", energy // 100),
        (*status, 10, 1): ("string", _counting_since(pdu, at).strftime("%m/%d/%Y %H:%M:%S")),
        (*phase, 1, 1): ("integer", 1),
        (*phase, 2, 1): ("integer", 1),
        (*phase, 3, 1): ("integer", 1),
        (*phase, 7, 1): ("integer", watts // 10),
    }


def _raritan(pdu: Pdu, at: datetime) -> dict[Oid, Value]:
    """PDU2-MIB: one inlet whose sensors tell their unit and decimal digits."""
    objects = _system(pdu, at, "Raritan PDU, MD:PX3-5493U-K2 HW:0x10 FW:4.2.0.5-50274", _RARITAN) | {
        (*_RARITAN, 3, 2, 1, 1, 2, 1): ("string", "Raritan"),
        (*_RARITAN, 3, 2, 1, 1, 3, 1): ("string", "PX3-5493U-K2"),
        (*_RARITAN, 3, 2, 1, 1, 4, 1): ("string", pdu.serial),
        (*_RARITAN, 3, 2, 2, 1, 13, 1): ("string", pdu.name),
        (*_RARITAN, 3, 3, 3, 1, 2, 1, 1): ("string", "I1"),
        (*_RARITAN, 3, 3, 3, 1, 3, 1, 1): ("string", pdu.name),
    }
    sensors = ((_ACTIVE_POWER, _WATT, power_w(pdu, at)), (_ACTIVE_ENERGY, _WATT_HOUR, register_wh(pdu, at)))
    for sensor, unit, value in sensors:
        objects |= _raritan_sensor(sensor, unit, value, at)
    return objects


def _raritan_sensor(sensor: int, unit: int, value: int, at: datetime) -> dict[Oid, Value]:
    row = (1, 1, sensor)
    configuration, measure = (*_RARITAN, 3, 3, 4, 1), (*_RARITAN, 5, 2, 3, 1)
    return {
        (*configuration, 6, *row): ("integer", unit),
        (*configuration, 7, *row): ("gauge", 0),
        (*measure, 2, *row): ("integer", 1),
        (*measure, 3, *row): ("integer", _NORMAL),
        (*measure, 4, *row): ("gauge", value),
        (*measure, 5, *row): ("gauge", int(at.timestamp())),
    }


def _counting_since(pdu: Pdu, at: datetime) -> datetime:
    return max((change.at for change in pdu.changes if change.at <= at), default=EPOCH)
