"""HTML door: the rules for everybody to read, their next version and the calendar for the operator."""

import json
from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.rulebook import queries, rules, service
from marketplace.rulebook.models import CalendarDay, RuleSet
from marketplace.rulebook.rules import COUNTRY, Definition, Entry
from marketplace.rulebook.schemas import LABELS, CalendarDayIn, RuleChangeIn
from marketplace.web.doors import form_of, page_door, public, render, requires, see_other, unit_of_work
from marketplace.web.filters import label
from marketplace.web.language import locale, t
from marketplace.web.paging import page_of

door = page_door("rulebook", __name__)

DONE = {"published": "新版本已发布", "day_set": "日历已更新", "loaded": "日历已补充"}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as a row of the page."""

    key: str
    title: str
    value: str
    unit: str
    source: str
    region: str
    unconfirmed: bool
    locked: bool
    stated: bool


def _done() -> str:
    return t(DONE.get(request.args.get("done", ""), ""))


@door.get("/rules")
@public
@unit_of_work
def listing(ctx: Ctx) -> str:
    """Every rule of a region with value, unit and source, now or in a chosen version."""
    region = request.args.get("region") or COUNTRY
    names = queries.regions(ctx)
    chosen = queries.rule_set(ctx, request.args["version"]) if request.args.get("version") else None
    if chosen is not None:
        region = chosen.region
    found = queries.rules_at(ctx, region, chosen.valid_from if chosen else ctx.now)
    versions = page_of(ctx.session, queries.rule_sets(region), key=(RuleSet.region, RuleSet.version), rows=100)
    return render(
        "marketplace/rulebook/rules.html",
        region=region,
        regions=[(code, f"{name}（{code}）") for code, name in names.items()],
        found=found,
        chosen=chosen,
        versions=versions.items,
        groups=_groups(found.entries, names),
        never=[(key, t(text)) for key, text in rules.NEVER.items()],
        done=_done(),
    )


def _groups(entries: Mapping[str, Entry], names: Mapping[str, str]) -> dict[str, list[Line]]:
    """The rules by the first word of their key, in the order of the definitions."""
    known = queries.defaults().definitions
    order = {key: place for place, key in enumerate(known)}
    groups: dict[str, list[Line]] = {}
    for key in sorted(entries, key=lambda key: order.get(key, len(order))):
        line = _line(key, entries[key], known.get(key), names)
        groups.setdefault(t(GROUPS.get(key.split(".")[0], "其他")), []).append(line)
    return groups


def _line(key: str, entry: Entry, known: Definition | None, names: Mapping[str, str]) -> Line:
    english = locale() == "en"
    title = key if known is None else known.title_en if english else known.title
    return Line(
        key=key,
        title=title,
        value=shown(entry),
        unit=label(entry.unit, "rule.unit"),
        source=queries.source_text(entry.source, english=english) or "—",
        region=names.get(entry.region, entry.region),
        unconfirmed=entry.unconfirmed,
        locked=known is not None and known.locked,
        stated=known is not None and known.stated,
    )


def shown(entry: Entry) -> str:
    """A value in words: codes by their labels, money with separators."""
    if isinstance(entry.value, tuple):
        between = "; " if locale() == "en" else "、"
        return between.join(label(str(item), "rule.value") for item in entry.value)
    if entry.unit == "yuan":
        return f"{entry.value:,}"
    return label(str(entry.value), "rule.value")


GROUPS = {
    "registration": "入驻",
    "certificate": "资质证书",
    "owner": "项目业主",
    "scope": "适用范围",
    "threshold": "金额标准",
    "government_commissioned": "政府委托项目",
    "posting": "采购公告",
    "selection": "选取方式",
    "opening": "报价开启",
    "draw": "摇号",
    "bidding": "竞价",
    "average": "均价",
    "merit": "择优",
    "inquiry": "询比",
    "shortlist": "竞价后抽取",
    "low_price": "低价说明",
    "award": "中选",
    "objection": "异议",
    "contract": "合同",
    "result": "成果",
    "rating": "服务评价",
    "credit": "信用",
    "exit": "退出和清退",
    "budget": "预算",
    "payment": "付款",
    "fee": "平台费用",
    "deposit": "保证金",
    "inspection": "抽查",
    "monitor": "监测预警",
    "complaint": "投诉",
    "report": "报告",
    "archive": "档案",
    "file": "文件",
}


@door.get("/ops/rules")
@requires("rulebook.publish")
@unit_of_work
def change(ctx: Ctx) -> str:
    """The form that changes one rule of a region."""
    key = request.args.get("key", "")
    region = request.args.get("region") or COUNTRY
    form: dict[str, Any] = {"key": key, "region": region}
    found = queries.rules_at(ctx, region, ctx.now)
    if key in found:
        form["value"] = _written(found.entry(key))
    return _change_form(ctx, form, {})


@door.post("/ops/rules")
@requires("rulebook.publish")
@unit_of_work
def publish(ctx: Ctx) -> ResponseReturnValue:
    """Publish the region's next version with the changed rule."""
    data, errors = form_of(RuleChangeIn, request.form)
    if errors:
        return _change_form(ctx, request.form, errors), 422
    setting = {"value": _read(data["key"], data["value"]), "source": data["source"], "unconfirmed": data["unconfirmed"]}
    try:
        row = service.publish(ctx, data["region"], values={data["key"]: setting}, valid_from=data["valid_from"])
    except DomainError as error:
        field = {data["key"]: "value", None: "_"}.get(error.field, error.field)
        return _change_form(ctx, request.form, {field or "_": [error.say(t)]}), 422
    return see_other(url_for("marketplace_rulebook.listing", version=row.id), done="published")


