"""Posting a notice: what it must carry, what the rulebook refuses, and the budget that it reserves."""

from datetime import timedelta

import pytest

from marketplace.budgets.errors import BudgetTooSmall
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.tenders import errors, queries, service
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_departments_tender,
    a_draft,
    a_tender,
    some_bidders,
)


def test_a_published_notice_is_open_and_carries_its_rules_key_and_commitments(work):
    tender = a_tender(work)
    with work() as ctx:
        assert (tender.status, tender.stage) == ("active", "open")
        assert tender.ruleset_id == rulebook.rules_at(ctx, "320700", ctx.now).id
        assert len(bytes.fromhex(tender.envelope_key)) == 32
        assert set(selection.commitments(ctx, tender.id)) == {"operator", "regulator"}


@pytest.mark.parametrize(
    ("facts", "error", "field"),
    [
        ({"conditions": "须在本地设有分支机构"}, errors.ConditionForbidden, "conditions"),
        ({"content": "仅限本市企业参加"}, errors.ConditionForbidden, "content"),
        ({"payer": "department"}, errors.PayerNotYours, "payer"),
        ({"government_commissioned": True}, errors.GovernmentMustPay, "payer"),
        ({"method": "random"}, errors.FixedPriceUnfit, "fixed_price_fen"),
        ({"fixed_price_fen": 100}, errors.FixedPriceUnfit, "fixed_price_fen"),
        ({"method": "direct", "direct_reason": "延续服务"}, errors.FactsMissing, "direct_agency_id"),
        ({"method": "direct", "ceiling_fen": 10_000_001}, errors.DirectAboveLimit, "ceiling_fen"),
        ({"method": "direct"}, errors.ReasonMissing, "direct_reason"),
        ({"urgent": True}, errors.ReasonMissing, "urgent_reason"),
        ({"project_code": "2026-1"}, errors.ProjectCodeInvalid, "project_code"),
        ({"closes_at": None}, errors.FactsMissing, "closes_at"),
        ({"item_code": "ZJ-99"}, Exception, "item_code"),
        ({"method": "highest"}, Exception, "method"),
        ({"avoidances": [{"uscc": "1", "reason": "同一法人"}]}, Exception, "avoidances"),
    ],
)
def test_a_notice_that_breaks_a_rule_is_refused_at_its_field(work, facts, error, field):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, **facts)
    with pytest.raises(error) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert refused.value.field == field
    with work(buyer) as ctx:
        assert refused.value.code in {problem.code for problem in service.check(ctx, draft.id)}


def test_a_forbidden_condition_is_shown_with_its_phrase_and_a_remedy(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, conditions="投标人须为市环保产业协会会员单位。")
    with pytest.raises(errors.ConditionForbidden) as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id)
    assert "协会会员" in refused.value.text
    assert "会员资格" in refused.value.advise()


def test_closing_before_the_least_working_days_is_refused(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(errors.ClosingTooEarly), work(buyer) as ctx:
        service.publish(ctx, draft.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 3) - timedelta(seconds=1))
    with work(buyer) as ctx:
        assert service.publish(ctx, draft.id, closes_at=rulebook.add_workdays(ctx, ctx.now, 3)).stage == "open"


def test_an_urgent_notice_with_a_reason_may_close_sooner(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer, urgent=True, urgent_reason="汛期前须完成论证")
    with work(buyer) as ctx:
        closes_at = rulebook.add_workdays(ctx, ctx.now, 1)
        assert service.publish(ctx, draft.id, closes_at=closes_at).closes_at == closes_at


def test_a_closing_beyond_the_calendar_is_refused(work):
    buyer = a_buying_actor(work)
    draft = a_draft(work, buyer)
    with pytest.raises(Exception, match="calendar") as refused, work(buyer) as ctx:
        service.publish(ctx, draft.id, closes_at=ctx.now + timedelta(days=4000))
    assert refused.value.field == "closes_at"


def test_government_commissioned_work_is_never_given_directly(work):
    department = a_buying_actor(work, "department")
    line = a_budget_line(work, department)
    with pytest.raises(errors.GovernmentMustCompete):
        a_departments_tender(work, department, line, method="direct")


def test_posting_reserves_the_ceiling_on_the_budget_line(work):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    with work() as ctx:
        assert balances.stages(ctx, tender.encumbrance_id)["reserved"] == tender.ceiling_fen


def test_a_ceiling_above_the_budget_is_refused(work):
    department = a_buying_actor(work, "department")
    line = a_budget_line(work, department, amount_fen=8_999_999)
    with pytest.raises(BudgetTooSmall):
        a_departments_tender(work, department, line)


def test_another_departments_line_is_refused(work):
    department, other = a_buying_actor(work, "department"), a_buying_actor(work, "department")
    line = a_budget_line(work, other)
    with pytest.raises(errors.BudgetLineNotYours):
        a_departments_tender(work, department, line)


def test_a_department_without_a_line_cannot_post(work):
    department = a_buying_actor(work, "department")
    with pytest.raises(errors.BudgetLineMissing):
        a_departments_tender(work, department, None)


def test_somebody_elses_draft_is_not_found(work):
    draft = a_draft(work, a_buying_actor(work))
    with pytest.raises(errors.TenderNotFound), work(a_buying_actor(work)) as ctx:
        service.publish(ctx, draft.id)


def test_a_published_notice_is_not_revised(work):
    buyer = a_buying_actor(work)
    tender = a_tender(work, buyer)
    with pytest.raises(WrongState), work(buyer) as ctx:
        service.revise(ctx, tender.id, title="另一个项目")


def test_cancelling_frees_the_budget_and_leaves_bids_sealed(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    a_bid(work, some_bidders(work, 1)[0], tender.id, 100)
    with work(department) as ctx:
        service.cancel(ctx, tender.id, reason="项目取消")
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.tender(ctx, tender.id).status == "cancelled"
        assert sum(balances.stages(ctx, tender.encumbrance_id).values()) == 0
        assert queries.offers(ctx, tender.id) == []
