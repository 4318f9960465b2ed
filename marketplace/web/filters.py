"""Jinja filters of our pages: money, instants, days and the words for codes."""

from datetime import date, datetime

from markupsafe import Markup, escape

from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.money import capital, yuan
from marketplace.web.labels import LABELS
from marketplace.web.language import t


def instant(at: datetime | str | None) -> Markup:
    """A moment as Shanghai's wall time inside <time>. at: aware, or ISO 8601 with offset as records hold it."""
    if at is None:
        return Markup("—")
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(), at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    )


def clock(at: datetime) -> Markup:
    """A moment to the second, where seconds decide."""
    return Markup('<time datetime="{}">{}</time>').format(
        at.isoformat(), at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    )


def day(value: date | datetime | None) -> Markup:
    """A calendar day in Shanghai inside <time>."""
    if value is None:
        return Markup("—")
    on = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    return Markup('<time datetime="{0}">{0}</time>').format(on.isoformat())


def label(code: str | None, name: str) -> str:
    """The words for a code, e.g. {{ tender.status|label("tender.status") }}; the code itself when unknown."""
    return t(LABELS.get(name, {}).get(str(code), str(code))) if code is not None else "—"


def money(fen: int | None) -> Markup:
    """Fen as yuan in tabular figures."""
    return Markup("—") if fen is None else Markup('<span class="money">{}</span>').format(escape(yuan(fen)))


FILTERS = {"yuan": money, "instant": instant, "clock": clock, "day": day, "label": label, "capital": capital}
