"""Reading the rules in force and counting working days."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sqlalchemy import BindParameter, Date, Integer, Select, and_, bindparam, func, or_, select

from marketplace.kernel import gathering
from marketplace.kernel.clock import SHANGHAI, shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.rulebook import rules
from marketplace.rulebook.errors import CalendarEnds, RuleSetNotFound
from marketplace.rulebook.models import CalendarDay, RulePeriod, RuleSet, RuleSnapshot
from marketplace.rulebook.rules import Definition, Rules

# Content-addressed and immutable, so one process may share them between databases.
_built: dict[str, Rules] = {}
_BUILT_MAX = 256
METHODS = "selection.methods"


@dataclass(frozen=True, slots=True)
class Defaults:
    """defaults.toml: every key, and the sources in two languages."""

    name: str
    valid_from: date
    sources: Mapping[str, Mapping[str, str]]
    definitions: Mapping[str, Definition]


def packaged(name: str) -> dict[str, Any]:
    """One of our own TOML files, read."""
    return tomllib.loads((files("marketplace.rulebook") / name).read_text("utf-8"))


@cache
def defaults() -> Defaults:
    """Every key that exists, with unit, default, source and what a region may set."""
    data = packaged("defaults.toml")
    found = {key: _definition(key, item) for key, item in data["keys"].items()}
    return Defaults(data["name"], data["valid_from"], data["sources"], found)


def definitions(ctx: Ctx) -> dict[str, Definition]:
    """Every key; a rulebook may also list the selection methods of others that the operator has named."""
    known = dict(defaults().definitions)
    methods = known[METHODS]
    brought = set(ctx.plugins.get("selection_methods", ())) - set(methods.choices)
    known[METHODS] = replace(methods, choices=(*methods.choices, *sorted(brought)))
    return known


def _definition(key: str, item: Mapping[str, Any]) -> Definition:
    return Definition(
        key=key,
        value=rules.frozen(item["value"]),
        unit=item["unit"],
        title=item["title"],
        title_en=item["title_en"],
        source=item["source"],
        unconfirmed=item.get("unconfirmed", False),
        locked=item.get("locked", False),
        stated=item.get("stated", False),
        choices=tuple(item.get("choices", ())),
        minimum=item.get("min", 0),
        maximum=item.get("max"),
    )


def source_text(source: str, *, english: bool = False) -> str:
    """A source in words; free text stays as it is."""
    known = defaults().sources.get(source)
    return source if known is None else known["en" if english else "zh"]


def rules_at(ctx: Ctx, region: str, at: datetime) -> Rules:
    """The rules in force for a region at an instant; a region that set nothing has its nearest ancestor's.

    Raises RegionInvalid, RuleSetNotFound before the first version.
    """
    # Six-digit codes of one lineage sort from country to county, so the nearest region comes first.
    found = ctx.session.scalar(
        select(RulePeriod.snapshot_id)
        .where(RulePeriod.region.in_(rules.lineage(region)), RulePeriod.starts_at <= at)
        .order_by(RulePeriod.region.desc(), RulePeriod.starts_at.desc())
        .limit(1)
    )
    if found is None:
        raise RuleSetNotFound(id=region)
    return rules_of(ctx, found)


def rules_of(ctx: Ctx, ruleset_id: str) -> Rules:
    """Exactly the rules that `Rules.id` named. Raises RuleSetNotFound."""
    row = None if ruleset_id in _built else ctx.session.get(RuleSnapshot, ruleset_id)
    if row is not None:
        if len(_built) >= _BUILT_MAX:
            _built.clear()
        _built[row.id] = Rules(row.id, row.region, rules.entries_of(row.entries))
    if ruleset_id not in _built:
        raise RuleSetNotFound(id=ruleset_id)
    return _built[ruleset_id]


def rule_set(ctx: Ctx, id: str) -> RuleSet:
    """One published version. Raises RuleSetNotFound."""
    found = ctx.session.get(RuleSet, id)
    if found is None:
        raise RuleSetNotFound(id=id)
    return found


def rule_sets(region: str | None = None) -> Select[RuleSet]:
    """Published versions, ordered by region and version."""
    found = select(RuleSet).order_by(RuleSet.region, RuleSet.version)
    return found if region is None else found.where(RuleSet.region == region)


def latest(ctx: Ctx, region: str) -> RuleSet | None:
    """The newest version of a region, in force or still to come."""
    return ctx.session.scalar(select(RuleSet).where(RuleSet.region == region).order_by(RuleSet.version.desc()).limit(1))


def regions(ctx: Ctx) -> dict[str, str]:
    """Regions that have rules of their own: code → name, in the order of codes."""
    rows = ctx.session.execute(select(RuleSet.region, RuleSet.name).order_by(RuleSet.region, RuleSet.version))
    return {region: name for region, name in rows}  # noqa: C416


# Built once: they are asked for every notice, bid and award. The first day rides along, so that a start outside the
# calendar is seen.
_first: BindParameter[date] = bindparam("first", type_=Date)
_worked = select(CalendarDay.day).where(or_(CalendarDay.day == _first, CalendarDay.is_workday))
_worked = _worked.limit(bindparam("rows", type_=Integer))
_BACK = _worked.where(CalendarDay.day <= _first).order_by(CalendarDay.day.desc())
_ON = _worked.where(CalendarDay.day >= _first).order_by(CalendarDay.day.asc())


def add_workdays(ctx: Ctx, start: datetime, days: int) -> datetime:
    """The same Shanghai time of day, `days` working days later (earlier when negative); the first day is not counted.

    Zero days is `start` itself. Raises CalendarEnds when the calendar does not reach that far.
    """
    first = shanghai_date(start)
    found = gathering.once(ctx.session, ("workdays", first, days), lambda: _workdays(ctx, first, days))
    if len(found) <= abs(days) or found[0] != first:
        raise calendar_ends(ctx)
    at = start.astimezone(SHANGHAI).time()
    return datetime.combine(found[-1], at, SHANGHAI).astimezone(UTC)


def _workdays(ctx: Ctx, first: date, days: int) -> Sequence[date]:
    query = _BACK if days < 0 else _ON
    return ctx.session.connection().execute(query, {"first": first, "rows": abs(days) + 1}).scalars().all()


def workdays_between(ctx: Ctx, start: datetime, end: datetime) -> int:
    """Working days after the start's day up to and with the end's day; negative when end lies before start.

    So workdays_between(start, add_workdays(start, n)) == n. Raises CalendarEnds.
    """
    if end < start:
        return -_counted(ctx, shanghai_date(end), shanghai_date(start), with_first=True)
    return _counted(ctx, shanghai_date(start), shanghai_date(end), with_first=False)


def _counted(ctx: Ctx, first: date, last: date, *, with_first: bool) -> int:
    inside = CalendarDay.day < last if with_first else CalendarDay.day > first
    worked = func.count().filter(and_(CalendarDay.is_workday, inside))
    known, days = ctx.session.execute(select(func.count(), worked).where(CalendarDay.day.between(first, last))).one()
    if known != (last - first).days + 1:
        raise calendar_ends(ctx)
    return int(days)


def calendar_span(ctx: Ctx) -> tuple[date, date] | None:
    """The first and last day that the calendar knows, or None when it is empty."""
    first, last = ctx.session.execute(select(func.min(CalendarDay.day), func.max(CalendarDay.day))).one()
    return None if first is None else (first, last)


def calendar_ends(ctx: Ctx) -> CalendarEnds:
    """The refusal that says what the calendar covers."""
    span = calendar_span(ctx)
    first, last = span or ("—", "—")
    return CalendarEnds(first=str(first), last=str(last))


def is_workday(ctx: Ctx, day: date) -> bool:
    """Whether people work on a day. Raises CalendarEnds."""
    found = ctx.session.get(CalendarDay, day)
    if found is None:
        raise calendar_ends(ctx)
    return found.is_workday


def calendar_days(first: date, last: date) -> Select[CalendarDay]:
    """The days from first to last, in order."""
    return select(CalendarDay).where(CalendarDay.day.between(first, last)).order_by(CalendarDay.day)
