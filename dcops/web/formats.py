"""How values are written for people, in French: amounts, energy, power, dates, durations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from flask import Flask
from markupsafe import Markup, escape

from dcops.catalogue import units
from dcops.web import plan_words, words
from dcops.web.rule_words import words_of
from inventory.clock import PARIS
from inventory.french import plural, source_named

LOCALE = "fr"
NBSP, NARROW = "\u00a0", "\u202f"
NONE = "—"


def amount(value: Decimal | str | None) -> str:
    """``1 234,56 €``."""
    return NONE if value is None else f"{_grouped(f'{Decimal(value):,.2f}')}{NBSP}€"  # Babel takes ten times as long


def _grouped(text: str) -> str:
    """A number as Python groups it, as French people do."""
    return text.replace(",", NARROW).replace(".", ",")


def signed(value: Decimal) -> str:
    """``+1 234,56 €`` or ``−3,00 €``: a difference says which way it goes."""
    return ("+" if value > 0 else "−" if value < 0 else "") + amount(abs(value))


def change(part: Decimal | None) -> str:
    """``+2,0 %`` from 0.02: a part says which way it goes."""
    return NONE if part is None else ("+" if part > 0 else "−" if part < 0 else "") + percent(abs(part))


def price(value: Decimal | None) -> str:
    """``8 400,00 €`` or ``0,085 €``: a unit price keeps all its decimals."""
    if value is None:
        return NONE
    return format_currency(value, "EUR", format="#,##0.00####\u00a0¤", locale=LOCALE, currency_digits=False)


def number(value: Decimal | int | float | str | None, places: int | None = None) -> str:
    """``1 234`` or ``0,998``; rounded half up, as amounts are."""
    if value is None:
        return NONE
    if places is None and isinstance(value, int):
        return _grouped(f"{value:,}")
    exact = Decimal(str(value))
    if places is None:
        return format_decimal(exact, locale=LOCALE)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), format=pattern, locale=LOCALE)


def quantity(value: Decimal | None) -> str:
    """``2,5`` or ``57 322,3``: every decimal that it has, none that it has not."""
    return NONE if value is None else format_decimal(value.normalize(), locale=LOCALE, decimal_quantization=False)


def percent(value: Decimal | float | None, places: int = 1) -> str:
    """``99,8 %`` from 0.998."""
    return NONE if value is None else number(Decimal(str(value)) * 100, places) + NBSP + "%"


def energy(wh: int | None) -> str:
    """``1 234,6 kWh`` from watt-hours."""
    return NONE if wh is None else number(Decimal(wh) / 1000, 1) + NBSP + "kWh"


def exact_kwh(wh: int) -> str:
    """``57 322,300 kWh``: the register of a meter, to the Wh."""
    return number(Decimal(wh) / 1000, 3) + NBSP + "kWh"


def power(watts: int | float | None) -> str:
    """``1,24 kW`` from watts."""
    return NONE if watts is None else number(Decimal(str(watts)) / 1000, 2).replace("-", "−") + NBSP + "kW"


def day(value: date | datetime | None) -> str:
    """``31/12/2024``; an instant is read in Paris."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        value = value.astimezone(PARIS).date()
    return value.strftime("%d/%m/%Y")


def month(value: date | datetime) -> str:
    """``janvier 2024``; an instant is read in Paris."""
    on = value.astimezone(PARIS).date() if isinstance(value, datetime) else value
    return format_date(on, "LLLL y", locale=LOCALE)


def instant(value: datetime | None) -> str:
    """``31/12/2024 14:05`` in Paris time."""
    return NONE if value is None else value.astimezone(PARIS).strftime("%d/%m/%Y %H:%M")


def told_at(text: str) -> str:
    """``31/12/2024 14:05`` from an instant as JSON keeps it."""
    return instant(datetime.fromisoformat(text))


def last_day(end: date | None) -> date | None:
    """The last day of a term whose ``end`` is the day after."""
    return None if end is None else end - timedelta(days=1)


def minutes(value: int | None) -> str:
    """``4 h 30`` or ``45 min``."""
    if value is None:
        return NONE
    sign, value = ("−" if value < 0 else ""), abs(value)
    hours, rest = divmod(value, 60)
    if not hours:
        return f"{sign}{rest}{NBSP}min"
    return f"{sign}{number(hours)}{NBSP}h" + (f"{NBSP}{rest:02d}" if rest else "")


def counted(count: int, one: str, many: str) -> str:
    """``1 relevé`` or ``2 relevés``: in French, plural from two on."""
    return f"{number(count)}{NBSP}{plural(count, one, many)}"


def cell(value: Any, kind: str) -> str:
    """A cell of a list, by the kind of its column; thousands are written at once, a macro of the templates is slow."""
    if kind in _CELLS:
        return _CELLS[kind](value)
    if kind == "badge":
        return _html(f'<span class="tag tag-{escape(value.tone)}">{escape(value.label)}</span>') if value else ""
    return NONE if value is None else value


def _timed(told: Callable[[Any], str], value: Any) -> str:
    if value is None:
        return NONE
    return _html(f'<time datetime="{value.isoformat()}">{told(value)}</time>')


def _html(escaped: str) -> Markup:
    """HTML of which every part is escaped."""
    return Markup(escaped)  # noqa: S704


_CELLS: dict[str, Callable[[Any], str]] = {
    "amount": amount, "energy": energy, "power": power, "number": number, "percent": percent, "minutes": minutes,
    "kwh": partial(number, places=3), "day": partial(_timed, day), "instant": partial(_timed, instant),
    "month": partial(_timed, month), "year": partial(_timed, lambda at: f"{at.astimezone(PARIS):%Y}"),
}  # fmt: skip


def options(choices: Iterable[tuple[str, str]], chosen: str | None) -> Markup:
    """The options of a select from (value, label): in one go, there may be hundreds."""
    told = [
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(label)}</option>'
        for value, label in choices
    ]
    return _html("".join(told))


FILTERS: dict[str, Any] = {
    "amount": amount,
    "signed": signed,
    "change": change,
    "price": price,
    "number": number,
    "percent": percent,
    "energy": energy,
    "exact_kwh": exact_kwh,
    "quantity": quantity,
    "power": power,
    "day": day,
    "instant": instant,
    "minutes": minutes,
    "month": month,
    "last_day": last_day,
    "cell": cell,
    "counted": counted,
    "options": options,
    "order": words.order,
    "ordered": words.ordered,
    "source": source_named,
    "told_at": told_at,
    "unit": units.in_french,
    "action_state": plan_words.action_state,
    "finding_state": words.finding_state,
    "plan_state": plan_words.plan_state,
    "rule_name": lambda rule: words_of(rule).name,
    "rule_remedy": lambda rule: words_of(rule).remedy,
    "source_state": words.source_state,
}


def register(app: Flask) -> None:
    """Give the formats to the templates as filters."""
    app.jinja_env.filters.update(FILTERS)
