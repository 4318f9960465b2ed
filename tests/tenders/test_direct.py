"""The direct way of a bid and the whole way are one: the same rows, the same answers, the same refusals."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select, text, update

from marketplace.agencies.models import Agency
from marketplace.identity.models import Login, Membership, Token
from marketplace.kernel.answered import Answered
from marketplace.kernel.clock import at_shanghai, shanghai_date
from marketplace.kernel.direct import Doubt
from marketplace.kernel.errors import Busy
from marketplace.kernel.events import EventRow, Unsealed
from marketplace.tenders.models import Bid, Tender
from marketplace.tenders.service.steps import lock_name
from marketplace.testing.tenders import a_tender, some_bidders
from marketplace.web.direct import Directly
from tests.flows.rivals import Rival, at_once

FACTS = {"price_fen": "80000.00", "days": 20, "lead": "王建国", "note": ""}


@pytest.fixture
def program(work, app, sign_in):
    """Make a program of a new agency that may bid, with a token."""

    def make(username):
        some_bidders(work, 1, usernames=[username])
        return Rival(app, sign_in, username).with_token("bid.place")

    return make


@pytest.fixture
def deeds(runtime, monkeypatch):
    """What the direct way wrote: True for each deed that was done."""
    done, write = [], runtime.direct.do
    monkeypatch.setattr(runtime.direct, "do", lambda *given: done.append(write(*given)) or done[-1])
    return done


@pytest.fixture
def wholly(monkeypatch):
    """Let everything go the whole way from now on."""
    return lambda: monkeypatch.setattr(Directly, "_way", lambda *_: None)


def rows(work, tender_id):
    """Every bid with its event, its place in the queue and the use of tokens, without what is random."""
    with work(write=False) as ctx:
        wanted = select(Bid, EventRow, Unsealed).where(Bid.tender_id == tender_id, EventRow.body.contains(Bid.digest))
        found = ctx.session.execute(wanted.where(Unsealed.event_id == EventRow.id).order_by(Bid.id)).all()
        used = ctx.session.scalars(select(Token.last_used_at).order_by(Token.id)).all()
    return [
        (
            *(bid.placed_at, bid.withdrawn_at, bid.version, bid.notice_version, len(bid.envelope)),
            *(event.subject, event.type, event.at, event.actor, event.organisation, event.public, event.sealed),
            json.loads(event.body) | {"id": "", "data": ""},
            queued.held_for,
        )
        for bid, event, queued in found
    ], used


def test_both_ways_write_the_same_and_answer_alike(work, program, deeds, wholly):
    tender, one, other = a_tender(work), program("jia"), program("yi")
    first = one.post(f"/tenders/{tender.id}/bids", FACTS)
    assert deeds == [True]
    wholly()
    second = other.post(f"/tenders/{tender.id}/bids", FACTS)
    assert deeds == [True]
    assert (first.status, dict(first.headers)) == (second.status, dict(second.headers))
    assert list(first.json) == list(second.json)
    same = ("tender", "kind", "at", "public_key")
    assert [first.json[name] for name in same] == [second.json[name] for name in same]
    bids, used = rows(work, tender.id)
    assert len(bids) == 2
    assert bids[0] == bids[1]
    assert used[0] == used[1] is not None


NOW = object()
# What is changed in the market before the bid, or what is said in it.
WRONG = {
    "no longer open": (Tender, {"stage": "closing"}),
    "not yet posted": (Tender, {"published_at": None}),
    "for a draw of invitations": (Tender, {"invite_draw": {"operator": "x"}}),
    "for somebody else": (Tender, {"direct_agency_id": "somebody"}),
    "an old notice": (Tender, {"notice_version": 2}),
    "token taken back": (Token, {"revoked_at": NOW}),
    "token run out": (Token, {"expires_at": NOW}),
    "token for something else": (Token, {"scopes": ["bid.withdraw"]}),
    "login locked": (Login, {"locked_at": NOW}),
    "another role": (Membership, {"role": "auditor"}),
    "agency gone": (Agency, {"standing": "left"}),
    "too dear": (None, {**FACTS, "price_fen": "99999999.00"}),
    "no price": (None, {"days": 20}),
    "nothing at all": (None, None),
    "an unknown field": (None, {**FACTS, "colour": "red"}),
    "no days": (None, {**FACTS, "days": 0}),
}


@contextmanager
def altered(work, model, values):
    """Change every row of a table for a while; then all are again as the newest was, which is the bidder's."""
    if model is None:
        yield values
        return
    with work() as ctx:
        newest = select(*(getattr(model, name) for name in values)).order_by(model.id.desc()).limit(1)
        old = dict(ctx.session.execute(newest).mappings().one())
        fresh = {name: ctx.now if value is NOW else value for name, value in values.items()}
        ctx.session.execute(update(model).values(**fresh))
    yield FACTS
    with work() as ctx:
        ctx.session.execute(update(model).values(**old))


