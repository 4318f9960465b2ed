"""Everybody reads everything: one crawl of all GET routes as every person, kept for the tests to look at."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect, text
from werkzeug.routing import Rule

from marketplace.testing.identity import a_sign_in
from marketplace.testing.plugin import SameOrigin, engine_of, runtime_of
from tests.security.market import Market
from tests.security.things import filled, samples, stock

# Routes that answer nothing without a question.
QUESTIONS = {
    "/api/v1/agency/eligibility": "?item_code=ZJ-01",
    "/api/v1/calendar": "?year=2026",
    "/api/v1/ledger/trace": "?reference={posting}",
    "/api/v1/log/consistency": "?first={head}&second={head}",
    "/api/v1/log/proof": "?leaf={leaf}",
}
VOLATILE = {"marketplace_sign_in", "marketplace_sign_in_brake"}


@dataclass(frozen=True)
class Answer:
    """What somebody got."""

    who: str
    rule: str
    marker: str
    address: str
    status: int
    headers: dict[str, str]
    cookies: list[str]
    text: str

    def __str__(self) -> str:
        return f"{self.status} {self.who or 'the public'} {self.address}"


@dataclass
class Crawl:
    """All answers, all log lines, and the tables before and after."""

    answers: list[Answer] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)


def digests(app: Any) -> dict[str, str]:
    """Table → digest of its rows, but for when people were last seen."""
    engine = engine_of(app)
    found = {}
    with engine.connect() as connection:
        for table in sorted(set(inspect(engine).get_table_names()) - VOLATILE):
            rows = sorted(str(tuple(row)) for row in connection.execute(text(f'SELECT * FROM "{table}"')))
            found[table] = f"{len(rows)} {hashlib.sha256(chr(10).join(rows).encode()).hexdigest()}"
        connection.rollback()
    return found


def rules_of(app: Any) -> Iterator[Rule]:
    """Our routes, in the order of their addresses."""
    yield from sorted(
        (rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("marketplace_")),
        key=lambda rule: (rule.rule, sorted(rule.methods)),
    )


def marker_of(app: Any, rule: Rule, method: str) -> str:
    """The permission marker of a route: public, signed_in or a permission."""
    view = app.view_functions[rule.endpoint]
    found = getattr(view, "marketplace_permission", None)
    if found is None and (cls := getattr(view, "view_class", None)) is not None:
        found = getattr(getattr(cls, method.lower(), None), "marketplace_permission", None)
    assert found is not None, f"{method} {rule.rule} has no marker"
    return str(found)


def browsers(app: Any, market: Market) -> dict[str, Any]:
    """A browser on our own pages for everybody; "" is the public."""
    app.test_client_class = SameOrigin
    with runtime_of(app).work() as ctx:
        keys = {name: a_sign_in(ctx, name) for name in market.people}
    found = {"": app.test_client()}
    for name, key in keys.items():
        found[name] = app.test_client()
        found[name].set_cookie("marketplace_sign_in", key)
    return found


def permitted(market: Market, who: str, marker: str) -> bool:
    """Whether a route's marker lets somebody in."""
    if marker == "public" or not who:
        return marker == "public"
    return marker == "signed_in" or market.people[who].may(marker)


class _Listener(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("sqlalchemy"):
            self.lines.append(f"{record.name}: {self.format(record)}")


def by_turns(names: list[str], turn: int, most: int | None) -> list[str]:
    """At most so many of the names, others each turn; None: all."""
    start = turn % max(len(names), 1)
    return (names[start:] + names[:start])[:most]


def askers(market: Market, marker: str, turn: int, *, everybody: bool) -> list[str]:
    """Who asks for an address: the public, whom it lets in, and some whom it does not; for public ones some of all."""
    let_in = [who for who in market.people if permitted(market, who, marker)]
    turned_away = [who for who in market.people if who not in let_in]
    return ["", *by_turns(let_in, turn, 4 if marker == "public" and not everybody else None),
            *by_turns(turned_away, turn, None if everybody else 2)]  # fmt: skip


def read_everything(app: Any, market: Market, *, everybody: bool) -> Crawl:
    """GET every address. Things are side A's; those of whom a route turns away ask for one thing only.

    everybody: as everybody; otherwise people take turns where they are many.
    """
    done = Crawl()
    side = market.sides["a"]
    owners = frozenset(actor.organisation_id or "" for actor in side.people.values())
    people = browsers(app, market)
    things = samples(stock(app), owners)
    root, listener = logging.getLogger(), _Listener(done.lines)
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.DEBUG)
    done.before = digests(app)
    try:
        for turn, rule in enumerate(rule for rule in rules_of(app) if "GET" in rule.methods):
            asking = askers(market, marker_of(app, rule, "GET"), turn, everybody=everybody)
            done.answers.extend(_read(app, market, {who: people[who] for who in asking}, rule, things))
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
    done.after = digests(app)
    return done


def _read(app: Any, market: Market, people: dict[str, Any], rule: Rule, things: Any) -> Iterator[Answer]:
    marker = marker_of(app, rule, "GET")
    for who, browser in people.items():
        for place, put in enumerate(filled(rule, things)):
            if place and not permitted(market, who, marker):
                break
            known = {kind: things[kind][0].value for kind in ("leaf", "head", "posting")}
            question = QUESTIONS.get(rule.rule, "").format(**known)
            address = put.address + question
            got = browser.get(address)
            if rule.endpoint == "marketplace_web.language":
                browser.delete_cookie("marketplace_lang")
            yield Answer(
                who, rule.rule, marker, address, got.status_code, dict(got.headers),
                got.headers.getlist("Set-Cookie"), got.get_data().decode("utf-8", "replace"),
            )  # fmt: skip
            got.close()
