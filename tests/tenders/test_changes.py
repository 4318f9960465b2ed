"""公告变更、答疑、取消: what may change, what that does to sealed bids, who is told what, and how a tender ends."""

import pytest
from sqlalchemy import select, text

from marketplace.agencies import queries as agencies
from marketplace.budgets.errors import BudgetTooSmall
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import errors, queries, service
from marketplace.tenders.errors import changes as refusals
from marketplace.tenders.models import Bid
from marketplace.tenders.queries import changes
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_departments_tender,
    a_draft,
    a_tender,
    an_award,
    let_it_close,
    some_bidders,
)

PRICES = (7_000_000, 8_000_000, 8_100_000, 8_200_000)


@pytest.fixture
def market(work):
    """An open tender with four sealed bids."""
    buyer = a_buying_actor(work)
    tender, firms = a_tender(work, buyer), some_bidders(work, 4)
    for firm, price in zip(firms, PRICES, strict=True):
        a_bid(work, firm, tender.id, price)
    return buyer, tender, firms


def amended(work, buyer, tender, **facts):
    with work(buyer) as ctx:
        return service.amend(ctx, tender.id, **{"reason": "业主调整需求", **facts})


def confirmed(work, firm, tender, version=2):
    with work(firm) as ctx:
        return service.confirm_bid(ctx, tender.id, notice_version=version)


def now_of(work, tender):
    with work() as ctx:
        return queries.tender(ctx, tender.id)


# --- amendments -------------------------------------------------------------------------------------------------------


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


# --- questions --------------------------------------------------------------------------------------------------------


def asked(work, firm, tender, question="报告书是否包括地下水专题？"):
    with work(firm) as ctx:
        return service.ask(ctx, tender.id, question=question)


def answered(work, buyer, row, **over):
    with work(buyer) as ctx:
        return service.answer(ctx, row.id, **{"answer": "包括，见服务内容第二段。", **over})


def test_a_question_is_public_and_nobody_learns_who_asked(work, market):
    buyer, tender, firms = market
    row = asked(work, firms[0], tender)
    answered(work, buyer, row)
    with work() as ctx:
        trail = queries.trail(ctx, queries.tender(ctx, tender.id))
        said = {event.type: event for event in trail}
        assert said["tender.clarification.asked"].actor == "anonymous"
        assert said["tender.clarification.asked"].organisation is None
        dump = str([tuple(row) for row in ctx.session.execute(text("SELECT * FROM marketplace_clarification"))])
        messages = str([tuple(row) for row in ctx.session.execute(text("SELECT payload FROM marketplace_message"))])
        assert firms[0].organisation_id not in dump + messages + said["tender.clarification.asked"].body
        assert [found.answer for found in changes.clarifications(ctx, tender.id)] == ["包括，见服务内容第二段。"]


def test_a_question_that_names_its_asker_is_refused(work, market):
    _, tender, firms = market
    with work() as ctx:
        firm = agencies.agency(ctx, firms[0].organisation_id)
    for secret in (firm.name, firm.uscc.lower(), " ".join(firm.name)):
        with pytest.raises(refusals.QuestionNamesAsker):
            asked(work, firms[0], tender, f"{secret}能否参加？")


def test_questions_end_before_the_closing_and_an_amendment_moves_that_too(work, market, clock):
    buyer, tender, firms = market
    with work() as ctx:
        until = changes.clarify_until(ctx, tender)
        assert until == rulebook.add_workdays(ctx, tender.closes_at, -1)
    clock.set(until)
    with pytest.raises(refusals.QuestionsClosed):
        asked(work, firms[0], tender)
    amended(work, buyer, tender, service_workdays=30)
    assert asked(work, firms[0], tender)
    clock.set(now_of(work, tender).closes_at)
    with pytest.raises(errors.TenderNotOpen):
        asked(work, firms[0], tender)