def test_what_the_whole_way_refuses_the_direct_way_refuses_alike_or_leaves_to_it(work, program, deeds, monkeypatch):
    tender, jia = a_tender(work), program("jia")
    for name, wrong in WRONG.items():
        with altered(work, *wrong) as facts:
            directly = jia.post(f"/tenders/{tender.id}/bids", facts)
            with monkeypatch.context() as patched:
                patched.setattr(Directly, "_way", lambda *_: None)
                wholly_answered = jia.post(f"/tenders/{tender.id}/bids", facts)
        assert not any(deeds), name
        assert directly.status_code >= 400, name
        assert (directly.status, directly.json) == (wholly_answered.status, wholly_answered.json), name
        assert dict(directly.headers) == dict(wholly_answered.headers), name
    assert rows(work, tender.id)[0] == []
    assert jia.post(f"/tenders/{tender.id}/bids", FACTS).status_code == 201
    assert deeds == [True]


def test_a_second_bid_is_refused_and_an_exchange_goes_the_whole_way(work, program, deeds):
    tender, jia = a_tender(work), program("jia")
    first = jia.post(f"/tenders/{tender.id}/bids", FACTS).json
    again = jia.post(f"/tenders/{tender.id}/bids", FACTS)
    assert (again.status_code, again.json["code"]) == (409, "tender.bid_already_placed")
    changed = jia.post(f"/tenders/{tender.id}/bids", {**FACTS, "replaces": first["digest"]})
    assert changed.status_code == 201
    assert deeds == [True]
    assert len(rows(work, tender.id)[0]) == 1


@pytest.fixture
def wholes(app, monkeypatch):
    """The addresses of what went the whole way."""
    seen, way = [], app.wsgi_app._work
    monkeypatch.setattr(
        app.wsgi_app, "_work", lambda asked, *more: seen.append(asked["PATH_INFO"]) or way(asked, *more)
    )
    return seen


def test_who_comes_too_late_is_refused_without_the_whole_way(work, clock, program, wholes):
    tender, jia, yi = a_tender(work), program("jia"), program("yi")
    address, key = f"/tenders/{tender.id}/bids", {"Idempotency-Key": "in-time"}
    first = jia.post(address, FACTS, **key)
    clock.set(tender.closes_at)
    before = rows(work, tender.id), kept(work)
    wholes.clear()
    late = [yi.post(address, FACTS), yi.post(address, FACTS, **{"Idempotency-Key": "late"}), jia.post(address, FACTS)]
    assert [(one.status_code, one.json["code"]) for one in late] == [(409, "tender.not_open")] * 3
    assert wholes == []
    again = jia.post(address, FACTS, **key)
    assert (again.status_code, again.data) == (201, first.data), "what was answered is answered again"
    other = jia.post(address, {**FACTS, "replaces": first.json["digest"]}, **key)
    assert (other.status_code, other.json["code"]) == (409, "web.idempotency_key_reused")
    assert (rows(work, tender.id), kept(work)) == before


def test_a_refusal_is_told_in_the_language_asked_for(work, clock, program, wholes):
    tender, jia = a_tender(work), program("jia")
    clock.set(tender.closes_at)
    english = jia.post(f"/tenders/{tender.id}/bids?lang=en", FACTS)
    chinese = jia.post(f"/tenders/{tender.id}/bids", FACTS)
    assert len([path for path in wholes if path.endswith("/bids")]) == 1
    assert english.json["code"] == chinese.json["code"] == "tender.not_open"
    assert english.json["title"] != chinese.json["title"]


def kept(work):
    """What is kept of answers, without what is random."""
    with work(write=False) as ctx:
        found = ctx.session.scalars(select(Answered).order_by(Answered.at)).all()
        return [(row.status, row.at, list(json.loads(ctx.keys.decrypt(row.answer)))) for row in found]


