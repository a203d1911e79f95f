"""Asks an SNMP agent for columns and instances, in questions that it can answer, and keeps what it fails to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from gufo.snmp import ValueType

from inventory.errors import Unavailable
from metering.drivers.snmp_message import NO_SUCH_NAME, TOO_BIG
from metering.drivers.snmp_session import Session, Unreadable
from metering.drivers.sought import Failed, Value

OIDS_PER_REQUEST = 24  # small enough for one unfragmented datagram of a slow management card
MOST_ROWS = 2000  # an agent that loops must not hold a round of polling


@dataclass(slots=True)
class Agent:
    """One open session, spoken to with one request at a time.

    ``most`` is how many instances go into one request: less for an agent whose answers may not be that long.
    """

    session: Session
    place: str
    most: int = OIDS_PER_REQUEST
    faults: list[str] = field(default_factory=list)

    async def rows(self, column: str) -> dict[str, Value]:
        """The rows of a column, ``{index: value}``. A column that the agent fails to tell whole is a fault."""
        found: dict[str, Value] = {}
        if await self._walked(column, self.session.fetch(column), found):
            return found
        found.clear()  # a large question goes beyond the column, to what may not be readable: one row at a time then
        if not await self._walked(column, self.session.getnext(column), found):
            status = self.session.heard.status
            why = f"échoue à la donner entière (erreur SNMP {status})" if status else "répond de façon illisible après"
            self.faults.append(f"colonne {column} incomplète : l'appareil {why}.")
        return found

    async def _walked(
        self, column: str, answers: AsyncIterator[tuple[str, ValueType]], found: dict[str, Value]
    ) -> bool:
        """Add the rows that are answered; whether the column was told to its end."""
        try:
            async for oid, value in answers:
                if self._failed():
                    break
                row = oid.removeprefix(f"{column}.")
                if row in found or len(found) >= MOST_ROWS:
                    raise Unavailable(
                        f"{self.place} ne finit pas la colonne {column} ; "
                        "mettre à jour le micrologiciel de l'appareil, ou imposer un autre profil."
                    )
                if row != oid:
                    found[row] = value
        except Unreadable:
            return False
        return not self._failed()

    def _failed(self) -> bool:
        """Whether the last answer is an error; SNMPv1 ends a table with one."""
        return self.session.heard.status not in (None, 0, NO_SUCH_NAME)

    async def values(self, oids: Sequence[str]) -> dict[str, Value]:
        """The instances that answer; those that do not are simply absent, ``Failed`` where the agent fails."""
        found: dict[str, Value] = {}
        start = 0
        while start < len(oids):
            part = oids[start : start + self.most]
            found |= await self._some(part)
            start += len(part)
        return found

    async def _some(self, oids: Sequence[str]) -> dict[str, Value]:
        # One missing OID makes SNMPv1 refuse a whole request, one that is broken or an answer that is too long any
        # version; and some agents answer the first ones alone: what is left is asked again by halves.
        answers = await self.session.get_many(oids)
        heard = self.session.heard
        if heard.status == 0 and len(answers) == len(oids) and all(map(answers.__contains__, oids)):
            return cast("dict[str, Value]", answers)
        found: dict[str, Value] = {} if heard.status else {oid: answers[oid] for oid in oids if oid in answers}
        left = [oid for oid in oids if oid not in found]
        told = bool(found) if heard.bindings is None else heard.status == 0 and heard.bindings >= len(oids)
        if told or not left:
            return found
        if len(oids) == 1:
            return {oids[0]: Failed(heard.status)} if heard.status and self._failed() else found
        middle = (len(left) + 1) // 2
        if heard.status == TOO_BIG:
            self.most = min(self.most, middle)
        return found | await self._some(left[:middle]) | await self._some(left[middle:])
