"""A last quote that is abnormally low is explained after the room has ended, or it is void; the others keep places."""

from datetime import timedelta

import pytest

from marketplace.auctions import queries, rules, service
from marketplace.rulebook import service as rulebook
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.tenders import queries as tenders
from marketplace.tenders import service as tender_service
from marketplace.tenders.queries import asking
from marketplace.testing import auctions as make

EQUAL = (8_800_000, 8_800_000, 8_900_000)
LOW = 5_000_000


def ended(runtime, clock, work, quoted=LOW):
    """A room that the third bidder left with this quote and the others with their equal entry quotes."""
    hall = make.a_room(runtime, clock, prices=EQUAL)
    make.enter(runtime, clock, hall.number)
    with work(hall.bidders[2]) as ctx:
        service.place_quote(ctx, hall.number, price_fen=quoted)
    make.play_out(runtime, clock, hall.number)
    return hall


def seen(work, hall):
    """The stage, who is proposed (or None), and the explanations of a tender."""
    with work() as ctx:
        award = tenders.live_award(ctx, hall.tender.id)
        stage = tenders.tender(ctx, hall.tender.id).stage
        return stage, award and award.agency_id, asking.explanations(ctx, hall.tender.id)


def second(runtime, work, hall):
    """Whose place in the room is the second."""
    places = rules.places(rules.room_of(make.room_now(runtime, hall.number).state))
    with work() as ctx:
        seats = queries.seats(ctx, make.room_now(runtime, hall.number).id)
    return next(seat.agency_id for seat in seats if places[seat.number] == 2)


def trail(work, hall):
    with work() as ctx:
        return [row.type for row in tenders.trail(ctx, tenders.tender(ctx, hall.tender.id))]


def record(work, hall):
    with work() as ctx:
        return asking.ranking_record(ctx, tenders.tender(ctx, hall.tender.id))


def test_a_low_last_quote_is_asked_about_when_the_room_has_ended_and_wins_when_accepted(runtime, clock, work):
    hall = ended(runtime, clock, work)
    stage, winner, (row,) = seen(work, hall)
    assert (stage, winner, row.agency_id) == ("explaining", None, hall.bidders[2].organisation_id)
    assert trail(work, hall).count("tender.bids.opened") == 1
    with work(hall.bidders[2]) as ctx:
        tender_service.explain_price(ctx, row.offer_id, text="设备自有，现场数据已有，只计人工。")
    with work(hall.buyer) as ctx:
        tender_service.judge_explanation(ctx, row.offer_id, accepted=True, reason="成本构成可信")
    runtime.settle()
    assert seen(work, hall)[:2] == ("publicity", hall.bidders[2].organisation_id)
    assert {(row["price_fen"], row["place"]) for row in record(work, hall)["offers"]} == {
        (LOW, 1),
        (8_800_000, 2),
        (8_800_000, 3),
    }
    assert verify_ranking(record(work, hall), BUILTINS) == []
    assert trail(work, hall).count("tender.bids.opened") == 1


def test_silence_voids_the_low_quote_and_the_rest_rank_by_their_places_in_the_room(runtime, clock, work):
    hall = ended(runtime, clock, work)
    _, _, (row,) = seen(work, hall)
    clock.set(row.due_at - timedelta(seconds=1))
    runtime.settle()
    assert seen(work, hall)[0] == "explaining"
    clock.set(row.due_at)
    runtime.settle()
    assert seen(work, hall)[:2] == ("publicity", second(runtime, work, hall))
    published = record(work, hall)
    assert published["draw"] is None
    assert len(published["exclusions"]) == 1
    assert verify_ranking(published, BUILTINS) == []


@pytest.mark.long
def test_a_void_quote_does_not_count_towards_the_minimum(runtime, clock, work):
    with work() as ctx:
        rulebook.publish(ctx, "320700", name="连云港市", values={"selection.below_min_second": "fail"})
    hall = ended(runtime, clock, work)
    _, _, (row,) = seen(work, hall)
    clock.set(row.due_at)
    runtime.settle()
    assert seen(work, hall)[:2] == ("failed", None)
    with work() as ctx:
        assert tenders.tender(ctx, hall.tender.id).ended_reason == "开启后有效报价不足规定家数"


@pytest.mark.long
def test_a_room_whose_quotes_are_normal_is_awarded_at_once(runtime, clock, work):
    hall = ended(runtime, clock, work, quoted=8_500_000)
    assert seen(work, hall) == ("publicity", hall.bidders[2].organisation_id, [])
