"""Rows of the public list: a page at any depth as JSON, and the same page as HTML."""

import json
import statistics
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response
from sqlalchemy import select, update

from marketplace.bench.archive import filled
from marketplace.bench.frame import BrokenInvariantError, Row, cpu_us, foreign, pairs, row
from marketplace.bench.serving import get
from marketplace.kernel.context import Runtime
from marketplace.tenders import queries
from marketplace.tenders.models import Tender
from marketplace.tenders.pages import notices
from marketplace.tenders.schemas import NoticeOut
from marketplace.web.doors import render
from marketplace.web.serving import NoSession

DEEPEST = 1.2


def _cursor_at(runtime: Runtime, place: int) -> str:
    """A cursor so many rows deep."""
    with runtime.work(write=False) as ctx:
        wanted = select(Tender.published_at, Tender.id).order_by(Tender.published_at.desc(), Tender.id.desc())
        at, id = ctx.session.execute(wanted.offset(place).limit(1)).one()
    assert at is not None
    return queries.cursor_of(at, id)


def _bare(app: Flask, place: int) -> Callable[[], bytes]:
    """A bare framework with the columns that the answer shows, by one keyset query, dumped as they are."""
    with app.app_context():
        engine = app.extensions["sqlalchemy"].engine
    bare = Flask("bare", static_folder=None)
    bare.session_interface = NoSession()
    columns = [Tender.__table__.c[name] for name in NoticeOut().fields]
    wanted = select(*columns).where(Tender.published_at.is_not(None))
    wanted = wanted.order_by(Tender.published_at.desc(), Tender.id.desc()).limit(21)
    with engine.connect() as connection:
        deep = select(Tender.published_at).order_by(Tender.published_at.desc()).offset(place).limit(1)
        wanted = wanted.where(Tender.published_at <= connection.scalar(deep))

    def show() -> Response:
        with engine.connect() as connection:
            rows = [dict(found) for found in connection.execute(wanted).mappings()]
        return Response(json.dumps(rows, ensure_ascii=False, default=str), mimetype="application/json")

    bare.add_url_rule("/list", view_func=show)
    return get(bare, "/list")


def json_list(folder: Path, rows: int = 20_000) -> Row:
    """B11: a page of the public list as JSON, in the middle, beside a bare framework; the deepest beside the first."""
    app, runtime = filled(folder, rows)
    middle, deepest = _cursor_at(runtime, rows // 2), _cursor_at(runtime, rows - 30)
    subject = get(app, f"/api/v1/tenders?after={middle}")
    first, last = get(app, "/api/v1/tenders"), get(app, f"/api/v1/tenders?after={deepest}")
    if len(json.loads(subject())["items"]) != 20:
        raise BrokenInvariantError("a page has not 20 rows")
    floors, lasts = pairs(lambda: cpu_us(first, 60), lambda: cpu_us(last, 60))
    depth = statistics.median(b / a for a, b in zip(floors, lasts, strict=True))
    floor = _bare(app, rows // 2)
    name = f"list JSON, {rows // 1000}k rows"
    made = row("B11", name, "us", 1.6, lambda: cpu_us(floor, 100), lambda: cpu_us(subject, 100))
    made.figures["deepest/first"] = depth
    if depth > DEEPEST and made.verdict == "PASS":
        made.verdict = "UNSURE" if made.foreign_percent else "FAIL"
    return made


def json_list_full(folder: Path) -> Row:
    """B11 on a million rows."""
    return json_list(folder, 1_000_000)


def _page(folder: Path) -> tuple[Flask, Runtime, str, Callable[[], bytes]]:
    """The page in the middle of a list: the app, its runtime, the cursor, and asking for it."""
    app, runtime = filled(folder, 2_000)
    cursor = _cursor_at(runtime, 1_000)
    subject = get(app, f"/tenders?after={cursor}")
    if subject().count(b"<tr>") != 21:
        raise BrokenInvariantError("the page has not 20 rows")
    return app, runtime, cursor, subject


def html_list(folder: Path) -> Row:
    """B12: the same page as HTML, beside rendering the same rows, held in memory, by the same template."""
    app, runtime, cursor, subject = _page(folder)
    runtime.version = None  # every page is made anew
    with runtime.work(write=False) as ctx:
        facts = notices.list_facts(ctx, words="", cursor=cursor, asked={})

    def floor() -> float:
        with app.test_request_context(f"/tenders?after={cursor}"):
            return cpu_us(lambda: render("marketplace/tenders/list.html", **facts), 40)

    return row("B12", "list HTML, cold", "us", 1.6, floor, lambda: cpu_us(subject, 40))


def html_warm(folder: Path) -> Row:
    """B12W: the same page while nothing changes, beside a bare framework that answers the same bytes."""
    _, runtime, _, subject = _page(folder)
    body = subject()
    bare = Flask("bare", static_folder=None)
    bare.session_interface = NoSession()
    bare.add_url_rule("/tenders", view_func=lambda: Response(body, mimetype="text/html"))
    floor = get(bare, "/tenders")
    with foreign() as load:
        floors, subjects = pairs(lambda: cpu_us(floor, 1000), lambda: cpu_us(subject, 1000))
    ratios = [b / a for a, b in zip(floors, subjects, strict=True)]
    medians = statistics.median(subjects), statistics.median(floors)
    # The framework is no floor here: a warm page is handed out before it has begun.
    made = Row("B12W", "list HTML, warm", "us", *medians, ratios, 1.4, "", load.percent, bounded=True)
    with runtime.work() as ctx:
        ctx.session.execute(update(Tender).values(title="新的名称"))
    if "新的名称".encode() not in subject():
        raise BrokenInvariantError("the page was older than a change")
    return made
