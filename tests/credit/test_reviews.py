"""Reviews: who may rate, until when, what silence counts, replies and blocked words."""

from datetime import timedelta
from typing import Any

import pytest

from marketplace.agencies import queries as agencies
from marketplace.contracts import service as contracts
from marketplace.contracts.errors import ContractNotFound
from marketplace.credit import errors, queries, service
from marketplace.credit.models import Silence
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.rulebook.queries import add_workdays
from marketplace.testing.contracts import Parties, Work, a_contract, a_finished_contract, deliver, parts_of
from marketplace.testing.credit import a_review, an_incident
from marketplace.testing.identity import a_member
from tests.credit.asking import grade, of_type, window


def test_a_review_grades_the_agency_at_once(work: Work, parties: Parties) -> None:
    a_review(work, parties, each=4)
    found = grade(work, parties.agency_id)
    assert (found.points, found.stars, found.is_new) == (9000, 5, False)
    with work() as ctx:
        agency = agencies.agency(ctx, parties.agency_id)
        assert (agency.score_points, agency.stars, agency.is_new) == (9000, 5, False)


def test_a_grade_change_records_before_and_after(work: Work, parties: Parties) -> None:
    a_review(work, parties, each=4)
    an_incident(work, parties.agency_id)
    with work() as ctx:
        rows = ctx.session.query(EventRow).filter_by(type="credit.grade.changed").all()
    bodies = "".join(row.body for row in rows)
    assert '"before_points":9000' in bodies
    assert '"after_points":8500' in bodies


def test_a_contract_is_reviewed_once(work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    a_review(work, parties, contract)
    with pytest.raises(errors.AlreadyReviewed):
        a_review(work, parties, contract)


def test_unfinished_work_is_not_reviewed(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.ReviewNotOpen):
        a_review(work, parties, a_contract(work, parties))


def test_the_window_closes_to_the_second(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract))
    with pytest.raises(errors.ReviewWindowClosed):
        a_review(work, parties, contract)


def test_the_last_second_of_the_window_is_open(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract) - timedelta(seconds=1))
    assert a_review(work, parties, contract).state == "counted"


@pytest.mark.parametrize("mark", [0, 6, -1])
def test_a_mark_outside_the_scale_is_refused_at_its_field(work: Work, parties: Parties, mark: int) -> None:
    with pytest.raises(errors.MarkOutOfRange) as refused:
        a_review(work, parties, attitude=mark)
    assert refused.value.field == "attitude"


def test_another_buyer_does_not_review(work: Work, parties: Parties) -> None:
    contract = a_finished_contract(work, parties)
    with work() as ctx:
        stranger = a_member(ctx)
    with pytest.raises(ContractNotFound), work(stranger) as ctx:
        service.review(ctx, contract.id, quality=5, time=5, attitude=5, charge=5, conformity=5)


def test_silence_is_counted_and_never_a_good_mark(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    contract = a_finished_contract(work, parties)
    clock.set(window(contract))
    runtime.settle()
    with work() as ctx:
        assert ctx.session.get(Silence, contract.id) is not None
        assert queries.figures(ctx, parties.agency_id).silent_percent == 100
        assert queries.facts_of(ctx, parties.agency_id).reviews == ()
        assert queries.grade_of(ctx, parties.agency_id) is None


def test_a_written_review_is_not_silence(work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock) -> None:
    contract = a_finished_contract(work, parties)
    a_review(work, parties, contract)
    clock.set(window(contract))
    runtime.settle()
    with work() as ctx:
        assert queries.figures(ctx).silent == 0


def test_good_work_in_time_earns_praise_and_late_work_does_not(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    a_review(work, parties, each=5)
    contract = a_contract(work, parties_again(work, parties), 10_000)
    part = parts_of(work, contract)[0]
    clock.set(part.due_at)
    runtime.settle()
    deliver(work, parties, part.id)
    with work(parties.buyer) as ctx:
        contracts.accept(ctx, part.id)
    a_review(work, parties, contract, each=5)
    with work() as ctx:
        kinds = sorted(row.kind for row in ctx.session.scalars(queries.entries(parties.agency_id)))
    assert kinds == ["late", "on_time"]


def parties_again(work: Work, parties: Parties) -> Any:
    from dataclasses import replace

    from marketplace.testing.contracts import another_award

    with work() as ctx:
        return replace(parties, award_id=another_award(ctx, parties.buyer.organisation_id or "", parties.agency_id))


def test_the_agency_replies_once(work: Work, parties: Parties) -> None:
    found = a_review(work, parties)
    with work(parties.agency) as ctx:
        assert service.reply(ctx, found.id, text="感谢认可").replied_at == ctx.now
    with pytest.raises(errors.AlreadyAnswered), work(parties.agency) as ctx:
        service.reply(ctx, found.id, text="再次感谢")


def test_a_reply_has_its_working_days(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    found = a_review(work, parties)
    with work() as ctx:
        assert found.reply_due_at == add_workdays(ctx, ctx.now, 5)
    clock.set(found.reply_due_at)
    with pytest.raises(errors.ReplyWindowClosed), work(parties.agency) as ctx:
        service.reply(ctx, found.id, text="迟到的回应")


def test_another_agency_does_not_find_the_review(work: Work, parties: Parties) -> None:
    found = a_review(work, parties)
    with work() as ctx:
        stranger = a_member(ctx, "agency")
    with pytest.raises(errors.ReviewNotFound), work(stranger) as ctx:
        service.reply(ctx, found.id, text="与我无关")


def test_words_are_blocked_only_for_a_listed_reason_and_the_marks_still_count(
    work: Work, parties: Parties, authority: Actor
) -> None:
    found = a_review(work, parties, each=2, comment="联系电话13900000000")
    with pytest.raises(errors.BlockReasonUnknown), work(authority) as ctx:
        service.block(ctx, found.id, reason="评分过低")
    with work(authority) as ctx:
        service.block(ctx, found.id, reason="personal_data")
    with work() as ctx:
        assert queries.figures(ctx).blocked == 1
        assert of_type(ctx, "credit.review.blocked") == 1
        assert service.regrade(ctx, parties.agency_id).points == 7000
