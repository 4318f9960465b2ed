"""公告变更: what may change, what that does to sealed bids and to the budget."""

import pytest
from sqlalchemy import select

from marketplace.budgets.errors import BudgetTooSmall
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import errors, queries
from marketplace.tenders.errors import changes as refusals
from marketplace.tenders.models import Bid
from marketplace.tenders.queries import changes
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_departments_tender,
    a_tender,
    let_it_close,
    some_bidders,
)
from tests.tenders.changing import PRICES, amended, confirmed, now_of


def test_an_amendment_is_published_with_reason_and_difference_and_gives_more_time(work, market):
    buyer, tender, _ = market
    row = amended(work, buyer, tender, service_workdays=30, title="港口扩建工程环境影响报告书编制（调整）")
    assert row.changes == [
        {"field": "title", "before": tender.title, "after": "港口扩建工程环境影响报告书编制（调整）"},
        {"field": "closes_at", "before": tender.closes_at.isoformat(), "after": row.closes_at.isoformat()},
        {"field": "service_workdays", "before": 20, "after": 30},
    ]
    with work() as ctx:
        days = rulebook.rules_of(ctx, tender.ruleset_id)["posting.change_extends_workdays"]
        assert row.closes_at == rulebook.add_workdays(ctx, tender.closes_at, days)
        assert "tender.notice.amended" in {event.type for event in queries.trail(ctx, queries.tender(ctx, tender.id))}
        assert [found.id for found in queries.page_of_notices(ctx, text="调整").items] == [tender.id]
        assert [found.id for found in queries.page_of_notices(ctx, text="连云港").items] == []
    assert (row.version, row.effect) == (2, "confirm")


def test_a_change_of_name_alone_takes_no_time_and_leaves_bids_as_they_are(work, market, runtime, clock):
    buyer, tender, _ = market
    row = amended(work, buyer, tender, title="港口扩建工程环评报告书编制")
    assert (row.effect, row.closes_at) == ("keep", tender.closes_at)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert len(queries.offers(ctx, tender.id)) == 4


def test_only_confirmed_bids_count_and_the_others_stay_shut(work, market, runtime, clock):
    buyer, tender, firms = market
    amended(work, buyer, tender, service_workdays=30)
    for firm in firms[1:]:
        confirmed(work, firm, tender)
    let_it_close(runtime, clock, tender.id)
    with work() as ctx:
        assert [offer.price_fen for offer in queries.offers(ctx, tender.id)] == list(PRICES[1:])
        assert queries.live_award(ctx, tender.id).agency_id == firms[1].organisation_id
        shut = changes.uncounted(ctx, firms[0].organisation_id)
        assert [(row.tender.id, row.bid.notice_version) for row in shut] == [(tender.id, 1)]
        assert changes.uncounted(ctx, firms[1].organisation_id) == []
        logged = [row for row in queries.trail(ctx, queries.tender(ctx, tender.id)) if "not_counted" in row.type]
        assert shut[0].bid.digest in logged[0].body


def test_without_a_confirmation_nobody_has_bid(work, market, runtime, clock):
    buyer, tender, _ = market
    amended(work, buyer, tender, content="编制环境影响报告书，增加地下水专题。")
    assert let_it_close(runtime, clock, tender.id).extensions == 1


def test_a_bid_is_confirmed_once_and_only_for_the_notice_that_was_read(work, market):
    buyer, tender, firms = market
    with pytest.raises(refusals.NothingToConfirm):
        confirmed(work, firms[0], tender, version=1)
    amended(work, buyer, tender, service_workdays=30)
    with pytest.raises(refusals.NoticeChanged):
        confirmed(work, firms[0], tender, version=1)
    receipt = confirmed(work, firms[0], tender)
    assert (receipt["kind"], receipt["event"]["actor"]) == ("tender.bid.confirmed", "sealed")
    with pytest.raises(refusals.NothingToConfirm):
        confirmed(work, firms[0], tender)
    with pytest.raises(errors.BidNotFound):
        confirmed(work, some_bidders(work, 1)[0], tender)


def test_a_changed_price_voids_what_is_in_the_envelopes(work, runtime, clock):
    buyer, firms = a_buying_actor(work), some_bidders(work, 2)
    tender = a_tender(work, buyer, method="random", fixed_price_fen=8_000_000)
    first = a_bid(work, firms[0], tender.id, 8_000_000)["digest"]
    assert amended(work, buyer, tender, fixed_price_fen=7_500_000).effect == "invalidate"
    with pytest.raises(refusals.BidInvalidated):
        confirmed(work, firms[0], tender)
    a_bid(work, firms[0], tender.id, 7_500_000, replaces=first, notice_version=2)
    with work() as ctx:
        assert ctx.session.scalar(select(Bid.notice_version).where(Bid.tender_id == tender.id)) == 2


