"""Publishing versions of the rules and keeping the working-day calendar."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any

from sqlalchemy import select

from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.rulebook import queries, rules
from marketplace.rulebook.errors import (
    CalendarDayPast,
    CalendarFileInvalid,
    LaterVersionExists,
    NothingChanged,
    RulePackInvalid,
    RuleSetRetroactive,
    UnknownRule,
)
from marketplace.rulebook.events import CalendarDayChanged, CalendarExtended, RuleSetPublished
from marketplace.rulebook.models import CalendarDay, RulePeriod, RuleSet, RuleSnapshot
from marketplace.rulebook.rules import COUNTRY, Entry, Setting, Version


@dataclass(frozen=True, slots=True)
class RulePack:
    """A rule file: what one region sets, from when."""

    region: str
    name: str
    valid_from: datetime | None
    settings: Mapping[str, Setting]


def publish(
    ctx: Ctx,
    region: str,
    *,
    values: Mapping[str, Any],
    valid_from: datetime | None = None,
    withdrawn: Iterable[str] = (),
    name: str = "",
) -> RuleSet:
    """Publish a region's next version: what it said before, with these values; others go on inheriting.

    values: key → value, or key → {value, source, unconfirmed}. withdrawn: keys that inherit again (not the country's).
    valid_from: not before now; none means now. Tenders keep the version they were born under.
    Raises RuleNotSettable, UnknownRule, RuleLocked, RuleValueInvalid, RegionInvalid, RuleSetRetroactive,
    LaterVersionExists, NothingChanged.
    """
    starts = ctx.now if valid_from is None else valid_from
    if starts < ctx.now:
        raise RuleSetRetroactive(field="valid_from")
    gone = sorted(set(withdrawn))
    if not values and not gone:
        raise NothingChanged
    ctx.lock("rulebook")
    changed = rules.checked(queries.definitions(ctx), region, settings_of(values))
    latest = queries.latest(ctx, region)
    before = rules.entries_of(latest.values) if latest else {}
    _check_withdrawn(region, before, gone)
    if latest is not None and latest.valid_from >= starts:
        raise LaterVersionExists(version=latest.version, field="valid_from")
    label = name or (latest.name if latest else region)
    return _add(ctx, region, label, starts, rules.patched(before, changed, gone), changed, gone)


def _check_withdrawn(region: str, before: Mapping[str, Entry], withdrawn: Iterable[str]) -> None:
    for key in withdrawn:
        if region == COUNTRY or key not in before:
            raise UnknownRule(key=key, field="withdrawn")


def settings_of(values: Mapping[str, Any]) -> dict[str, Setting]:
    """Settings from plain values or from {value, source, unconfirmed}. Raises RulePackInvalid."""
    found: dict[str, Setting] = {}
    for key, item in values.items():
        if not isinstance(item, Mapping):
            found[key] = Setting(item)
        elif "value" in item and set(item) <= {"value", "source", "unconfirmed"}:
            found[key] = Setting(item["value"], str(item.get("source", "")), item.get("unconfirmed") is True)
        else:
            raise RulePackInvalid(reason=key, field=key)
    return found


def pack_of(text: str) -> RulePack:
    """Read a rule file (TOML): region, name, valid_from, [values.*]. Raises RulePackInvalid, RuleNotSettable."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulePackInvalid(reason=str(error)) from error
    values = data.get("values")
    if not isinstance(data.get("region"), str) or not isinstance(values, dict):
        raise RulePackInvalid(reason="region, values")
    for key in values:
        rules.refuse_caps(key)
    return RulePack(data["region"], str(data.get("name", "")), _instant(data.get("valid_from")), settings_of(values))


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return at_shanghai(value)
    raise RulePackInvalid(reason=f"valid_from = {value}")


def publish_pack(ctx: Ctx, text: str) -> RuleSet:
    """Publish a rule file as a region's next version; raises what `pack_of` and `publish` raise."""
    pack = pack_of(text)
    values = {
        key: {"value": item.value, "source": item.source, "unconfirmed": item.unconfirmed}
        for key, item in pack.settings.items()
    }
    return publish(ctx, pack.region, values=values, valid_from=pack.valid_from, name=pack.name)


def seed(ctx: Ctx) -> None:
    """Load defaults, overlays and calendar; what is there already stays, new keys become a new country version."""
    ctx.lock("rulebook")
    _seed_country(ctx)
    for file in sorted((files("marketplace.rulebook") / "overlays").iterdir(), key=lambda item: item.name):
        pack = pack_of(file.read_text("utf-8"))
        if queries.latest(ctx, pack.region) is None:
            entries = rules.checked(queries.definitions(ctx), pack.region, pack.settings)
            _add(ctx, pack.region, pack.name, pack.valid_from or ctx.now, entries, entries)
    _seed_calendar(ctx)


def _seed_country(ctx: Ctx) -> None:
    packaged = queries.defaults()
    latest = queries.latest(ctx, COUNTRY)
    before = rules.entries_of(latest.values) if latest else {}
    missing = {
        key: Entry(item.value, item.unit, item.source, item.unconfirmed, COUNTRY)
        for key, item in packaged.definitions.items()
        if key not in before
    }
    if not missing:
        return
    if latest is None:
        starts = at_shanghai(packaged.valid_from)
    else:
        starts = max(ctx.now, latest.valid_from + timedelta(seconds=1))
    _add(ctx, COUNTRY, packaged.name, starts, rules.patched(before, missing), missing)


def _add(
    ctx: Ctx,
    region: str,
    name: str,
    valid_from: datetime,
    entries: Mapping[str, Entry],
    changed: Mapping[str, Entry],
    withdrawn: list[str] | None = None,
) -> RuleSet:
    latest = queries.latest(ctx, region)
    if latest is not None:
        latest.valid_to = valid_from
    row = RuleSet(
        id=ctx.new_id(),
        region=region,
        name=name,
        version=latest.version + 1 if latest else 1,
        parent=rules.parent_of(region),
        valid_from=valid_from,
        published_at=ctx.now,
        values={key: entry.data() for key, entry in entries.items()},
        digest=rules.digest(region, entries),
    )
    ctx.session.add(row)
    ctx.session.flush()
    _lay_periods(ctx, region, valid_from)
    ctx.record(
        RuleSetPublished(
            subject=f"rules/{region}",
            rule_set_id=row.id,
            region=region,
            version=row.version,
            valid_from=valid_from.isoformat(),
            changed={key: entry.data()["value"] for key, entry in changed.items()},
            withdrawn=withdrawn or [],
        )
    )
    return row


def _lay_periods(ctx: Ctx, region: str, since: datetime) -> None:
    """Write what holds from when, for the region and every region below it that has rules of its own."""
    versions = [
        Version(row.region, row.valid_from, rules.entries_of(row.values))
        for row in ctx.session.scalars(select(RuleSet).order_by(RuleSet.id))
    ]
    for code in sorted({version.region for version in versions}):
        if region not in rules.lineage(code):
            continue
        for starts_at, found in rules.timeline(versions, code, since):
            if ctx.session.get(RuleSnapshot, found.id) is None:
                data = {key: entry.data() for key, entry in found.entries.items()}
                ctx.session.add(RuleSnapshot(id=found.id, region=code, entries=data))
                ctx.session.flush()
            ctx.session.merge(RulePeriod(region=code, starts_at=starts_at, snapshot_id=found.id))
            ctx.session.flush()


def _seed_calendar(ctx: Ctx) -> None:
    if queries.calendar_span(ctx) is None:
        load_calendar(ctx, (files("marketplace.rulebook") / "calendar.toml").read_text("utf-8"))


def load_calendar(ctx: Ctx, text: str) -> int:
    """Add the days of a calendar file (from, to, [rest.*], [work.*]) and return how many were new.

    Days already known stay. The file must join the calendar without a gap; raises CalendarFileInvalid.
    """
    days = _days_of(text)
    span = queries.calendar_span(ctx)
    first, last = days[0][0], days[-1][0]
    if span is not None and ((first - span[1]).days > 1 or (span[0] - last).days > 1):
        raise CalendarFileInvalid(reason=f"{first}—{last}")
    fresh = [item for item in days if span is None or not span[0] <= item[0] <= span[1]]
    ctx.session.add_all(CalendarDay(day=day, is_workday=worked, note=note) for day, worked, note in fresh)
    ctx.session.flush()
    if fresh:
        event = CalendarExtended(subject="calendar", first=str(fresh[0][0]), last=str(fresh[-1][0]))
        ctx.record(event)
    return len(fresh)


def _days_of(text: str) -> list[tuple[date, bool, str]]:
    try:
        data = tomllib.loads(text)
        marked = {
            part: {
                date.fromisoformat(day): str(note) for year in data.get(part, {}).values() for day, note in year.items()
            }
            for part in ("rest", "work")
        }
        days = rules.calendar_days(data["from"], data["to"], marked["rest"], marked["work"])
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise CalendarFileInvalid(reason=str(error)) from error
    if not days:
        raise CalendarFileInvalid(reason="from > to")
    return days


def set_day(ctx: Ctx, day: date, *, is_workday: bool, note: str = "") -> CalendarDay:
    """Declare a day to be a working day or a day off. Deadlines already promised stay where they are.

    Raises CalendarDayPast for a day before today, CalendarEnds for a day that the calendar does not know.
    """
    if day < shanghai_date(ctx.now):
        raise CalendarDayPast(day=str(day), field="day")
    found = ctx.session.get(CalendarDay, day)
    if found is None:
        raise queries.calendar_ends(ctx)
    found.is_workday, found.note = is_workday, note
    ctx.session.flush()  # deadlines are counted on the connection itself, which does not flush
    ctx.record(CalendarDayChanged(subject="calendar", day=str(day), is_workday=is_workday, note=note))
    return found
