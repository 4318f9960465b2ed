"""A buyer that does not answer an objection holds nothing up for ever: the department decides, or the award goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace import migrate
from marketplace.kernel.outbox import Message
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook import service as rules
from marketplace.supervision import service as supervision
from marketplace.tenders import queries, service
from marketplace.tenders.errors import ObjectionDecidedAlready
from marketplace.tenders.errors.objections import ObjectionAtDepartment
from marketplace.testing.identity import a_colleague
from marketplace.testing.plugin import engine_of
from marketplace.testing.supervision import a_regulator
from marketplace.testing.tenders import an_award


def objected(runtime, clock, work, silence=""):
    """An award against which the first bidder objected and whose buyer never answered."""
    if silence:
        with work() as ctx:
            rules.publish(ctx, "320700", name="连云港市", values={"objection.silence": silence})
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="中选机构项目负责人不具备资格")
    clock.set(row_of(work, story).reply_due_at - timedelta(seconds=1))
    runtime.settle()
    assert row_of(work, story).silent_at is None
    clock.advance(seconds=1)
    runtime.settle()
    return story


def row_of(work, story):
    with work() as ctx:
        (row,) = queries.objections(ctx, story.tender.id)
        return row


def now_at(work, story):
    """The stage, the state of the objection, and the price of the award that stands."""
    status = row_of(work, story).status
    with work() as ctx:
        award = queries.live_award(ctx, story.tender.id)
        return queries.tender(ctx, story.tender.id).stage, status, award.price_fen


def said(work, story, kind):
    with work() as ctx:
        rows = queries.trail(ctx, queries.tender(ctx, story.tender.id))
        return [row for row in rows if row.type == f"tender.objection.{kind}"]


def complain(work, story, who=0):
    with work(story.bidders[who]) as ctx:
        facts = {
            "category": "process",
            "text": "业主逾期未答复异议",
            "complainant_name": "赵海燕",
            "phone": "13851234567",
        }
        return supervision.complain(ctx, about_kind="award", about_number=story.tender.number, **facts)


def test_silence_is_public_reminds_and_opens_the_way_to_the_department(runtime, clock, work):
    story = objected(runtime, clock, work)
    assert now_at(work, story) == ("objected", "pending", 8_500_000)
    row = row_of(work, story)
    with work() as ctx:
        assert row.waits_until == rulebook.add_workdays(ctx, clock(), 15)
        sent = ctx.session.scalars(select(Message).where(Message.topic == "tender.objection_overdue")).all()
    assert [(one.payload["objection_id"], one.payload["what"]) for one in sent] == [(row.id, "reply")]
    assert len(said(work, story, "unanswered")) == 1


@pytest.mark.long
def test_without_a_complaint_the_award_goes_on_for_what_was_left_of_its_publicity(runtime, clock, work):
    story = objected(runtime, clock, work)
    clock.set(row_of(work, story).waits_until)
    runtime.settle()
    assert now_at(work, story) == ("publicity", "lapsed", 8_500_000)
    with work() as ctx:
        award = queries.award(ctx, story.award.id)
        assert award.publicity_ends_at - clock() == story.award.publicity_ends_at - story.award.awarded_at
    clock.set(award.publicity_ends_at)
    runtime.settle()
    assert now_at(work, story)[0] == "confirming"


@pytest.mark.parametrize(
    ("upheld", "end"),
    [
        (True, ("publicity", "upheld", 8_800_000)),
        pytest.param(False, ("publicity", "dismissed", 8_500_000), marks=pytest.mark.long),
    ],
)
def test_a_complaint_takes_it_to_the_department_whose_decision_settles_it(upheld, end, runtime, clock, work):
    story = objected(runtime, clock, work)
    filed = complain(work, story)
    row = row_of(work, story)
    with work() as ctx:
        assert row.waits_until == rulebook.add_workdays(ctx, clock(), 30)
    with pytest.raises(ObjectionAtDepartment), work(story.buyer) as ctx:
        service.decide_objection(ctx, row.id, upheld=False, reply="迟来的答复")
    clock.advance(days=25)
    runtime.settle()
    assert now_at(work, story)[0] == "objected"
    with work() as ctx:
        regulator = a_regulator(ctx)
    with work(regulator) as ctx:
        supervision.accept(ctx, filed.id)
        supervision.decide(ctx, filed.id, upheld=upheld, decision="经核查作出处理决定")
    assert now_at(work, story) == end


@pytest.mark.long
def test_a_complaint_that_is_not_accepted_lets_the_award_go_on(runtime, clock, work):
    story = objected(runtime, clock, work)
    filed = complain(work, story)
    with work() as ctx:
        supervision.refuse(ctx, filed.id, reason="不属于受理范围")
    assert now_at(work, story) == ("publicity", "dismissed", 8_500_000)


def test_a_department_that_stays_silent_holds_the_award_no_longer_than_its_time(runtime, clock, work):
    story = objected(runtime, clock, work)
    earlier = row_of(work, story).waits_until
    filed = complain(work, story)
    clock.set(earlier)
    runtime.settle()
    assert now_at(work, story)[:2] == ("objected", "pending")
    clock.set(row_of(work, story).waits_until)
    runtime.settle()
    assert now_at(work, story) == ("publicity", "lapsed", 8_500_000)
    assert len(said(work, story, "undecided")) == 1
    with work() as ctx:
        supervision.accept(ctx, filed.id)
        supervision.decide(ctx, filed.id, upheld=True, decision="经核查属实")
    assert now_at(work, story) == ("publicity", "upheld", 8_800_000)


def test_others_and_complaints_that_come_too_late_take_nothing_to_the_department(runtime, clock, work):
    story = objected(runtime, clock, work)
    complain(work, story, who=2)
    assert row_of(work, story).complaint == ""
    clock.set(row_of(work, story).waits_until)
    complain(work, story)
    assert row_of(work, story).complaint == ""


@pytest.mark.long
@pytest.mark.parametrize(
    ("silence", "end"),
    [
        ("dismiss", ("publicity", "dismissed", 8_500_000)),
        ("uphold", ("publicity", "upheld", 8_800_000)),
    ],
)
def test_the_rulebook_may_say_that_silence_decides(silence, end, runtime, clock, work):
    assert now_at(work, objected(runtime, clock, work, silence)) == end


@pytest.mark.long
def test_a_late_answer_counts_until_the_department_has_it_and_stops_every_clock(runtime, clock, work):
    story = objected(runtime, clock, work)
    row = row_of(work, story)
    with work(story.buyer) as ctx:
        service.decide_objection(ctx, row.id, upheld=False, reply="经核查，负责人证书有效")
    clock.set(row.waits_until)
    runtime.settle()
    assert row_of(work, story).status == "dismissed"
    assert len(said(work, story, "decided")) == 1
    with pytest.raises(ObjectionDecidedAlready), work(story.buyer) as ctx:
        service.decide_objection(ctx, row.id, upheld=True, reply="反悔")


@pytest.mark.once
def test_everybody_sees_where_an_unanswered_objection_stands_and_whose_turn_it_is(
    runtime, clock, work, client, sign_in
):
    story = objected(runtime, clock, work)
    with work() as ctx:
        a_regulator(ctx, username="jianguan")
        a_colleague(ctx, story.bidders[0].organisation_id, username="yiyi")
    award, address = f"/awards/{story.tender.number}", f"/objections/{row_of(work, story).id}"
    for page in (award, f"/tenders/{story.tender.number}"):
        assert "登录后就本项目向主管部门投诉" in client.get(page).text
    assert f'href="{award}"' in sign_in(client, "yiyi").get("/desk").text
    desk = sign_in(client, "jianguan").get("/desk").text
    assert "业主逾期未答复的异议" in desk
    assert f'href="{address}"' in desk
    assert "答复期限已过" in client.get(address).text
    complain(work, story)
    assert "异议机构已投诉" in client.get(award).text
    assert "&lt;" not in client.get(award).text
    assert '<form method="post" action="/objections' not in client.get(address).text
    assert "由主管部门处理" in client.get(address).text


@pytest.mark.long
def test_an_objection_from_before_there_was_a_clock_gets_its_promise_by_the_migration(app, runtime, clock, work):
    story = an_award(runtime, clock)
    with work(story.bidders[0]) as ctx:
        service.object_to_award(ctx, story.award.id, grounds="中选机构项目负责人不具备资格")
    row, engine = row_of(work, story), engine_of(app)
    migrate.downgrade(engine, "0028")
    migrate.upgrade(engine)
    clock.set(row.reply_due_at)
    runtime.settle()
    assert row_of(work, story).silent_at == row.reply_due_at
