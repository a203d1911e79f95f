"""A session of the SNMP library that looks at each datagram first: what is not sound is left aside, errors are kept."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from typing import TypeVar

from gufo.snmp import SnmpDecodeError, SnmpError, SnmpVersion, User
from gufo.snmp.aio import SnmpSession

from metering.drivers.address import V3, Address
from metering.drivers.snmp_message import Heard, look

T = TypeVar("T")
VERSIONS = {"1": SnmpVersion.v1, "2c": SnmpVersion.v2c, V3: SnmpVersion.v3}
_NAMES: Mapping[int, str] = {number: name for name, number in VERSIONS.items()}
_LARGEST = 65535


class Unreadable(SnmpError):
    """Nothing sound came in time, but something else did; ``version`` is that of the answer where it is another one."""

    def __init__(self, version: str | None = None) -> None:
        super().__init__()
        self.version = version


class Session(SnmpSession):
    """One conversation, until ``deadline`` on the clock of the loop, with ``timeout_s`` for each answer.

    RFC 3412 has a manager drop what it cannot read and go on waiting. The library gives up at the first datagram that
    it cannot read, does not tell an error from a missing value, and takes some impossible numbers for others: hence
    this look at each datagram, by the one method of the library through which all of them come (its version is
    bounded in setup.cfg). ``heard`` is what the last answer was.
    """

    def __init__(self, host: str, agent: Address, user: User | None, timeout_s: float, deadline: float) -> None:
        version = VERSIONS[agent.version]
        super().__init__(host, agent.port, agent.community, user=user, version=version, timeout=timeout_s)
        self.heard = Heard(version)
        self._version = agent.version
        self._timeout_s, self._deadline = timeout_s, deadline
        self._odd: Unreadable | None = None
        self._spoke = False
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._eyes = socket.socket(family, socket.SOCK_DGRAM, 0, os.dup(self._fd))

    async def __aenter__(self) -> Session:
        try:
            await self.refresh()  # of version 3
        except BaseException:
            self._eyes.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._eyes.close()

    async def _send(self, sender: Callable[[], None]) -> None:
        self._odd = None
        while self._spoke and self._peek() is not None:  # a second answer to the question before
            self._eyes.recv(_LARGEST)
        self._spoke = True
        await super()._send(sender)

    async def _recv(self, receiver: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        deadline = min(loop.time() + self._timeout_s, self._deadline)
        try:
            while True:
                await self._readable(loop, deadline)
                if (answer := self._believed(receiver)) is not None:
                    return answer[0]
        except TimeoutError:
            if self._odd is not None:
                raise self._odd from None
            raise

    async def _readable(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        ready = loop.create_future()
        late = loop.call_at(deadline, _end, ready, TimeoutError())
        loop.add_reader(self._fd, _end, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._fd)
            late.cancel()

    def _believed(self, receiver: Callable[[], T]) -> tuple[T] | None:
        """What the next datagram answers; None when it is not the answer."""
        datagram = self._peek()
        if datagram is None:
            return None
        heard = look(datagram)
        if heard is None or _NAMES.get(heard.version) != self._version:
            self._odd = Unreadable(_NAMES.get(heard.version) if heard else None)
            self._eyes.recv(_LARGEST)
            return None
        self.heard = heard
        try:
            return (receiver(),)
        except BlockingIOError:  # to another question, or of another community
            pass
        except SnmpDecodeError:
            self._odd = Unreadable()
        except BaseException as error:
            if not is_panic(error):
                raise
            self._odd = Unreadable()
        return None

    def _peek(self) -> bytes | None:
        try:
            return self._eyes.recv(_LARGEST, socket.MSG_PEEK)
        except BlockingIOError:
            return None


def _end(ready: asyncio.Future[None], error: BaseException | None = None) -> None:
    if not ready.done():
        ready.set_exception(error) if error else ready.set_result(None)


def is_panic(error: BaseException) -> bool:
    """Whether it is how the library's compiled part fails, which is no Exception and has no name to import."""
    return type(error).__name__ == "PanicException"
