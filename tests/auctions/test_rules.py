"""The three forms, by hand: who moves when, what a quote must offer, and what a late clock does."""

from datetime import timedelta

import pytest

from marketplace.auctions import rules
from marketplace.auctions.errors import (
    BeyondFloor,
    DiscountTooSmall,
    NothingLower,
    NotYourTurn,
    RoomEnded,
    RoomNotOpen,
    SlotOver,
    StepTooSmall,
)
from tests.auctions.playing import (
    START,
    T0,
    a_room,
    a_running_room,
    inside,
    on_time,
    some_terms,
    stages,
)

SECOND = timedelta(seconds=1)


def test_in_turns_the_worst_moves_first_and_the_best_last_in_every_round():
    turns = [stage for stage in stages(a_room(some_terms("turns"))) if stage.kind == "turn"]
    assert [(turn.round, turn.seat) for turn in turns] == [(n, seat) for n in (1, 2, 3) for seat in (3, 1, 2)]
    assert {turn.ends_at - turn.starts_at for turn in turns} == {timedelta(seconds=60)}


def test_among_equals_the_earlier_bidder_has_the_better_place_and_moves_later():
    room = a_running_room(some_terms("turns"), (9_000, 9_000, 9_000))
    assert room.standing == (1, 2, 3)
    assert (room.stage.seat, room.waiting) == (3, (2, 1))


def test_the_order_is_made_anew_in_every_round():
    room = a_running_room(some_terms("turns"))
    room = rules.quote(room, 3, 8_000, inside(room))
    while room.stage.kind != "pause":
        room = on_time(room)
    room = on_time(room)
    assert (room.stage.round, room.stage.seat, room.waiting) == (2, 1, (2, 3))


def test_a_turn_belongs_to_its_seat_alone():
    room = a_running_room(some_terms("turns"))
    with pytest.raises(NotYourTurn) as refused:
        rules.quote(room, 1, 8_000, inside(room))
    assert refused.value.facts["seat"] == 3


@pytest.mark.parametrize("form", ["turns", "rounds"])
def test_what_is_quoted_in_a_sealed_stage_shows_when_it_is_over(form):
    room = a_running_room(some_terms(form))
    before = rules.face(room)
    room = rules.quote(room, 3, 5_000, inside(room))
    assert rules.face(room) == before
    assert rules.best(on_time(room)) == 5_000


def test_a_round_is_open_to_everybody_and_there_are_three():
    found = stages(a_room(some_terms("rounds")))
    assert [stage.kind for stage in found] == ["round", "pause", "round", "pause", "round"]
    room = a_running_room(some_terms("rounds"))
    for seat in (1, 2, 3):
        room = rules.quote(room, seat, 5_000 + seat, inside(room, seat))
    assert on_time(room).standing == (1, 2, 3)


def test_a_lower_quote_starts_the_countdown_anew():
    room = a_running_room(some_terms())
    late = room.stage.ends_at - SECOND
    room = rules.quote(room, 1, 8_800, late)
    assert room.stage.ends_at == late + timedelta(seconds=60)
    assert on_time(room).status == "ended"
    assert on_time(room).ended_at == late + timedelta(seconds=60)


def test_whoever_quotes_in_the_last_second_of_the_longest_time_is_answered_in_a_sealed_round():
    room = a_running_room(some_terms(max_seconds=180))
    value = 8_800
    while room.stage.ends_at < room.opened_at + timedelta(seconds=118):
        room = rules.quote(room, 1, value, room.stage.ends_at - SECOND)
        value -= 200
    room = rules.quote(room, 3, value, room.stage.ends_at - timedelta(milliseconds=1))
    room = on_time(room)
    assert (room.status, room.stage.kind) == ("running", "last")
    assert room.stage.ends_at - room.stage.starts_at == timedelta(seconds=60)
    room = rules.quote(room, 1, value - 200, inside(room))
    ended = on_time(room)
    assert ended.status == "ended"
    assert ended.ended_at <= room.opened_at + timedelta(seconds=180)
    assert rules.final(ended)[0].number == 1


def test_without_a_restart_of_the_countdown_the_others_are_answered_in_a_sealed_round_too():
    room = a_running_room(some_terms(reset_on_lower=False))
    room = rules.quote(room, 1, 8_000, room.stage.ends_at - SECOND)
    assert on_time(room).stage.kind == "last"


def test_at_the_floor_one_countdown_runs_others_may_join_and_the_draw_decides():
    room = a_running_room(some_terms(floor=8_000))
    first = inside(room, 10)
    room = rules.quote(room, 3, 8_000, first)
    room = rules.quote(room, 1, 8_000, first + timedelta(seconds=50))
    assert room.stage.ends_at == first + timedelta(seconds=60)
    with pytest.raises(NothingLower):
        rules.quote(room, 3, 8_000, first + timedelta(seconds=51))
    assert rules.places(on_time(room)) == {1: 1, 3: 1, 2: 3}


def test_where_the_rulebook_says_so_the_earlier_one_at_the_floor_wins():
    room = a_running_room(some_terms(floor=8_000, floor_tie="earliest"))
    for serial, seat in enumerate((3, 1)):
        room = rules.quote(room, seat, 8_000, inside(room, 10 + serial))
    assert rules.places(on_time(room)) == {3: 1, 1: 2, 2: 3}


