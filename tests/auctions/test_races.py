"""Quotes, clocks and drivers at once, on whichever database the suite runs."""

import asyncio
import threading
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace import rooms as rooms_process
from marketplace.auctions import queries, rules, service
from marketplace.auctions.deadlines import drive
from marketplace.auctions.models import AuctionEntry
from marketplace.auctions.service import finishing
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events import EventRow
from marketplace.tenders import queries as tenders
from marketplace.testing import auctions as make
from tests.flows.rivals import Rival, at_once, statuses

NAMES = ["jia", "yi", "bing"]


@pytest.fixture
def hall(runtime, clock):
    return make.a_room(runtime, clock, usernames=NAMES)


@pytest.fixture
def rivals(app, sign_in, hall, runtime, clock):
    """A program of each bidder, in a room that has begun."""
    make.enter(runtime, clock, hall.number)
    return [Rival(app, sign_in, name).with_token("bid.place") for name in NAMES]


def journal(work, hall):
    with work() as ctx:
        return queries.entries(ctx, queries.room(ctx, hall.number).id)


def accepted(answers):
    return [answer.json["event"]["data"] for answer in answers if answer.status_code == 201]


def sound(work, hall, answers):
    """Every accepted quote is in the journal once, in an order that the rules bear out; no other is."""
    entries = journal(work, hall)
    room, problems = rules.replay(entries)
    assert problems == []
    written = [(e["seat"], e["value"]) for e in entries if e["kind"] == "quote"]
    assert sorted(written) == sorted((one["seat"], one["value"]) for one in accepted(answers))
    with work() as ctx:
        events = select(func.count()).select_from(EventRow).where(EventRow.type == "auction.quote.accepted")
        assert ctx.session.scalar(events) == len(written)
        assert rules.to_json(room) == queries.room(ctx, hall.number).state
    return entries


@pytest.mark.parametrize("round_", range(3))
def test_of_two_equal_quotes_at_once_one_counts_and_the_other_hears_what_would_do(work, hall, rivals, round_):
    path = f"/auctions/{hall.number}/quotes"
    answers = at_once(*[lambda one=one: one.post(path, {"price_fen": "80000.00"}) for one in rivals])
    assert statuses(answers) == [201, 422, 422]
    refused = [answer for answer in answers if answer.status_code == 422]
    assert {answer.json["code"] for answer in refused} == {"auction.step_too_small"}
    sound(work, hall, answers)


def test_many_quotes_at_once_leave_standings_that_can_be_repeated(work, hall, rivals):
    path, values = f"/auctions/{hall.number}/quotes", [8_400_000 - 50_000 * n for n in range(9)]
    acts = [
        lambda one=rivals[n % 3], value=value: one.post(path, {"price_fen": f"{value / 100:.2f}"})
        for n, value in enumerate(values)
    ]
    answers = at_once(*acts)
    assert {answer.status_code for answer in answers} <= {201, 422}
    assert accepted(answers)
    sound(work, hall, answers)


@pytest.mark.parametrize("round_", range(4))
def test_a_quote_against_the_end_of_its_stage_counts_or_is_refused_and_is_never_half_there(
    runtime, clock, work, hall, rivals, round_
):
    """The clock stands where the driver may end the room; the quotes were received before that, or after."""
    row = make.room_now(runtime, hall.number)
    clock.set(row.due_at if round_ % 2 else row.due_at - timedelta(seconds=1.5))
    path = f"/auctions/{hall.number}/quotes"
    acts = [lambda n=n: rivals[n].post(path, {"price_fen": f"{80_000 - 2_000 * n}.00"}) for n in range(3)]

    def tick():
        clock.set(row.due_at)
        drive(runtime)

    answers = at_once(*acts, tick)[:3]
    sound(work, hall, answers)
    if round_ % 2:
        assert accepted(answers) == []
    make.play_out(runtime, clock, hall.number)
    with work() as ctx:
        best = min([one["value"] for one in accepted(answers)] or [8_500_000])
        assert tenders.live_award(ctx, hall.tender.id).price_fen == best


def test_sealed_quotes_against_the_end_of_their_stage_are_all_opened_or_refused(
    app, sign_in, runtime, clock, work, monkeypatch
):
    """Requests that were received in the last moment, and several drivers that open what is there meanwhile."""
    make.rule_values(monkeypatch, form="rounds", rounds=1)
    hall = make.a_room(runtime, clock, usernames=NAMES)
    make.enter(runtime, clock, hall.number)
    rivals = [Rival(app, sign_in, name).with_token("bid.place") for name in NAMES]
    due = make.room_now(runtime, hall.number).due_at
    clock.set(due - timedelta(seconds=1.001))

    def tick():
        clock.set(due)
        drive(runtime)

    path = f"/auctions/{hall.number}/quotes"
    acts = [lambda n=n: rivals[n % 3].post(path, {"price_fen": f"{80_000 - 2_000 * n}.00"}) for n in range(6)]
    answers = at_once(*acts, tick, tick)[:6]
    assert {answer.status_code for answer in answers} <= {201, 409}
    make.play_out(runtime, clock, hall.number)
    opened = [entry["digest"] for entry in journal(work, hall) if entry["kind"] == "quote"]
    assert sorted(opened) == sorted(answer.json["digest"] for answer in answers if answer.status_code == 201)
    with work() as ctx:
        assert rules.verify_audit(queries.audit_file(ctx, hall.number)) == []


