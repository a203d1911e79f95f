"""The SELECTs on alerts and on what is still to be told of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from dcops.alerts.models import Alert, AlertNotice
from inventory.errors import NotFound
from inventory.orm import Transaction, row_id


def unclosed(tx: Transaction) -> dict[tuple[str, str], Alert]:
    """The alerts that are not closed, those that have not opened yet too, by (kind, subject)."""
    chosen = select(Alert).where(Alert.closed_at.is_(None)).options(selectinload(Alert.notices))
    return {(row.kind, row.subject): row for row in tx.scalars(chosen)}


def select_alerts(state: str = "all", kind: str | None = None) -> Select[Alert]:
    """Alerts that were opened, the latest first: ``open``, ``closed`` or ``all``, with what was told of them."""
    chosen = select(Alert).where(Alert.opened_at.is_not(None)).options(selectinload(Alert.notices))
    if state != "all":
        chosen = chosen.where(Alert.closed_at.is_(None) if state == "open" else Alert.closed_at.is_not(None))
    if kind is not None:
        chosen = chosen.where(Alert.kind == kind)
    return chosen.order_by(Alert.id.desc())


def open_alerts(tx: Transaction) -> Sequence[Alert]:
    """The open alerts: critical ones first, then the oldest."""
    chosen = select_alerts("open").order_by(None).order_by(Alert.severity, Alert.opened_at, Alert.id)
    return tx.scalars(chosen).all()


def closed_alerts(tx: Transaction, limit: int) -> Sequence[Alert]:
    """The latest of the alerts that are over."""
    return tx.scalars(select_alerts("closed").limit(limit)).all()


def alert(tx: Transaction, number: int) -> Alert:
    """Raises NotFound."""
    found = tx.scalar(select_alerts().where(Alert.id == row_id(number)))
    if found is None:
        raise NotFound(f"alerte inconnue : n° {number}. Voir « dcops alerts list ».")
    return found


def count_waiting(tx: Transaction) -> int:
    """How many open alerts nobody deals with."""
    chosen = select(func.count()).select_from(Alert).where(Alert.closed_at.is_(None))
    return tx.scalar(chosen.where(Alert.opened_at.is_not(None), Alert.taken_at.is_(None))) or 0


def open_by_kind(tx: Transaction) -> dict[tuple[str, str], int]:
    """How many alerts are open, by (kind, severity)."""
    chosen = select(Alert.kind, Alert.severity, func.count()).group_by(Alert.kind, Alert.severity)
    chosen = chosen.where(Alert.closed_at.is_(None), Alert.opened_at.is_not(None))
    return {(kind, severity): count for kind, severity, count in tx.execute(chosen)}


def due(tx: Transaction, channel: str, now: datetime) -> Sequence[AlertNotice]:
    """What a channel is to be told now, with the alerts, the oldest first."""
    chosen = select(AlertNotice).where(AlertNotice.channel == channel, AlertNotice.sent_at.is_(None))
    chosen = chosen.where(or_(AlertNotice.retry_at.is_(None), AlertNotice.retry_at <= now))
    return tx.scalars(chosen.options(joinedload(AlertNotice.alert)).order_by(AlertNotice.id)).all()


def of_delivery(tx: Transaction, channel: str, delivery: str) -> Sequence[AlertNotice]:
    """What a message that is on its way tells."""
    chosen = select(AlertNotice).where(AlertNotice.channel == channel, AlertNotice.sent_at.is_(None))
    return tx.scalars(chosen.where(AlertNotice.delivery == delivery)).all()


def count_due(tx: Transaction, channels: Collection[str]) -> dict[str, int]:
    """How many notices each channel was not told yet."""
    chosen = select(AlertNotice.channel, func.count()).where(AlertNotice.sent_at.is_(None))
    found = tx.execute(chosen.where(AlertNotice.channel.in_(channels)).group_by(AlertNotice.channel))
    counts = {channel: int(count) for channel, count in found}
    return {channel: counts.get(channel, 0) for channel in channels}
