"""Asks a PDU for its registers and watts over SNMP v1, v2c or v3, through the profile of its family."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from ipaddress import ip_address
from pathlib import Path

from gufo.snmp import NoSuchInstance, SnmpAuthError, SnmpError, SnmpVersion
from gufo.snmp.aio import SnmpSession

from inventory.errors import Unavailable
from metering.drivers import DeviceReport, answered, decode, sought
from metering.drivers.address import V3, Address, parse
from metering.drivers.profile import Profile, Profiles, load
from metering.drivers.snmp_plans import SYS_OBJECT_ID, Key, Plans, candidates, plan_of
from metering.drivers.snmp_user import user_of
from metering.drivers.sought import Sought, Value

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
OIDS_PER_REQUEST = 24  # small enough for one unfragmented datagram of a slow management card
MOST_ROWS = 2000  # an agent that loops must not hold a round of polling
PATIENCE = 10  # a whole device may take this many times the timeout of one request

_VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, V3: SnmpVersion.v3}


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
        agent = parse(address)
        with self._told(agent):
            async with asyncio.timeout(self.timeout_s * PATIENCE):
                return (await self._found(_Agent(await self._open(agent)), forced)).report

    async def read_points(self, address: str, profile: str | None, points: tuple[str, ...]) -> DeviceReport:
        """See ``Selective.read_points``: one question where the device is known, else all that it has."""
        key = address, profile, points
        known = self._plans.of(self.profiles).get(key)
        if known is None:
            return await self._learnt(parse(address), key)
        with self._told(known.agent):
            answers = await _Agent(await self._open(known.agent)).values(known.oids)
        told = known.read(answers)
        return told if told is not None else await self._learnt(known.agent, key)

    async def _learnt(self, agent: Address, key: Key) -> DeviceReport:
        _, profile, points = key
        forced = self.profiles.named(profile) if profile else None
        plans = self._plans.of(self.profiles)
        plans.pop(key, None)
        with self._told(agent):
            async with asyncio.timeout(self.timeout_s * PATIENCE):
                asked = _Agent(await self._open(agent))
                found = await self._found(asked, forced)
                wanted = [each for each in found.sought if each.name in points]
                names = {point.name for point in found.report.points}
                if found.family is not None and len(wanted) == len(names.intersection(points)) == len(points):
                    answers = await asked.values(candidates(found.family, wanted))
                    plan = plan_of(agent, found.family, wanted, answers, found.report)
                    if plan.read(answers) is not None:
                        plans[key] = plan
        return found.report

    @contextmanager
    def _told(self, agent: Address) -> Iterator[None]:
        """What goes wrong, in words."""
        started = asyncio.get_running_loop().time()
        try:
            yield
        except TimeoutError:
            waited = asyncio.get_running_loop().time() - started
            raise Unavailable(_silence(agent, waited, self.timeout_s)) from None
        except SnmpAuthError:
            raise Unavailable(
                f"{agent.place} refuse l'utilisateur SNMPv3 « {agent.user} » ; "
                "vérifier son nom, ses protocoles et ses secrets."
            ) from None
        except (SnmpError, OSError, RuntimeError) as error:
            raise Unavailable(
                f"{agent.place} répond autre chose que du SNMP ({error or type(error).__name__}) ; "
                "vérifier l'adresse, le port et la version."
            ) from None

    async def _open(self, agent: Address) -> SnmpSession:
        host = agent.host if _numeric(agent.host) else await _resolve(agent)
        session = SnmpSession(
            addr=host,
            port=agent.port,
            community=agent.community,
            version=_VERSIONS[agent.version],
            user=user_of(agent, self._environ),
            timeout=self.timeout_s,
        )
        await session.refresh()  # of version 3
        return session

    async def _found(self, agent: _Agent, forced: Profile | None) -> _Found:
        identity = await agent.values([SYS_OBJECT_ID, SYS_DESCR])
        object_id = (decode.text(identity, [SYS_OBJECT_ID]) or "").removeprefix(".")  # some answer it as a text
        described = decode.text(identity, [SYS_DESCR])
        families = [forced] if forced else self.profiles.candidates(object_id)
        found = _Found(_unknown(object_id, described, sorted(self.profiles.by_name)))
        for family in families:
            found = await _through(agent, family, object_id, described, forced is not None)
            if found.report.points:
                return found
        return found


@dataclass(frozen=True, slots=True)
class _Found:
    """What a device was found to have, and through which profile."""

    report: DeviceReport
    family: Profile | None = None
    sought: Sequence[Sought] = ()


class _Agent:
    """One open session, spoken to with one request at a time."""

    def __init__(self, session: SnmpSession) -> None:
        self._session = session

    async def rows(self, column: str) -> dict[str, Value]:
        """The rows of a column, ``{index: value}``."""
        found: dict[str, Value] = {}
        async for oid, value in self._session.fetch(column):
            row = oid.removeprefix(f"{column}.")
            if row in found or len(found) >= MOST_ROWS:
                raise SnmpError(f"la colonne {column} ne finit pas")
            found[row] = value
        return found

    async def values(self, oids: Sequence[str]) -> dict[str, Value]:
        """The instances that answer; those that do not are simply absent."""
        found: dict[str, Value] = {}
        for start in range(0, len(oids), OIDS_PER_REQUEST):
            found |= await self._some(oids[start : start + OIDS_PER_REQUEST])
        return found

    async def _some(self, oids: Sequence[str]) -> dict[str, Value]:
        # SNMPv1 refuses a whole request for one missing OID, and any version one whose answer is too big: the
        # library then gives nothing, so an empty answer is asked again by halves.
        found: dict[str, Value]
        try:
            found = dict(await self._session.get_many(oids))
        except NoSuchInstance:
            found = {}
        if found or len(oids) == 1:
            return found
        middle = len(oids) // 2
        return await self._some(oids[:middle]) | await self._some(oids[middle:])


async def _through(agent: _Agent, family: Profile, object_id: str, described: str | None, forced: bool) -> _Found:
    walked = {column: await agent.rows(column) for column in sought.columns(family)}
    found = sought.sought(family, walked)
    asked = dict.fromkeys([*family.model, *family.serial, *(oid for each in found for oid in each.oids())])
    answers = await agent.values(list(asked))
    points, faults = decode.points(found, answers, family.unsupported)
    if not points:
        faults.append(f"le profil « {family.name} » ne trouve aucun point de mesure sur cet appareil.")
    report = DeviceReport(
        profile=family.name,
        vendor=family.vendor,
        model=decode.text(answers, family.model) or described,
        serial=decode.text(answers, family.serial),
        points=tuple(points),
        faults=tuple(faults),
        explanation=_explained(family, object_id, forced),
        answers=answered.given(found, points, answers, family.unsupported),
    )
    return _Found(report, family, found)


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


@cache
def _numeric(host: str) -> bool:
    try:
        return bool(ip_address(host))
    except ValueError:
        return False


async def _resolve(agent: Address) -> str:
    # The library takes numeric addresses only.
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(agent.host, agent.port, type=socket.SOCK_DGRAM)
    except OSError:
        raise Unavailable(f"hôte « {agent.host} » introuvable ; vérifier le nom ou le DNS.") from None
    return str(found[0][4][0])


def _silence(agent: Address, waited: float, timeout_s: float) -> str:
    if waited < timeout_s / 2:
        return f"{agent.place} ne répond pas (port fermé) ; vérifier l'adresse, le port et que SNMP est activé."
    return f"{agent.place} ne répond pas ({_seconds(waited)}) ; vérifier l'adresse, la communauté et le pare-feu."


def _seconds(waited: float) -> str:
    return f"{waited:.1f} s".replace(".", ",")