def test_a_step_that_would_pass_the_floor_ends_at_it():
    room = a_running_room(some_terms(floor=8_900))
    assert rules.limit(room, 1, kind="open") == 8_900
    assert rules.ladder(room, 1, kind="open") == [8_900]


@pytest.mark.parametrize("form", rules.FORMS)
@pytest.mark.parametrize("seat", [1, 2, 3])
def test_a_step_that_is_too_small_is_refused_with_what_would_do(form, seat):
    room = a_running_room(some_terms(form))
    while room.stage.seat not in {None, seat}:
        room = on_time(room)
    limit = rules.limit(room, seat, kind=room.stage.kind)
    with pytest.raises(StepTooSmall) as refused:
        rules.quote(room, seat, limit + 1, inside(room))
    assert refused.value.facts["limit"] == rules.value_text(limit, "fen")
    assert refused.value.field == "price_fen"
    assert rules.quote(room, seat, limit, inside(room)).seat(seat).value == limit


@pytest.mark.parametrize("value", [0, -5, 7_999])
def test_nobody_goes_below_the_floor(value):
    room = a_running_room(some_terms(floor=8_000))
    with pytest.raises(BeyondFloor):
        rules.quote(room, 1, value, inside(room))


def test_without_a_floor_one_fen_is_the_end():
    room = a_running_room(some_terms(), (10_000, 1))
    with pytest.raises(NothingLower):
        rules.quote(room, 1, 1, inside(room))
    with pytest.raises(BeyondFloor):
        rules.quote(a_running_room(some_terms()), 1, 0, inside(room))


def test_of_discounts_the_larger_is_the_better():
    room = a_running_room(some_terms(unit="bp", step=100, floor=5_000), (1_000, 2_000, 500))
    assert room.standing == (2, 1, 3)
    assert rules.limit(room, 1, kind="open") == 2_100
    with pytest.raises(DiscountTooSmall) as refused:
        rules.quote(room, 1, 2_099, inside(room))
    assert (refused.value.field, refused.value.facts["limit"]) == ("rate_bp", "21.00%")
    with pytest.raises(BeyondFloor):
        rules.quote(room, 1, 5_001, inside(room))
    assert rules.best(rules.quote(room, 1, 5_000, inside(room))) == 5_000


def test_what_counts_is_when_a_quote_was_received_and_not_when_it_is_written():
    room = a_running_room(some_terms("turns"))
    last = room.stage.ends_at - timedelta(microseconds=1)
    assert rules.quote(room, 3, 8_000, last).seat(3).at == last
    with pytest.raises(SlotOver):
        rules.quote(room, 3, 8_000, room.stage.ends_at)


def test_nothing_can_be_quoted_before_the_start_in_a_pause_or_after_the_end():
    with pytest.raises(RoomNotOpen):
        rules.quote(a_room(some_terms()), 1, 8_000, START + SECOND)
    room = a_running_room(some_terms("rounds"))
    with pytest.raises(RoomNotOpen):
        rules.quote(room, 1, 8_000, room.stage.starts_at - timedelta(microseconds=1))
    with pytest.raises(RoomNotOpen):
        rules.quote(on_time(room), 1, 8_000, on_time(room).stage.starts_at)
    while room.status != "ended":
        room = on_time(room)
    with pytest.raises(RoomEnded):
        rules.quote(room, 1, 8_000, room.ended_at)


def test_a_step_that_comes_late_shifts_everything_after_it_and_shortens_nothing():
    room = a_running_room(some_terms("turns"))
    now = rules.due_at(room) + timedelta(seconds=100)
    moved = rules.advance(room, now)
    assert (moved.stage.seat, moved.stage.starts_at) == (1, now + SECOND)
    assert moved.stage.ends_at - moved.stage.starts_at == timedelta(seconds=60)


@pytest.mark.parametrize("form", rules.FORMS)
def test_a_stage_that_could_not_be_ended_in_time_is_run_again_in_full(form):
    room = a_running_room(some_terms(form))
    seat = room.stage.seat or 1
    room = rules.quote(room, seat, 8_800, inside(room))
    waiting = room.waiting
    now = rules.due_at(room) + timedelta(hours=3)
    paused = rules.advance(room, now)
    assert (paused.stage.kind, paused.stage.why) == ("pause", "late")
    assert paused.stage.ends_at == now + timedelta(minutes=10)
    again = on_time(paused)
    assert (again.stage.kind, again.stage.seat, again.stage.round) == (room.stage.kind, room.stage.seat, 1)
    assert again.stage.ends_at - again.stage.starts_at == timedelta(seconds=60)
    assert again.waiting == waiting
    assert again.seat(seat).value == 8_800, "a quote that was accepted stands"


def test_a_room_whose_start_was_missed_starts_later_and_says_so():
    now = START + timedelta(hours=1)
    room = rules.advance(a_room(some_terms()), now)
    assert (room.status, room.starts_at) == ("scheduled", now + timedelta(minutes=10))
    assert rules.delayed_until(room) == room.starts_at


def test_a_clock_that_goes_back_ends_nothing():
    room = a_running_room(some_terms())
    assert rules.advance(room, T0) is room


def test_a_room_survives_being_written_down():
    for form in rules.FORMS:
        room = a_running_room(some_terms(form))
        assert rules.room_of(rules.to_json(room)) == room


# --- sealed stages ----------------------------------------------------------------------------------------------------