def test_an_answer_that_changes_the_notice_needs_an_amendment_first(work, market):
    buyer, tender, firms = market
    row = asked(work, firms[0], tender)
    with pytest.raises(refusals.AnswerNeedsAmendment):
        answered(work, buyer, row, changes_notice=True)
    amended(work, buyer, tender, content="编制环境影响报告书，增加地下水专题。")
    assert answered(work, buyer, row, changes_notice=True).answered_at


def test_a_question_is_answered_once_by_its_buyer_while_the_notice_is_open(work, market, runtime, clock):
    buyer, tender, firms = market
    row, other = asked(work, firms[0], tender), asked(work, firms[1], tender)
    with pytest.raises(errors.TenderNotFound):
        answered(work, a_buying_actor(work), row)
    answered(work, buyer, row)
    with pytest.raises(refusals.AnsweredAlready):
        answered(work, buyer, row)
    let_it_close(runtime, clock, tender.id)
    with pytest.raises(errors.TenderNotOpen):
        answered(work, buyer, other)


def test_an_overdue_answer_is_said_in_public_once(work, market, runtime, clock):
    buyer, tender, firms = market
    late, done = asked(work, firms[0], tender), asked(work, firms[1], tender)
    answered(work, buyer, done)
    clock.set(late.due_at)
    runtime.settle()
    with work() as ctx:
        rows = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.clarification.overdue"))
        assert [late.id in row.body for row in rows] == [True]


# --- ends -------------------------------------------------------------------------------------------------------------


def ended(work, buyer, tender, kind):
    with work(buyer) as ctx:
        return service.cancel(ctx, tender.id, reason="公告内容有误", kind=kind)


@pytest.mark.parametrize("kind", ["void", "abandoned", "reposted"])
def test_an_open_tender_ends_in_three_kinds_and_its_bids_stay_sealed(work, market, runtime, kind):
    buyer, tender, _ = market
    found = ended(work, buyer, tender, kind)
    assert (found.stage, found.ended_kind, found.ended_reason) == ("cancelled", kind, "公告内容有误")
    with work() as ctx:
        assert queries.offers(ctx, tender.id) == []
        assert ctx.session.query(Bid).filter_by(tender_id=tender.id).count() == 4


def test_with_prices_known_a_tender_is_not_posted_anew_by_choice(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(refusals.CancelKindUnfit):
        ended(work, story.buyer, story.tender, "reposted")
    assert ended(work, story.buyer, story.tender, "void").ended_kind == "void"


def test_a_draft_is_abandoned_and_never_void(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(refusals.CancelKindUnfit):
        ended(work, buyer, draft, "void")
    assert ended(work, buyer, draft, "abandoned").stage == "cancelled"


def test_a_tender_is_reposted_once_as_a_draft_and_both_notices_name_each_other(work, market):
    buyer, tender, _ = market
    with work(buyer) as ctx:
        new = service.repost(ctx, tender.id, reason="资质条件写错")
    old = now_of(work, tender)
    assert (old.ended_kind, new.stage, new.closes_at, new.title) == ("reposted", "draft", None, tender.title)
    with work() as ctx:
        assert changes.links(ctx, old).after is None
        service.publish(ctx, new.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 5))
    with work() as ctx:
        assert changes.links(ctx, queries.tender(ctx, tender.id)).after.id == new.id
        assert changes.links(ctx, queries.tender(ctx, new.id)).before.id == tender.id
    with pytest.raises(refusals.RepostedAlready), work(buyer) as ctx:
        service.repost(ctx, tender.id, reason="再来一次")


def test_a_failed_tender_is_reposted_without_ending_it_again(work, runtime, clock):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    for _ in range(2):
        let_it_close(runtime, clock, tender.id)
    assert now_of(work, tender).stage == "failed"
    with work(buyer) as ctx:
        assert service.repost(ctx, tender.id, reason="流标后重新发布").stage == "draft"
    assert now_of(work, tender).stage == "failed"
