"""All the PDFs of a run as one ZIP file: written one by one in a folder, so that what was interrupted goes on."""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from zipfile import ZipFile, ZipInfo

from dcops.wiring import Parts
from inventory.errors import DomainError, Unavailable
from inventory.french import counted

log = logging.getLogger(__name__)
PATIENCE_S = 2
"""How long asking waits for the work to begin."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The day of every file in an archive: the same files give the same bytes."""


@dataclass(frozen=True)
class Archive:
    """Where the archive of a run is made, and how far it is: the files on disk say so, nothing else is remembered.

    ``folder`` exists from the moment it is asked for until ``file`` is whole; whoever writes holds ``lock``.
    """

    root: Path
    run: str

    @property
    def file(self) -> Path:
        return self.root / f"factures-{self.run}.zip"

    @property
    def folder(self) -> Path:
        return self.root / self.run

    @property
    def ready(self) -> bool:
        return self.file.is_file()

    @property
    def asked(self) -> bool:
        return self.folder.is_dir()

    @property
    def done(self) -> int:
        """How many documents are written."""
        return len(list(self.folder.glob("*.pdf")))

    @property
    def refusal(self) -> str:
        """Why it stopped; empty while nothing went wrong."""
        said = self.folder / "refusal.txt"
        return said.read_text(encoding="utf-8") if said.is_file() else ""

    @property
    def running(self) -> bool:
        """Whether somebody writes now, in this process or in another one."""
        if not self.asked:
            return False
        with self._lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Alone at it; the system lets go of the lock when its process dies."""
        with self._lock.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @property
    def _lock(self) -> Path:
        return self.root / f".{self.run}.lock"


def archive_of(parts: Parts, run: str) -> Archive:
    """The archive of an issued run."""
    return Archive(parts.settings.billing.exports_dir, run)


def ask(parts: Parts, run: str) -> None:
    """Have the archive of an issued run made in the background. Raises Unavailable without a folder."""
    archive = archive_of(parts, run)
    if archive.ready or archive.running:
        return
    try:
        archive.folder.mkdir(parents=True, exist_ok=True)
        (archive.folder / "refusal.txt").unlink(missing_ok=True)
    except OSError as error:
        raise Unavailable(
            f"archive impossible dans {archive.root} ({error.strerror}) : vérifier le réglage billing.exports_dir."
        ) from None
    begun = Event()
    Thread(target=_write_or_say, args=(parts, archive, begun), name=f"archive {run}", daemon=True).start()
    begun.wait(PATIENCE_S)  # whoever looks next sees it running


def finish(parts: Parts) -> str:
    """Go on with every archive that was asked for and that nobody writes; what was refused waits to be asked again."""
    folders = sorted(path for path in parts.settings.billing.exports_dir.glob("*/") if path.is_dir())
    waiting = [archive for path in folders if not (archive := Archive(path.parent, path.name)).refusal]
    finished = [archive for archive in waiting if not archive.running and _write_or_say(parts, archive)]
    if not waiting:
        return "Aucune archive à finir."
    return f"{counted(len(finished), 'archive terminée', 'archives terminées')}."


def _write_or_say(parts: Parts, archive: Archive, begun: Event | None = None) -> bool:
    """Whether it is whole; the reason is left beside the files where it is not."""
    try:
        write(parts, archive, begun or Event())
    except DomainError as error:
        log.warning("archive %s: %s", archive.run, error)
        _say(archive, str(error))
    except Exception as error:
        log.exception("archive %s", archive.run)
        _say(archive, f"erreur interne : {type(error).__name__} (voir le journal).")
    return archive.ready


def _say(archive: Archive, why: str) -> None:
    try:
        (archive.folder / "refusal.txt").write_text(why, encoding="utf-8")
    except OSError:
        log.exception("archive %s: no room to say why", archive.run)


def write(parts: Parts, archive: Archive, begun: Event) -> None:
    """Write the documents that are not there yet, then the archive; ``begun`` is set once nobody else does.

    Raises NotFound, Invalid, Unavailable.
    """
    from dcops.billing import exporting

    with archive.writing():
        begun.set()
        if archive.ready:
            return
        with parts.database.transaction() as tx:
            found = exporting.batch(tx, archive.run, parts.settings)
        left = [each for each in found.documents if not (archive.folder / exporting.pdf_name(each)).exists()]
        exporting.write(replace(found, documents=tuple(left)), "facturx", archive.folder, parts.settings)
        _pack(archive)


def _pack(archive: Archive) -> None:
    """One file of all, there whole or not at all; then the single ones go."""
    partial = archive.file.with_suffix(".partial")
    try:
        with ZipFile(partial, "w") as packed:  # PDFs are compressed already
            for path in sorted(archive.folder.glob("*.pdf")):
                packed.writestr(ZipInfo(path.name, _EPOCH), path.read_bytes())
        partial.replace(archive.file)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise Unavailable(f"archive impossible dans {archive.root} ({error.strerror}) : libérer de la place.") from None
    shutil.rmtree(archive.folder, ignore_errors=True)
