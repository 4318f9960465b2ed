"""From the award to the letter: publicity, confirmation, declining, and the reserves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.agencies import service as agencies
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import WrongState
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.rulebook import queries as rulebook
from marketplace.rulebook import service as rules
from marketplace.tenders import errors, queries, service
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import letters
from marketplace.testing.tenders import (
    a_bid,
    a_budget_line,
    a_buying_actor,
    a_confirmed_award,
    a_departments_tender,
    an_award,
    let_it_close,
    some_bidders,
)


def test_an_award_is_public_for_the_days_of_the_rulebook_and_then_confirmed_by_itself(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        assert story.award.publicity_ends_at == rulebook.add_workdays(ctx, story.award.awarded_at, 3)
    clock.set(story.award.publicity_ends_at)
    runtime.settle()
    with work() as ctx:
        waiting = queries.award(ctx, story.award.id)
        assert (waiting.status, queries.tender(ctx, story.tender.id).stage) == ("pending", "confirming")
    clock.set(waiting.confirm_due_at)
    runtime.settle()
    with work() as ctx:
        done = queries.award(ctx, story.award.id)
        assert (done.status, queries.tender(ctx, story.tender.id).status) == ("active", "complete")
        assert letters.letter_by_code(ctx, done.check_code.lower().replace("-", " ")).agency


def test_a_contract_is_never_signed_later_than_the_law_has_it(work, runtime, clock):
    with work() as ctx:
        rules.publish(ctx, "320700", name="连云港市", values={"contract.sign_workdays": 60})
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        award = queries.award(ctx, story.award.id)
        assert award.sign_due_at - award.confirmed_at == timedelta(days=30)


def test_confirmation_before_the_publicity_has_ended_is_refused(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(WrongState), work(story.buyer) as ctx:
        service.confirm_award(ctx, story.award.id)


@pytest.mark.parametrize("when", ["before the publicity ends", "before the confirmation"])
def test_a_winner_suspended_meanwhile_is_not_confirmed_and_the_reserve_steps_in(work, runtime, clock, when):
    story = an_award(runtime, clock)
    clock.set(story.award.publicity_ends_at)
    if when == "before the confirmation":
        runtime.settle()
    with work() as ctx:
        until = ctx.now + timedelta(days=90)
        agencies.suspend(ctx, story.bidders[1].organisation_id, reason="处理决定", until=until)
    clock.advance(days=4)
    runtime.settle()
    with work() as ctx:
        assert queries.award(ctx, story.award.id).status == "cancelled"
        assert queries.award(ctx, story.award.id).check_code is None
        assert queries.live_award(ctx, story.tender.id).price_fen == 8_800_000


def test_confirmation_gives_the_difference_back_to_the_budget(work, runtime, clock):
    department = a_buying_actor(work, "department")
    tender = a_departments_tender(work, department, a_budget_line(work, department))
    for bidder, price in zip(some_bidders(work, 2), (8_000_000, 8_500_000), strict=True):
        a_bid(work, bidder, tender.id, price)
    let_it_close(runtime, clock, tender.id)
    clock.advance(days=20)
    runtime.settle()
    clock.advance(days=20)
    runtime.settle()
    with work() as ctx:
        assert queries.live_award(ctx, tender.id).status == "active"
        assert balances.stages(ctx, tender.encumbrance_id)["reserved"] == 8_000_000


def test_a_letter_is_found_by_its_check_code_only(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work(Actor.public()) as ctx:
        letter = letters.letter_by_code(ctx, story.award.check_code)
        assert letter.price_capital == "捌万伍仟元整"
        assert letter.path == f"/v/{story.award.check_code}"
        with pytest.raises(errors.LetterNotFound):
            letters.letter_by_code(ctx, "AAAA-BBBB-CCCC-DDDD")


@pytest.mark.parametrize("when", ["in the publicity days", "after confirmation"])
def test_a_declined_award_goes_to_the_next_reserve_and_leaves_a_mark(work, runtime, clock, when):
    story = (a_confirmed_award if when == "after confirmation" else an_award)(runtime, clock)
    with work(story.bidders[1]) as ctx:
        second = service.decline_award(ctx, story.award.id, reason="人员不足")
    with work() as ctx:
        assert (second.price_fen, queries.tender(ctx, story.tender.id).stage) == (8_800_000, "publicity")
        assert queries.award(ctx, story.award.id).status == "unsuccessful"
        event = ctx.session.scalars(select(EventRow).where(EventRow.type == "tender.award.declined")).one()
        assert story.bidders[1].organisation_id in event.body


def test_when_the_last_reserve_declines_the_tender_fails(work, runtime, clock):
    story = an_award(runtime, clock)
    order = (story.bidders[1], story.bidders[0], story.bidders[2])
    for bidder in order:
        with work(bidder) as ctx:
            service.decline_award(ctx, queries.live_award(ctx, story.tender.id).id, reason="不能承接")
    with work() as ctx:
        assert queries.tender(ctx, story.tender.id).stage == "failed"
        assert queries.live_award(ctx, story.tender.id) is None


def test_a_reserve_that_was_suspended_meanwhile_is_passed_over(work, runtime, clock):
    story = an_award(runtime, clock)
    with work() as ctx:
        until = ctx.now + timedelta(days=90)
        agencies.suspend(ctx, story.bidders[0].organisation_id, reason="处理决定", until=until)
    with work(story.bidders[1]) as ctx:
        second = service.decline_award(ctx, story.award.id, reason="不能承接")
    assert second.agency_id == story.bidders[2].organisation_id


def test_an_award_with_a_contract_in_force_is_not_declined(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        service.mark_signed(ctx, story.award.id)
    with pytest.raises(errors.ContractInForce), work(story.bidders[1]) as ctx:
        service.decline_award(ctx, story.award.id, reason="反悔")


def test_a_winner_who_does_not_sign_in_time_makes_room_for_the_reserve(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with pytest.raises(errors.SigningNotOverdue), work(story.buyer) as ctx:
        service.lapse_award(ctx, story.award.id)
    with pytest.raises(errors.TenderNotFound), work(a_buying_actor(work)) as ctx:
        service.lapse_award(ctx, story.award.id)
    with work() as ctx:
        clock.set(queries.award(ctx, story.award.id).sign_due_at)
    with work(story.buyer) as ctx:
        second = service.lapse_award(ctx, story.award.id)
    with work() as ctx:
        assert (second.price_fen, queries.tender(ctx, story.tender.id).stage) == (8_800_000, "publicity")
        assert queries.award(ctx, story.award.id).status == "unsuccessful"


def test_a_signed_award_does_not_lapse(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        service.mark_signed(ctx, story.award.id)
        clock.set(queries.award(ctx, story.award.id).sign_due_at)
    with pytest.raises(errors.ContractInForce), work(story.buyer) as ctx:
        service.lapse_award(ctx, story.award.id)


def test_only_the_winner_accepts(work, runtime, clock):
    story = an_award(runtime, clock)
    with pytest.raises(errors.AwardNotYours), work(story.bidders[0]) as ctx:
        service.accept_award(ctx, story.award.id)
    with work(story.bidders[1]) as ctx:
        assert service.accept_award(ctx, story.award.id).accepted_at == clock()


def test_a_timer_that_runs_again_changes_nothing(work, runtime, clock):
    story = a_confirmed_award(runtime, clock)
    with work() as ctx:
        for kind, subject in (
            ("tender.close", story.tender.id),
            ("award.publicity_ends", story.award.id),
            ("award.confirm", story.award.id),
        ):
            runtime.handlers[kind](ctx, subject)
    with work() as ctx:
        after = queries.award(ctx, story.award.id)
        assert (after.check_code, after.confirmed_at) == (story.award.check_code, story.award.confirmed_at)
        assert len(list(ctx.session.scalars(select(Tender)))) == 1
