"""Any interleaving of quotes, late quotes, ticks, late ticks and clocks that jump: the promises of a room hold."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from marketplace.auctions import rules
from marketplace.kernel.errors import DomainError
from tests.auctions.playing import PRIVATE, START, a_room, an_envelope, audit_file, opened, some_terms

PUBLIC = bytes(PRIVATE.public_key).hex()
SLOT = timedelta(seconds=60)


class AnyRoom(RuleBasedStateMachine):
    """One room under a clock; the journal is written as the service writes it."""

    @initialize(
        form=st.sampled_from(rules.FORMS),
        unit=st.sampled_from(["fen", "bp"]),
        floored=st.booleans(),
        resets=st.booleans(),
        entries=st.lists(st.integers(900, 1_100), min_size=2, max_size=4),
    )
    def open(self, form: str, unit: str, floored: bool, resets: bool, entries: list[int]) -> None:
        floor = (800 if unit == "fen" else 1_400) if floored else None
        terms = some_terms(form, unit=unit, step=20, floor=floor, reset_on_lower=resets, max_seconds=300)
        self.room = a_room(terms, tuple(entries))
        self.now = START - timedelta(seconds=5)
        self.journal = [rules.scheduled_entry(self.room, self.now), rules.key_entry(PUBLIC, self.now)]
        self.waiting: list[rules.Envelope] = []
        self.inside: list[tuple[int, int]] = []
        self.spoiled = 0
        self.accepted = {seat.number: [seat.value] for seat in self.room.seats}
        self.slots: list[tuple[int, int | None, str]] = []
        self.promised: tuple[int, datetime] | None = None

    @rule(seconds=st.sampled_from([0.2, 1, 7, 31, 59, 60, 62]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(hours=st.sampled_from([-1, 1]))
    def jump(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        before = self.room
        if rules.is_sealed(before) and rules.is_due(before, self.now):
            before = self.open_envelopes()
        room = rules.advance(before, self.now)
        if room is before:
            return
        due = rules.due_at(before)
        assert due is not None
        assert self.now >= due, "nothing ends before its time"
        if self.now - due > timedelta(seconds=before.terms.late_seconds):
            assert room.status == "scheduled" or room.stage.why == "late", "too late to be fair"
        self.room = room
        self.journal.append(rules.step_entry(room, self.now))
        if room.status == "running" and room.stage.kind in rules.LIVE:
            assert room.stage.starts_at > self.now, "announced before it begins"
            assert room.stage.ends_at - room.stage.starts_at == SLOT
            slot = (room.stage.round, room.stage.seat, room.stage.kind)
            if room.stage.why != "again" or slot not in self.slots:
                self.slots.append(slot)

    def open_envelopes(self) -> rules.Room:
        """As the process that holds the key does it, in the same moment as the step."""
        room, entries = opened(self.room, sorted(self.waiting, key=lambda one: one.received_at), self.now)
        assert sum(entry["kind"] == "refused" for entry in entries) == self.spoiled
        self.journal += entries
        for seat, value in self.inside:
            self.accepted[seat].append(value)
        self.waiting, self.inside, self.spoiled = [], [], 0
        return room

    @precondition(lambda self: self.waiting)
    @rule(pick=st.integers(0, 9), how=st.sampled_from(["byte", "seat", "length"]))
    def spoil(self, pick: int, how: str) -> None:
        """Somebody who can write into the database puts a damaged or a stranger's envelope beside the others."""
        one = self.waiting[pick % len(self.waiting)]
        text = {"byte": one.envelope[:-2] + "zz", "seat": one.envelope, "length": ""}[how]
        seat = one.seat % len(self.room.seats) + 1 if how == "seat" else one.seat
        self.waiting.append(replace(one, seat=seat, envelope=text, digest=rules.digest_of_envelope(text)))
        self.spoiled += how != "seat" or seat != one.seat

    @precondition(lambda self: self.room.status != "ended")
    @rule(pick=st.integers(0, 3), more=st.integers(-30, 60), transit=st.sampled_from([0, 0.1, 0.9, 5]))
    def quote(self, pick: int, more: int, transit: float) -> None:
        seat = self.room.seats[pick % len(self.room.seats)]
        received = self.now - timedelta(seconds=transit)
        limit = rules.limit(self.room, seat.number, kind=rules.next_kind(self.room)) or seat.value
        value = abs(self.room.terms.cost(limit) - more)
        before = self.room
        try:
            after = rules.quote(before, seat.number, value, received)
        except DomainError:
            assert self.room is before
            return
        terms, stage = before.terms, before.stage
        assert stage.starts_at <= received < stage.ends_at
        assert stage.seat in {None, seat.number}
        sealed = rules.is_sealed(before)
        own = before.shown[seat.number - 1] if sealed else seat.value
        assert terms.cost(own) - terms.cost(value) >= terms.step or value == terms.floor
        if sealed:
            self.waiting.append(an_envelope(before, seat.number, value, received))
            self.inside.append((seat.number, value))
            return
        self.room = after
        self.accepted[seat.number].append(value)
        self.journal.append(rules.quote_entry(seat.number, value, received, self.now))
        if stage.kind == "open":
            assert self.room.stage.ends_at >= stage.ends_at, "a countdown only grows"

    @invariant()
    def standings_are_consistent(self) -> None:
        room = self.room
        assert sorted(room.standing) == [seat.number for seat in room.seats]
        costs = [room.terms.cost(room.shown[number - 1]) for number in room.standing]
        assert costs == sorted(costs)

    @invariant()
    def no_quote_is_lost_or_doubled(self) -> None:
        best = {n: min(values, key=self.room.terms.cost) for n, values in self.accepted.items()}
        assert {seat.number: seat.value for seat in self.room.seats} == best
        assert sum(e["kind"] == "quote" for e in self.journal) == sum(len(v) - 1 for v in self.accepted.values())

    def the_journal_repeats(self) -> None:
        assert rules.verify_audit(audit_file(self.room, self.journal)) == []

    def teardown(self) -> None:
        """Let the room end by itself: everybody had every slot, and nobody beats the winner."""
        if not hasattr(self, "room"):
            return
        while (due := rules.due_at(self.room)) is not None:
            self.now = max(self.now, due)
            self.tick()
        self.the_journal_repeats()
        terms, room = self.room.terms, self.room
        winner = rules.final(room)[0]
        assert all(terms.cost(winner.value) <= terms.cost(v) for values in self.accepted.values() for v in values)
        wanted = {"turns": terms.rounds * len(room.seats), "rounds": terms.rounds}.get(terms.form)
        assert wanted is None or len(self.slots) == len(set(self.slots)) == wanted
        if terms.form == "countdown" and room.leading_at is not None and room.stage.kind == "open":
            assert room.ended_at - room.leading_at >= SLOT, "the last lower quote left the others a whole countdown"


def test_every_promise_holds_in_any_order_of_events() -> None:
    run_state_machine_as_test(AnyRoom, settings=settings(max_examples=30, stateful_step_count=30, deadline=None))


@pytest.mark.long
def test_every_promise_holds_in_thousands_of_rooms() -> None:
    run_state_machine_as_test(AnyRoom, settings=settings(max_examples=2_000, stateful_step_count=60, deadline=None))
