"""What devices answered, on disk before it is in the database: a file of JSON lines for each round."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from inventory.errors import Conflict
from inventory.french import counted
from metering.collection.poll import Answer, Target, Wanted
from metering.collection.poll_record import Round
from metering.readings import Reading

log = logging.getLogger(__name__)
SUFFIX = ".jsonl"
UNREADABLE = ".illisible"


@dataclass(frozen=True)
class Spool:
    """A folder of rounds that are not in the database yet, and of the devices that were last to be asked.

    Who polls holds its lock, which the system lets go of when a process dies: files of others are then complete, or
    were cut. Only the user of dcops reads it: addresses hold communities.
    """

    folder: Path

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Poll alone on this machine. Raises Conflict when another process does.

        A folder that cannot be used stops nothing: then what is heard is in the database, or lost.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            log.exception("spool: %s cannot be used, see metering.spool_dir", self.folder)
            yield
            return
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise Conflict("une relève est déjà en cours sur cette machine : attendre qu'elle finisse.") from None
        finally:
            os.close(lock)

    def waiting(self) -> list[Path]:
        """The files of rounds that are not known to be in the database, oldest first."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def unreadable(self) -> list[Path]:
        """The files of which nothing could be read: kept for a person."""
        return sorted(self.folder.glob(f"*{UNREADABLE}"))

    def begin(self, token: str, started: datetime) -> Page:
        """The file of a new round."""
        page = Page(self.folder / f"{started:%Y%m%dT%H%M%S}-{token}{SUFFIX}")
        page.write({"round": token, "started": started.isoformat()})
        return page

    def read(self, path: Path) -> Round | None:
        """The round that a file tells; None, and the file put aside, when not even its head can be read."""
        documents, lost = _lines(path)
        if not documents or "round" not in documents[0]:
            self.put_aside(path)
            return None
        head, answers, resting, ended = documents[0], list[Answer](), list[Target](), None
        for told in documents[1:]:
            try:
                if "ended" in told:
                    resting, ended = [_target(each) for each in told["resting"]], datetime.fromisoformat(told["ended"])
                else:
                    answers.append(_answer(told))
            except (KeyError, TypeError, ValueError):
                lost += 1
        started, note = datetime.fromisoformat(head["started"]), _note(answers, lost, ended is not None)
        return Round(started, ended or _last(answers, started), answers, resting, head["round"], note)

    def put_aside(self, path: Path) -> None:
        """Keep a file for a person, out of the way of the others."""
        path.rename(path.with_suffix(UNREADABLE))
        log.error("spool: %s could not be written to the database, kept as %s", path.name, UNREADABLE)

    def keep_targets(self, targets: Sequence[Target]) -> None:
        """Remember whom to ask, for the rounds in which the database does not answer."""
        path, told = self.folder / "targets.json", json.dumps([_device(target) for target in targets])
        try:
            if path.is_file() and path.read_text(encoding="utf-8") == told:
                return
            partial = path.with_suffix(".partial")
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)
            partial.write_text(told, encoding="utf-8")
            partial.replace(path)
        except OSError:
            log.exception("spool: %s cannot be written", path)

    def targets(self) -> list[Target]:
        """Who was last to be asked; empty when nobody is known."""
        try:
            return [_target(each) for each in json.loads((self.folder / "targets.json").read_text(encoding="utf-8"))]
        except (OSError, ValueError, KeyError, TypeError):
            return []


class Page:
    """The file of one round while it is written, a line for each answer as it comes.

    A disk that is full, or gone, does not stop the round: ``whole`` tells whether the file is all that was heard.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.whole = path, True
        self._file: int | None = None
        with self._told():
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)

    def write(self, document: dict[str, Any]) -> None:
        """Hand a line to the system: it outlives this process."""
        line = f"{json.dumps(document)}\n".encode()
        with self._told():
            if self._file is not None and os.write(self._file, line) < len(line):
                self.whole = False

    def answer(self, answer: Answer) -> None:
        """Keep what one device said."""
        readings = [[meter_id, r.at.isoformat(), r.wh, r.power_w] for meter_id, r in answer.readings]
        told = {"readings": readings, "failures": answer.failures, "ms": answer.took_ms, "answered": answer.answered}
        self.write({**_device(answer.target), **told})

    def end(self, ended: datetime, resting: Iterable[Target]) -> None:
        """Everybody was heard: on disk, whatever happens to the machine."""
        self.write({"ended": ended.isoformat(), "resting": [_device(target) for target in resting]})
        with self._told():
            if self._file is not None:
                os.fsync(self._file)

    def close(self) -> None:
        """Let go of the file, which stays."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def forget(self) -> None:
        """It is in the database."""
        self.close()
        with self._told():
            self.path.unlink(missing_ok=True)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            if self.whole:
                log.exception("spool: %s cannot be written", self.path)
            self.whole = False


def _lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines that can be read, and how many cannot: the last one of a process that was killed."""
    found, lost = [], 0
    for line in path.read_bytes().splitlines():
        try:
            document = json.loads(line)
            found.append(document if isinstance(document, dict) else {})
        except ValueError:
            lost += 1
    return found, lost


def _note(answers: Sequence[Answer], lost: int, whole: bool) -> str:
    if whole and not lost:
        return ""
    told = counted(len(answers), "appareil avait répondu", "appareils avaient répondu")
    cut = f", {counted(lost, 'ligne illisible', 'lignes illisibles')}" if lost else ""
    return f"relève interrompue : {told}{cut}."


def _last(answers: Sequence[Answer], started: datetime) -> datetime:
    return max((reading.at for answer in answers for _, reading in answer.readings), default=started)


def _device(target: Target) -> dict[str, Any]:
    wanted = [[each.meter_id, each.meter, each.point] for each in target.wanted]
    return {"driver": target.driver, "address": target.address, "profile": target.profile, "wanted": wanted}


def _target(told: dict[str, Any]) -> Target:
    return Target(told["driver"], told["address"], told["profile"], tuple(Wanted(*each) for each in told["wanted"]))


def _answer(told: dict[str, Any]) -> Answer:
    told_at = [(meter, datetime.fromisoformat(at), wh, power) for meter, at, wh, power in told["readings"]]
    readings = tuple((meter, Reading(at, wh, power)) for meter, at, wh, power in told_at)
    return Answer(_target(told), readings, tuple(told["failures"]), told["ms"], told["answered"])
