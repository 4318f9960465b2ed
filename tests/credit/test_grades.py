"""Decided facts and the grades they make, computed again at any time."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from marketplace.credit import errors, queries, rules, service
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import NotPermitted
from marketplace.rulebook.queries import rules_of
from marketplace.testing.contracts import Parties, Work, a_contract, parts_of
from marketplace.testing.credit import a_review, an_incident
from tests.credit.asking import grade


def test_an_incident_takes_the_points_of_the_rulebook(work: Work, parties: Parties) -> None:
    entry = an_incident(work, parties.agency_id, kind="false_data")
    assert entry.points == -3000
    assert grade(work, parties.agency_id).points == 7000


def test_the_same_fact_counts_once(work: Work, parties: Parties) -> None:
    first = an_incident(work, parties.agency_id)
    assert an_incident(work, parties.agency_id).id == first.id
    assert grade(work, parties.agency_id).points == 9500


def test_an_undecided_fact_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.NotDecidedYet), work() as ctx:
        service.record_incident(
            ctx,
            agency_id=parties.agency_id,
            kind="complaint",
            reference="finding/9",
            decided_at=ctx.now + timedelta(seconds=1),
        )


def test_an_unknown_kind_is_refused(work: Work, parties: Parties) -> None:
    with pytest.raises(errors.IncidentKindUnknown):
        an_incident(work, parties.agency_id, kind="gossip")


def test_a_buyer_records_no_incident(work: Work, parties: Parties) -> None:
    with pytest.raises(NotPermitted), work(parties.buyer) as ctx:
        service.record_incident(ctx, agency_id=parties.agency_id, kind="complaint", reference="x", decided_at=ctx.now)


def test_a_late_delivery_is_entered_by_the_clock(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    part = parts_of(work, a_contract(work, parties))[0]
    clock.set(part.due_at)
    runtime.settle()
    with work() as ctx:
        entry = queries.entry_of(ctx, parties.agency_id, "late", f"milestone/{part.id}")
    assert entry is not None
    assert (entry.points, entry.decided_at) == (-200, part.due_at)


def test_an_unchanged_grade_adds_no_history(work: Work, parties: Parties) -> None:
    a_review(work, parties)
    with work() as ctx:
        first = service.regrade(ctx, parties.agency_id)
        assert service.regrade(ctx, parties.agency_id).id == first.id


def test_time_heals_by_night(work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock) -> None:
    an_incident(work, parties.agency_id, kind="complaint")
    runtime.tick()
    clock.advance(days=60)
    runtime.settle()
    found = grade(work, parties.agency_id)
    assert 9500 < found.points < 9750
    assert found.seq > 1


def test_every_grade_can_be_computed_again_from_its_facts_and_rulebook(
    work: Work, parties: Parties, clock: SimulatedClock
) -> None:
    a_review(work, parties, each=3)
    an_incident(work, parties.agency_id)
    then = grade(work, parties.agency_id)
    clock.advance(days=30)
    an_incident(work, parties.agency_id, reference="finding/2")
    with work() as ctx:
        again = rules.score(queries.facts_of(ctx, parties.agency_id), rules_of(ctx, then.ruleset_id), then.at)
    assert [line.data() for line in again.lines] == then.lines
    assert sum(line["points"] for line in then.lines) == then.points == again.points_hundredths


def test_grades_are_never_rewritten(work: Work, parties: Parties) -> None:
    a_review(work, parties)
    with pytest.raises(DBAPIError), work() as ctx:
        ctx.session.execute(text("UPDATE marketplace_grade SET points = 10000"))
