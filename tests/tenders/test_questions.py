"""答疑: questions are public, nobody learns who asked, and they end before the closing."""

import pytest
from sqlalchemy import select, text

from marketplace.agencies import queries as agencies
from marketplace.kernel.events import EventRow
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import errors, queries, service
from marketplace.tenders.errors import changes as refusals
from marketplace.tenders.queries import changes
from marketplace.testing.tenders import a_buying_actor, let_it_close
from tests.tenders.changing import amended, now_of


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
