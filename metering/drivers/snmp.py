"""Asks a PDU for its registers and watts over SNMP v1, v2c or v3, through the profile of its family."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from ipaddress import ip_address
from pathlib import Path

from inventory.errors import Unavailable
from metering.drivers import Candidate, DeviceReport, answered, decode, sought
from metering.drivers.address import Address, parse
from metering.drivers.profile import Profile, Profiles, load
from metering.drivers.snmp_agent import Agent
from metering.drivers.snmp_plans import SYS_OBJECT_ID, Key, Known, Plan, Plans, candidates, plan_of
from metering.drivers.snmp_refusals import REFUSED, refusal
from metering.drivers.snmp_session import Session
from metering.drivers.snmp_user import user_of
from metering.drivers.sought import Failed, Sought, Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
PATIENCE = 10  # a whole device may take this many times the timeout of one request


class SnmpDriver:
    """Reads devices; one instance may read many at once. ``timeout_s`` is for each request.

    ``environ`` holds the secrets that addresses of version 3 refer to, ``plans`` what devices were found to have. A
    lost datagram is not asked again: the next round comes soon, and a register bridges the gap.
    """

    def __init__(
        self,
        timeout_s: float = 2,
        profiles_dir: Path | None = None,
        environ: Mapping[str, str] | None = None,
        plans: Plans | None = None,
    ) -> None:
        self.timeout_s = timeout_s
        self.profiles_dir = profiles_dir
        self._environ = environ or {}
        self._plans = plans or Plans()

    @cached_property
    def profiles(self) -> Profiles:
        """The shipped profiles and those of ``profiles_dir``. Raises Invalid when one is wrong."""
        return load(self.profiles_dir)

    async def read(self, address: str, profile: str | None) -> DeviceReport:
        """See ``Driver.read``."""
        forced = self.profiles.named(profile) if profile else None
        device = parse(address)
        with self._told(device):
            async with await self._open(device) as session:
                return (await self._found(Agent(session, device.place), forced)).report

    async def read_points(self, address: str, profile: str | None, points: tuple[str, ...]) -> DeviceReport:
        """See ``Selective.read_points``: one question where the device is known, else all that it has."""
        key = address, profile, points
        plans = self._plans.of(self.profiles)
        plan = plans.get(key)
        device = parse(address) if plan is None else plan.known.agent
        with self._told(device):
            async with await self._open(device) as session:
                agent = Agent(session, device.place)
                if plan is not None and (told := await _again(agent, plan)) is not None:
                    return told
                plans.pop(key, None)
                return await self._learnt(agent, device, key, plans)

    async def _learnt(self, agent: Agent, device: Address, key: Key, plans: dict[Key, Plan]) -> DeviceReport:
        _, profile, points = key
        found = await self._found(agent, self.profiles.named(profile) if profile else None)
        wanted = [each for each in found.sought if each.name in points]
        names = {point.name for point in found.report.points}
        if found.family is not None and len(wanted) == len(names.intersection(points)) == len(points):
            answers = _sound(await agent.values(candidates(found.signs, wanted)))
            asked = Known(device, found.family.unsupported, found.signs, found.report, agent.most)
            plan = plan_of(asked, wanted, answers, now := _now())
            if plan.read(answers, now) is not None:
                plans[key] = plan
        return found.report

    @contextmanager
    def _told(self, device: Address) -> Iterator[None]:
        """What goes wrong, in words."""
        started = _now()
        try:
            yield
        except REFUSED as error:
            raise refusal(device, error, _now() - started) from None

    async def _open(self, device: Address) -> Session:
        deadline = _now() + self.timeout_s * PATIENCE
        host = device.host if _numeric(device.host) else await _resolve(device, self.timeout_s)
        return Session(host, device, user_of(device, self._environ), self.timeout_s, deadline)

    async def _found(self, agent: Agent, forced: Profile | None) -> _Found:
        identity = await agent.values([SYS_OBJECT_ID, SYS_DESCR])
        object_id = (decode.text(identity, [SYS_OBJECT_ID]) or "").removeprefix(".")  # some answer it as a text
        described = decode.text(identity, [SYS_DESCR])
        families = [forced] if forced else self.profiles.candidates(object_id)
        found, tried = _Found(_unknown(object_id, described, sorted(self.profiles.by_name))), list[Candidate]()
        for family in families:
            why = _explained(family, object_id, forced is not None)
            found = await _through(agent, family, described, why)
            if found.report.points:
                break
            tried.append(Candidate(family.name, why, found.report.faults[-1]))
        return replace(found, report=replace(found.report, candidates=tuple(tried)))


@dataclass(frozen=True, slots=True)
class _Found:
    """What a device was found to have, and through which profile."""

    report: DeviceReport
    family: Profile | None = None
    sought: Sequence[Sought] = ()
    signs: tuple[str, ...] = ()


async def _again(agent: Agent, plan: Plan) -> DeviceReport | None:
    """What a known device answers to one question; None when it must be looked at again."""
    agent.most = plan.known.most
    return plan.read(await agent.values(plan.oids), _now())


async def _through(agent: Agent, family: Profile, described: str | None, explanation: str) -> _Found:
    agent.faults.clear()
    walked = {column: await agent.rows(column) for column in sought.columns(family)}
    found = sought.sought(family, walked)
    serials = sought.serials(family, walked)
    asked = dict.fromkeys([*family.model, *serials, *(oid for each in found for oid in each.oids())])
    answers = await agent.values(list(asked))
    points, faults = decode.points(found, answers, family.unsupported)
    if not any(oid in answers for each in found for oid in each.oids()):
        points, faults = [], []
    if not points:
        faults.append(_nothing(family, walked))
    report = DeviceReport(
        profile=family.name,
        vendor=family.vendor,
        model=decode.text(answers, family.model) or described,
        serial=decode.text(answers, serials) or decode.matched(family.serial_in_description, described),
        points=tuple(points),
        faults=(*agent.faults, *faults),
        explanation=explanation,
        answers=answered.given(found, points, answers, family.unsupported),
    )
    return _Found(report, family, found, _signs(family, serials))


def _signs(family: Profile, serials: Sequence[str]) -> tuple[str, ...]:
    """The instances that tell one device from another of its family."""
    return (*serials, SYS_DESCR) if family.serial_in_description else tuple(serials)


def _nothing(family: Profile, walked: sought.Walked) -> str:
    """Why a profile gives nothing."""
    rows = sum(len(found) for found in walked.values())
    why = f"des {rows} lignes lues, aucune n'est un point" if rows else "aucune de ses colonnes n'a de ligne"
    if not walked:
        why = "aucun de ses OID ne répond"
    return f"le profil « {family.name} » ne trouve aucun point de mesure sur cet appareil : {why}."


def _explained(family: Profile, object_id: str, forced: bool) -> str:
    told = object_id or "sans réponse"
    if forced:
        return f"profil imposé (sysObjectID {told})"
    return f"sysObjectID {told} commence par {family.prefix_of(object_id)}"


def _unknown(object_id: str, described: str | None, known: Iterable[str]) -> DeviceReport:
    told = object_id or "sans réponse"
    fault = (
        f"aucun profil ne correspond à cet appareil (sysObjectID {told}) ; profils connus : {', '.join(known)}. "
        "Imposer l'un d'eux ou ajouter un profil dans metering.profiles_dir."
    )
    return DeviceReport(None, None, described, None, (), (fault,), f"sysObjectID {told} : aucun profil")


def _sound(answers: Mapping[str, Value]) -> dict[str, Value]:
    return {oid: value for oid, value in answers.items() if not isinstance(value, Failed)}


def _now() -> float:
    return asyncio.get_running_loop().time()


@cache
def _numeric(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


async def _resolve(device: Address, timeout_s: float) -> str:
    # The library takes numeric addresses only.
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            found = await loop.getaddrinfo(device.host, device.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):  # a TimeoutError is an OSError
        raise Unavailable(f"hôte « {device.host} » introuvable ; vérifier le nom ou le DNS.") from None
    return str(found[0][4][0])
