"""Envelopes of a sealed stage: which of them count, and how a record is held to them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from marketplace.auctions import rules
from marketplace.auctions.errors import (
    StepTooSmall,
)
from marketplace.kernel.keys import new_keeper
from tests.auctions.playing import (
    PRIVATE,
    START,
    T0,
    a_room,
    a_running_room,
    an_envelope,
    audit_file,
    inside,
    opened,
    some_terms,
)

SECOND = timedelta(seconds=1)


def test_in_a_sealed_stage_quotes_are_measured_by_what_was_shown_and_the_best_counts():
    room = a_running_room(some_terms("rounds"))
    for value in (9_000, 8_000, 8_500):
        room = rules.quote(room, 3, value, inside(room))
    assert room.seat(3).value == 8_000
    with pytest.raises(StepTooSmall):
        rules.quote(room, 3, 10_801, inside(room))


@pytest.mark.parametrize(
    "spoil", ["another room", "another seat", "another time", "another stage", "a cut", "no quote"]
)
def test_an_envelope_counts_only_in_its_room_stage_and_seat(spoil):
    room = a_running_room(some_terms("rounds"))
    at = inside(room)
    good = an_envelope(room, 1, 8_000, at)
    bad = {
        "another room": an_envelope(room, 1, 5_000, at, number="ZJ-2026-000002"),
        "another seat": an_envelope(room, 1, 5_000, at, says=2),
        "another time": replace(an_envelope(room, 1, 5_000, at), received_at=at + SECOND),
        "another stage": replace(an_envelope(room, 1, 5_000, at), stage=7),
        "a cut": replace(good, envelope=good.envelope[:-2]),
        "no quote": an_envelope(room, 1, 9_999, at),
    }[spoil]
    moved, entries = opened(room, [good, bad], rules.due_at(room))
    assert [entry["kind"] for entry in entries] == ["quote", "refused"]
    assert moved.seat(1).value == 8_000


def test_every_envelope_is_as_long_as_any_other():
    room = a_running_room(some_terms("rounds"))
    assert len({len(an_envelope(room, 1, value, inside(room)).envelope) for value in (1, 8_000, 10**15)}) == 1


def a_sealed_record():
    """An ended room of one sealed round with one quote, as it is published."""
    room = a_running_room(some_terms("rounds", rounds=1))
    journal = [rules.scheduled_entry(a_room(room.terms), T0)]
    journal.append(rules.key_entry(bytes(PRIVATE.public_key).hex(), START))
    journal.append(rules.step_entry(room, START))
    due = rules.due_at(room)
    room, entries = opened(room, [an_envelope(room, 1, 9_500, inside(room))], due)
    assert len(entries) == 1
    room = rules.advance(room, due)
    return audit_file(room, [*journal, *entries, rules.step_entry(room, due)])


def _another_value(file):
    file["entries"][3]["value"] = 9_400


def _left_out(file):
    del file["entries"][3]["value"]
    file["entries"][3].update(kind="refused", why="damaged")


def _without_envelope(file):
    del file["entries"][3]["envelope"]


def _another_key(file):
    file["envelope_key"] = new_keeper()[0]


def _no_key(file):
    del file["envelope_key"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_another_value, "信封里的内容"),
        (_left_out, "不应当不计"),
        (_without_envelope, "信封里的内容"),
        (_another_key, "不是一对"),
        (_no_key, "不是一对"),
    ],
)
def test_a_record_that_says_something_else_than_its_envelopes_is_noticed(change, words):
    file = a_sealed_record()
    assert rules.verify_audit(file) == []
    change(file)
    problems = rules.verify_audit({**file, "digest": rules.digest_of(file["entries"])})
    assert len(problems) == 1
    assert words in problems[0]