def _change_form(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    known = queries.definitions(ctx).get(form.get("key", ""))
    choices = [(code, label(code, "rule.value")) for code in known.choices] if known else []
    keys = [
        (item.key, f"{item.title_en if locale() == 'en' else item.title}（{item.key}）")
        for item in queries.defaults().definitions.values()
        if not item.locked and not item.stated
    ]
    return render("marketplace/rulebook/change.html", form=form, errors=errors, known=known, choices=choices, keys=keys)


def _written(entry: Entry) -> str:
    if isinstance(entry.value, tuple):
        return ", ".join(str(item) for item in entry.value)
    return json.dumps(entry.value) if isinstance(entry.value, bool) else str(entry.value)


def _read(key: str, text: str) -> Any:
    """The value that a person typed for a key: list items between commas, whole numbers, true or false."""
    known = queries.defaults().definitions.get(key)
    form = rules.UNITS[known.unit] if known else "text"
    if form in {"texts", "ints"}:
        items = [item.strip() for item in text.replace("，", ",").split(",") if item.strip()]
        return [_number(item) for item in items] if form == "ints" else items
    if form == "flag":
        return {"true": True, "false": False}.get(text.lower(), text)
    return _number(text) if form == "int" else text


def _number(text: str) -> int | str:
    plain = text.replace(",", "").strip()
    return int(plain) if plain.isascii() and plain.isdigit() else text


@door.get("/ops/calendar")
@requires("calendar.edit")
@unit_of_work
def calendar(ctx: Ctx) -> str:
    """A year of working days and days off."""
    return _calendar(ctx, {}, {})


@door.post("/ops/calendar")
@requires("calendar.edit")
@unit_of_work
def set_day(ctx: Ctx) -> ResponseReturnValue:
    """Declare a day to be a working day or a day off."""
    data, errors = form_of(CalendarDayIn, request.form)
    if errors:
        return _calendar(ctx, request.form, errors), 422
    day: date = data.pop("day")
    try:
        service.set_day(ctx, day, **data)
    except DomainError as error:
        return _calendar(ctx, request.form, {error.field or "day": [error.say(t)]}), 422
    return see_other(url_for("marketplace_rulebook.calendar", year=day.year), done="day_set")


@door.post("/ops/calendar/load")
@requires("calendar.edit")
@unit_of_work
def load(ctx: Ctx) -> ResponseReturnValue:
    """Add the days of a calendar file, e.g. the next year."""
    upload = request.files.get("file")
    try:
        service.load_calendar(ctx, upload.read().decode("utf-8-sig") if upload else "")
    except (DomainError, UnicodeDecodeError) as error:
        words = error.say(t) if isinstance(error, DomainError) else t("文件不是UTF-8编码的文本")
        return _calendar(ctx, {}, {"file": [words]}), 422
    return see_other(url_for("marketplace_rulebook.calendar"), done="loaded")


def _calendar(ctx: Ctx, form: Any, errors: dict[str, list[str]]) -> str:
    span = queries.calendar_span(ctx)
    today = shanghai_date(ctx.now)
    years = list(range(span[0].year, span[1].year + 1)) if span else []
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else today.year
    days = {row.day: row for row in ctx.session.scalars(queries.calendar_days(date(year, 1, 1), date(year, 12, 31)))}
    return render(
        "marketplace/rulebook/calendar.html",
        form=form,
        errors=errors,
        year=year,
        years=[(str(item), str(item)) for item in years],
        span=span,
        today=today,
        months=[(month, _weeks(year, month, days)) for month in range(1, 13)] if days else [],
        special=[row for row in days.values() if row.note or row.is_workday != (row.day.weekday() < 5)],
        kinds=[(code, t(text)) for code, text in LABELS["calendar.kind"].items()],
        done=_done(),
    )


def _weeks(year: int, month: int, days: dict[date, CalendarDay]) -> list[list[CalendarDay | None]]:
    """The weeks of a month from Monday on; None where the week belongs to another month."""
    weeks = Calendar(firstweekday=0).monthdatescalendar(year, month)
    return [[days.get(day) if day.month == month else None for day in week] for week in weeks]