def test_a_later_change_that_needs_confirmation_does_not_revive_a_void_bid(work):
    buyer, firm = a_buying_actor(work), some_bidders(work, 1)[0]
    tender = a_tender(work, buyer, method="random", fixed_price_fen=8_000_000)
    a_bid(work, firm, tender.id, 8_000_000)
    amended(work, buyer, tender, fixed_price_fen=7_500_000)
    amended(work, buyer, tender, service_workdays=25)
    with pytest.raises(refusals.BidInvalidated):
        confirmed(work, firm, tender, version=3)


def test_a_change_of_method_makes_the_commitments_that_it_needs(work):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    amended(work, buyer, tender, method="random", fixed_price_fen=8_000_000)
    assert now_of(work, tender).method == "random"


def test_a_bid_for_the_notice_as_it_was_is_refused(work, market):
    buyer, tender, _ = market
    amended(work, buyer, tender, service_workdays=30)
    late = some_bidders(work, 1)[0]
    with pytest.raises(refusals.NoticeChanged):
        a_bid(work, late, tender.id, 6_000_000)
    assert a_bid(work, late, tender.id, 6_000_000, notice_version=2)


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"reason": " "}, errors.ReasonMissing, "reason"),
        ({"title": "连云港港口扩建工程环境影响报告书编制"}, refusals.NothingChanges, None),
        ({"item_code": "ZJ-02"}, refusals.ChangeNotAllowed, "item_code"),
        ({"method": "direct"}, refusals.ChangeNotAllowed, "method"),
        ({"conditions": "须在本地设有分支机构"}, errors.ConditionForbidden, "conditions"),
        ({"method": "random"}, errors.FixedPriceUnfit, "fixed_price_fen"),
        ({"title": " "}, errors.FactsMissing, "title"),
    ],
)
def test_a_change_that_may_not_be_is_refused_and_nothing_changes(work, market, facts, error, field):
    buyer, tender, _ = market
    with pytest.raises(error) as refused:
        amended(work, buyer, tender, **facts)
    assert refused.value.field == field
    assert (now_of(work, tender).notice_version, now_of(work, tender).title) == (1, tender.title)


def test_the_closing_is_never_brought_forward(work, market, clock):
    buyer, tender, _ = market
    with work() as ctx:
        sooner = rulebook.add_workdays(ctx, tender.closes_at, -1)
        hardly = rulebook.add_workdays(ctx, tender.closes_at, 1)
        later = rulebook.add_workdays(ctx, tender.closes_at, 9)
    with pytest.raises(refusals.ClosingBroughtForward):
        amended(work, buyer, tender, closes_at=sooner)
    with pytest.raises(refusals.ClosingBroughtForward):
        amended(work, buyer, tender, closes_at=hardly, service_workdays=30)
    assert amended(work, buyer, tender, closes_at=later).effect == "keep"
    clock.set(later)
    with pytest.raises(errors.TenderNotOpen):
        amended(work, buyer, tender, title="迟到的变更")


def test_the_reservation_follows_the_ceiling_or_nothing_happens(work):
    department = a_buying_actor(work, "department")
    line = a_budget_line(work, department, amount_fen=10_000_000)
    tender = a_departments_tender(work, department, line)
    amended(work, department, tender, ceiling_fen=9_500_000)
    now = now_of(work, tender)
    with work() as ctx:
        assert balances.stages(ctx, now.encumbrance_id)["reserved"] == 9_500_000
        assert balances.stages(ctx, tender.encumbrance_id)["reserved"] == 0
    with pytest.raises(BudgetTooSmall):
        amended(work, department, tender, ceiling_fen=10_000_001)
    with work() as ctx:
        assert balances.stages(ctx, now.encumbrance_id)["reserved"] == 9_500_000


def test_nobody_amends_a_closed_or_somebody_elses_notice(work, market, runtime, clock):
    buyer, tender, _ = market
    with pytest.raises(errors.TenderNotFound):
        amended(work, a_buying_actor(work), tender, service_workdays=30)
    let_it_close(runtime, clock, tender.id)
    with pytest.raises(WrongState):
        amended(work, buyer, tender, service_workdays=30)
