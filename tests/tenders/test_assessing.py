"""Assessors: seats, declarations, points, and what their weights decide."""

import pytest

from marketplace.kernel.errors import NotPermitted
from marketplace.selection.errors import RankingNotFound
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ranking import verify_ranking
from marketplace.tenders import queries, service
from marketplace.tenders.errors import ReasonMissing, weighing
from marketplace.tenders.queries import asking
from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague, a_member
from marketplace.testing.tenders import a_buying_actor, a_tender
from tests.tenders.weighing import WEIGHTS, a_contest, assessors, offers_of, record_of, stage_of, winner_of


def score(work, seat, tender, by_price):
    with work(seat) as ctx:
        service.declare(ctx, tender.id)
        points = {offer.id: by_price[offer.price_fen] for offer in queries.offers(ctx, tender.id)}
        service.give_points(ctx, tender.id, points=points)


def test_the_better_plan_wins_when_the_weights_say_so_and_the_sheets_are_published(work, runtime, clock):
    tender, _, bidders, seats = a_contest(work, runtime, clock)
    assert stage_of(work, tender) == "scoring"
    for seat, points in zip(seats, (90, 95, 91), strict=True):
        score(work, seat, tender, {8_000_000: 40, 8_100_000: 40, 8_200_000: points})
        runtime.settle()
    assert winner_of(work, tender) == bidders[2].organisation_id
    record = record_of(work, tender)
    assert verify_ranking(record, BUILTINS) == []
    assert [sheet["name"] for sheet in record["assessors"]] == ["李晓梅"] * 3
    assert record["order"][0]["numbers"]["plan"] == 9_200


def test_nothing_is_ranked_before_the_last_assessor_has_scored(work, runtime, clock):
    tender, _, _, seats = a_contest(work, runtime, clock)
    for seat in seats[:2]:
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 50))
    runtime.settle()
    assert stage_of(work, tender) == "scoring"
    with work() as ctx, pytest.raises(RankingNotFound):
        asking.ranking_record(ctx, queries.tender(ctx, tender.id))


def test_without_enough_scores_in_time_the_tender_fails(work, runtime, clock):
    tender, _, _, seats = a_contest(work, runtime, clock)
    for seat in seats[:2]:
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 50))
    clock.advance(days=14)
    runtime.settle()
    assert stage_of(work, tender) == "failed"


def test_a_conflict_gives_the_seat_up_and_the_buyer_fills_it_with_a_reason(work, runtime, clock):
    tender, buyer, _, seats = a_contest(work, runtime, clock)
    with work(seats[0]) as ctx:
        recused = service.declare(ctx, tender.id, conflict="曾在报价机构任职")
    with pytest.raises(weighing.AssessorDone), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points={})
    with work() as ctx:
        other = a_member(ctx, "authority", "assessor", username="pingshen9")
    with pytest.raises(ReasonMissing), work(buyer) as ctx:
        service.replace_assessor(ctx, tender.id, recused.id, username="pingshen9", reason="")
    with work(buyer) as ctx:
        service.replace_assessor(ctx, tender.id, recused.id, username="pingshen9", reason="原评审人员回避")
    for seat in (seats[1], seats[2], other):
        score(work, seat, tender, dict.fromkeys((8_000_000, 8_100_000, 8_200_000), 70))
    runtime.settle()
    assert stage_of(work, tender) == "publicity"


def test_points_come_after_the_declaration_are_complete_within_bounds_and_final(work, runtime, clock):
    tender, buyer, _, seats = a_contest(work, runtime, clock)
    ids = [offer.id for offer in offers_of(work, tender)]
    with pytest.raises(weighing.ConflictNotDeclared), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 1))
    with work(seats[0]) as ctx:
        service.declare(ctx, tender.id)
    for points in (dict.fromkeys(ids[1:], 1), dict.fromkeys(ids, 101), dict.fromkeys(ids, -1)):
        with pytest.raises(weighing.PointsUnfit), work(seats[0]) as ctx:
            service.give_points(ctx, tender.id, points=points)
    with work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 100))
    with pytest.raises(weighing.AssessorDone), work(seats[0]) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 0))
    with pytest.raises(NotPermitted), work(buyer) as ctx:
        service.give_points(ctx, tender.id, points=dict.fromkeys(ids, 0))
    with work() as ctx:
        stranger = a_member(ctx, "authority", "assessor")
    with pytest.raises(weighing.AssessorNotAsked), work(stranger) as ctx:
        service.declare(ctx, tender.id)


def test_nobody_of_an_agency_assesses(work):
    with work() as ctx:
        firm = an_agency(ctx)
        a_colleague(ctx, firm.id, username="jigouren")
    assessors(work, 2)
    buyer = a_buying_actor(work)
    with pytest.raises(weighing.AssessorUnknown):
        a_tender(
            work,
            buyer,
            method="merit",
            method_params={"weights": WEIGHTS},
            assessors=["pingshen0", "pingshen1", "jigouren"],
        )
