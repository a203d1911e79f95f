"""Many questions asked at the same time, by threads that nobody waits for when the program ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from threading import Thread
from typing import TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


def in_parallel(ask: Callable[[Asked], Answer], things: Iterable[Asked], threads: int) -> list[Answer]:
    """The answer of each thing, in their order. What ``ask`` raises is raised, once every thread has stopped.

    Unlike those of a pool, the threads are daemons: an answer that never ends does not keep a command from ending.
    """
    waiting = deque(enumerate(things))
    answers: list[Answer | None] = [None] * len(waiting)
    failures: list[BaseException] = []

    def work() -> None:
        while waiting and not failures:
            try:
                number, thing = waiting.popleft()
            except IndexError:  # another thread took the last one
                return
            try:
                answers[number] = ask(thing)
            except BaseException as error:  # raised below, by who asked
                failures.append(error)

    started = [Thread(target=work, daemon=True) for _ in range(min(threads, len(waiting)))]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    if failures:
        raise failures[0]
    return answers  # type: ignore[return-value]
