"""Drawing up a contract: what it takes from the award, and who may."""

import pytest

from marketplace.contracts import errors, queries, service
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import NotPermitted
from marketplace.tenders.models import Award
from marketplace.testing.contracts import PRICE_FEN, Parties, Work, a_draft, a_plan, another_award, parts_of
from marketplace.testing.identity import a_member


def test_a_draft_takes_its_amount_and_parties_from_the_award(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties)
    assert (draft.amount_fen, draft.status, draft.agency_id) == (PRICE_FEN, "pending", parties.agency_id)
    assert draft.number.startswith("HT-2026-")


def test_milestones_add_up_to_the_amount_to_the_fen(work: Work, parties: Parties) -> None:
    draft = a_draft(work, parties, 3333, 3333, 3334)
    assert sum(part.amount_fen for part in parts_of(work, draft)) == PRICE_FEN


def test_another_amount_than_the_award_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.AmountDiffers) as refused:
        a_draft(work, parties, amount_fen=PRICE_FEN - 1)
    assert refused.value.field == "amount_fen"


def test_the_agency_does_not_draw_up(work: Work, parties: Parties) -> None:
    with pytest.raises(NotPermitted), work(parties.agency) as ctx:
        service.draw_up(
            ctx,
            parties.award_id,
            content="",
            starts_on=shanghai_date(ctx.now),
            ends_on=shanghai_date(ctx.now),
            milestones=[],
        )


def test_another_buyer_sees_no_such_contract(work: Work, parties: Parties) -> None:
    with work() as ctx:
        stranger = a_member(ctx)
    draft = a_draft(work, parties)
    with pytest.raises(errors.ContractNotFound), work(stranger) as ctx:
        service.confirm(ctx, draft.id)


def test_an_unconfirmed_award_gets_no_contract(work: Work, parties: Parties) -> None:
    with work() as ctx:
        ctx.session.get_one(Award, parties.award_id).confirmed_at = None
    with pytest.raises(errors.AwardNotConfirmed):
        a_draft(work, parties)


def test_one_award_has_one_contract_and_another_award_another(work: Work, parties: Parties) -> None:
    first = a_draft(work, parties)
    with work() as ctx:
        award_id = another_award(ctx, parties.buyer.organisation_id or "", parties.agency_id)
    with work(parties.buyer) as ctx:
        second = service.draw_up(
            ctx,
            award_id,
            content="二期",
            starts_on=first.starts_on,
            ends_on=first.ends_on,
            milestones=a_plan(first.starts_on),
        )
    assert second.number != first.number


def test_an_award_that_was_declined_is_no_longer_waited_for(work: Work, parties: Parties, runtime: Runtime) -> None:
    with work() as ctx:
        ctx.promise("contract.sign_due", parties.award_id, ctx.now)
    runtime.settle()
    with work() as ctx:
        assert len(ctx.session.scalars(queries.signing_delays()).all()) == 1
        ctx.session.get_one(Award, parties.award_id).status = "unsuccessful"
        assert ctx.session.scalars(queries.signing_delays()).all() == []
