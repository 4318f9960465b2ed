"""Appeals: a contested entry is frozen until somebody decides."""

import pytest

from marketplace.credit import appeals, errors, queries
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import Actor
from marketplace.testing.contracts import Parties, Work
from marketplace.testing.credit import a_review, an_incident
from tests.credit.asking import grade


def test_a_contested_entry_is_frozen_until_decided(work: Work, parties: Parties, authority: Actor) -> None:
    entry = an_incident(work, parties.agency_id)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_entry(ctx, entry.id, reason="投诉与我机构无关")
    assert grade(work, parties.agency_id).points == 10_000
    with work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=False, reason="事实清楚")
    assert grade(work, parties.agency_id).points == 9500


def test_an_upheld_appeal_takes_the_review_out_for_good(work: Work, parties: Parties, authority: Actor) -> None:
    found = a_review(work, parties, each=1)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_review(ctx, found.id, reason="评价对象有误")
    with work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=True, reason="经核查属实")
    assert grade(work, parties.agency_id).points == 10_000
    with pytest.raises(errors.AppealAlreadyDecided), work(authority) as ctx:
        appeals.decide_appeal(ctx, appeal.id, upheld=False, reason="改判")


def test_an_appeal_has_its_working_days(work: Work, parties: Parties, clock: SimulatedClock) -> None:
    entry = an_incident(work, parties.agency_id)
    clock.set(entry.appeal_due_at)
    with pytest.raises(errors.AppealWindowClosed), work(parties.agency) as ctx:
        appeals.appeal_entry(ctx, entry.id, reason="不服")


def test_a_fact_is_appealed_once(work: Work, parties: Parties) -> None:
    entry = an_incident(work, parties.agency_id)
    for refusal in (None, errors.AlreadyAppealed):
        if refusal is None:
            with work(parties.agency) as ctx:
                appeals.appeal_entry(ctx, entry.id, reason="不服")
        else:
            with pytest.raises(refusal), work(parties.agency) as ctx:
                appeals.appeal_entry(ctx, entry.id, reason="仍不服")


def test_an_undecided_appeal_is_noted_overdue_and_stays_frozen(
    work: Work, parties: Parties, runtime: Runtime, clock: SimulatedClock
) -> None:
    entry = an_incident(work, parties.agency_id)
    with work(parties.agency) as ctx:
        appeal = appeals.appeal_entry(ctx, entry.id, reason="不服")
    clock.set(appeal.due_at)
    runtime.settle()
    with work() as ctx:
        assert queries.appeal(ctx, appeal.id).overdue_at == clock()
        assert queries.entry(ctx, entry.id).state == "frozen"