def test_several_drivers_at_once_take_every_step_once(runtime, clock, work, hall):
    for _ in range(3):
        due = make.room_now(runtime, hall.number).due_at
        if due is None:
            break
        clock.set(due)
        at_once(*[lambda: drive(runtime)] * 4)
    numbers = [entry["stage"]["number"] for entry in journal(work, hall) if entry["kind"] == "stage"]
    assert numbers == sorted(set(numbers))
    runtime.settle()
    with work() as ctx:
        assert len(tenders.awards_of(ctx, hall.tender.id)) == 1


def test_a_driver_that_dies_in_the_middle_leaves_the_room_as_it_was(runtime, clock, work, hall, monkeypatch):
    before = make.room_now(runtime, hall.number)
    clock.set(before.due_at)
    written = rules.step_entry

    def die(*args):
        written(*args)
        raise KeyboardInterrupt

    monkeypatch.setattr(rules, "step_entry", die)
    with pytest.raises(KeyboardInterrupt):
        drive(runtime)
    monkeypatch.undo()
    assert make.room_now(runtime, hall.number).state == before.state
    assert len(journal(work, hall)) == 1
    drive(runtime)
    assert make.room_now(runtime, hall.number).status == "running"


def test_a_finish_that_dies_before_its_commit_is_done_once_by_the_next_worker(runtime, clock, work, hall, monkeypatch):
    make.enter(runtime, clock, hall.number)
    make.step(runtime, clock, hall.number)
    monkeypatch.setattr(finishing, "award_live", lambda *args: 1 / 0)
    runtime.tick()
    with work() as ctx:
        assert queries.room(ctx, hall.number).digest == ""
        ended = select(func.count()).select_from(EventRow).where(EventRow.type == "auction.room.ended")
        assert ctx.session.scalar(ended) == 0
    monkeypatch.undo()
    clock.advance(minutes=1)
    runtime.settle()
    with work() as ctx:
        assert ctx.session.scalar(ended) == 1
        assert len(tenders.awards_of(ctx, hall.tender.id)) == 1


def test_two_rooms_cannot_be_arranged_for_one_tender(runtime, clock, hall):
    def arrange():
        try:
            with runtime.work() as ctx:
                return service.schedule(ctx, hall.tender.id)
        except DomainError as refusal:
            return refusal

    at_once(*[arrange] * 3)
    with runtime.work() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(AuctionEntry)) == 1


# --- the rooms process ------------------------------------------------------------------------------------------------


@asynccontextmanager
async def talking(port, request):
    """A connection that has sent its request; closed at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        yield reader
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def watching(port, number):
    return talking(port, f"GET /market/auctions/{number}/events?x=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())


async def _next(reader):
    while True:
        line = await asyncio.wait_for(reader.readline(), 10)
        if line.startswith(b"data: "):
            return line.decode()


def within(runtime, play):
    """Run a coroutine beside the rooms process on a free port."""

    async def main():
        board = rooms_process.Board(runtime, most=2)
        server = await rooms_process.open_doors(board, "127.0.0.1", 0)
        task = asyncio.create_task(rooms_process.watch(board, 0.02))
        try:
            return await play(server.sockets[0].getsockname()[1], board)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            server.close()
            board.close()
            await asyncio.sleep(0)

    return asyncio.run(main())


def test_everybody_who_watches_hears_of_a_stage_and_nobody_of_a_sealed_quote(runtime, clock, work, monkeypatch):
    make.rule_values(monkeypatch, form="rounds")
    hall = make.a_room(runtime, clock)

    def quote():
        with work(hall.bidders[0]) as ctx:
            service.place_quote(ctx, hall.number, price_fen=8_000_000)

    async def play(port, board):
        async with watching(port, hall.number) as one:
            async with watching(port, hall.number) as two:
                assert ['"scheduled"' in await _next(reader) for reader in (one, two)] == [True, True]
                clock.set(make.room_now(runtime, hall.number).due_at)
                assert ['"running"' in await _next(reader) for reader in (one, two)] == [True, True]
                clock.advance(seconds=2)
                await asyncio.to_thread(quote)
                async with watching(port, hall.number) as third:
                    assert b"503" in await third.readline(), "more than two are asked to come again"
            for _ in range(200):
                if board.crowd > 1:
                    await asyncio.sleep(0.01)
            async with watching(port, hall.number) as again:
                told = await _next(again)
        assert "8000000" not in told
        assert f'"version":{make.room_now(runtime, hall.number).face["version"]}' in told

    within(runtime, play)


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /auctions/x HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /auctions/x/events HTTP/1.1\r\n\r\n", b"404"),
        (b"\x00" * 20_000, b"404"),
    ],
)
def test_the_rooms_process_answers_nothing_else(runtime, request_, answer):
    async def play(port, board):
        async with talking(port, request_) as reader:
            assert answer in await asyncio.wait_for(reader.readline(), 10)

    within(runtime, play)


def test_a_stream_of_no_room_is_ended(runtime):
    async def play(port, board):
        async with watching(port, "ZJ-2026-999999") as reader:
            assert b"data:" not in await asyncio.wait_for(reader.read(), 10)

    within(runtime, play)


def test_a_database_that_is_away_does_not_end_the_process(runtime, clock, hall, monkeypatch):
    broken = threading.Event()
    look = rooms_process.drive_some

    def away(runtime):
        if not broken.is_set():
            broken.set()
            raise OSError("away")
        return look(runtime)

    monkeypatch.setattr(rooms_process, "drive_some", away)

    async def play(port, board):
        async with watching(port, hall.number) as reader:
            assert "scheduled" in await _next(reader)

    within(runtime, play)
    assert broken.is_set()