def test_a_key_gets_the_same_answer_by_either_way(work, program, deeds, wholly):
    tender, jia, yi = a_tender(work), program("jia"), program("yi")
    before, key = kept(work), {"Idempotency-Key": "a-bid-of-jia"}
    first = jia.post(f"/tenders/{tender.id}/bids", FACTS, **key)
    again = jia.post(f"/tenders/{tender.id}/bids", FACTS, **key)
    assert (again.status_code, again.data) == (first.status_code, first.data) == (201, first.data)
    for what in ({"replaces": first.json["digest"]}, {"notice_version": 2}):
        other = jia.post(f"/tenders/{tender.id}/bids", FACTS | what, **key)
        assert (other.status_code, other.json["code"]) == (409, "web.idempotency_key_reused")
    sealed = jia.post(f"/tenders/{tender.id}/bids", {**FACTS, "price_fen": "1.00", "days": 21}, **key)
    assert sealed.data == first.data, "of what is sealed nothing is kept, so nothing is compared"
    assert deeds == [True]
    wholly()
    assert jia.post(f"/tenders/{tender.id}/bids", FACTS, **key).data == first.data
    assert yi.post(f"/tenders/{tender.id}/bids", FACTS, **key).status_code == 201, "a key is its holder's own"
    directly, whole = kept(work)[len(before) :]
    assert directly == whole
    long = program("bing").post(f"/tenders/{tender.id}/bids", FACTS, **{"Idempotency-Key": "k" * 129})
    assert (long.status_code, long.json["code"]) == (422, "web.idempotency_key_too_long")
    assert len(rows(work, tender.id)[0]) == 2


@pytest.mark.parametrize("whole", [False, True])
def test_two_requests_under_one_key_at_once_get_one_answer(work, app, sign_in, program, monkeypatch, whole):
    tender, jia, twin = a_tender(work), program("jia"), Rival(app, sign_in)
    twin.headers = jia.headers
    ways = iter([True, False] if whole else [])
    way = Directly._way
    monkeypatch.setattr(Directly, "_way", lambda *given: None if next(ways, False) else way(*given))
    sent = (f"/tenders/{tender.id}/bids", FACTS)
    first, second = at_once(*(partial(one.post, *sent, **{"Idempotency-Key": "once"}) for one in (jia, twin)))
    assert (first.status_code, first.data) == (second.status_code, second.data) == (201, second.data)
    assert len(rows(work, tender.id)[0]) == 1


def test_a_bid_that_waited_for_the_closer_is_not_taken(runtime, work, program, deeds):
    tender, jia = a_tender(work), program("jia")
    with ThreadPoolExecutor(1) as pool:
        with runtime.work() as ctx:
            ctx.lock(lock_name(tender.id))
            answer = pool.submit(jia.post, f"/tenders/{tender.id}/bids", FACTS)
            wait_until(lambda: somebody_waits(runtime))
            ctx.session.execute(update(Tender).values(stage="closing"))
        refused = answer.result(30)
    assert (refused.status_code, refused.json["code"]) == (409, "tender.not_open")
    assert deeds == [False]
    assert rows(work, tender.id)[0] == []


def somebody_waits(runtime):
    if runtime.turns is not None:
        return len(runtime.turns._line) > 0
    with runtime.glance() as ctx:
        return ctx.session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) > 0


def wait_until(happened):
    assert any(happened() or threading.Event().wait(0.005) for _ in range(2000)), "it did not happen"


def test_a_deed_is_whole_or_not_there(work, program, runtime, monkeypatch):
    tender, jia = a_tender(work), program("jia")
    with work(write=False) as ctx:
        taken = ctx.session.scalar(select(EventRow.id).limit(1))
    write, doubts = runtime.direct.do, []

    def with_a_known_event(deed, values):
        try:
            return write(deed, {**values, "new_id": taken})
        except Doubt:
            with work(write=False) as ctx:
                doubts.append(ctx.session.scalar(select(func.count()).select_from(Bid)))
            raise

    monkeypatch.setattr(runtime.direct, "do", with_a_known_event)
    assert jia.post(f"/tenders/{tender.id}/bids", FACTS).status_code == 201
    assert doubts == [0]
    assert len(rows(work, tender.id)[0]) == 1


def test_a_line_that_is_full_is_not_waited_for_twice(work, program, runtime, monkeypatch):
    tender, jia = a_tender(work), program("jia")

    def busy(*_):
        raise Busy

    monkeypatch.setattr(runtime.direct, "do", busy)
    answer = jia.client.post(f"/api/v1/tenders/{tender.id}/bids", json=FACTS, headers=jia.headers)
    assert (answer.status_code, answer.json["code"]) == (503, "kernel.busy")
    assert answer.headers["Retry-After"]
    assert rows(work, tender.id)[0] == []


def test_a_use_is_noted_by_the_day(work, program, clock, deeds):
    jia, days = program("jia"), []
    tenders = [a_tender(work) for _ in range(3)]
    for tender, hours in zip(tenders, (0, 1, 24), strict=True):
        clock.set(clock() + timedelta(hours=hours))
        assert jia.post(f"/tenders/{tender.id}/bids", FACTS).status_code == 201
        days.append(rows(work, tender.id)[1][-1])
    assert days == [at_shanghai(shanghai_date(clock()) - timedelta(days=back)) for back in (1, 1, 0)]
    assert deeds == [True] * 3
