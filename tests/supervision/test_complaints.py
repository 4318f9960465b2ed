"""Complaints: who complained stays unknown, the clocks run, and what an upheld one becomes."""

import pytest

from marketplace.agencies import queries as agencies
from marketplace.credit import queries as credit
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.rulebook import queries as rulebook
from marketplace.supervision import queries, service
from marketplace.supervision.errors import ComplainedOfNotFound
from marketplace.testing.contracts import a_contract, some_parties
from marketplace.testing.supervision import a_complaint, an_upheld_complaint


def test_anybody_may_complain_and_gets_a_number_and_a_clock(work, agency_id):
    with work() as ctx:
        row = a_complaint(ctx, agencies.agency(ctx, agency_id))
        assert (row.number, row.state, row.agency_id) == ("TS-2026-000001", "filed", agency_id)
        assert row.due_at == rulebook.add_workdays(ctx, ctx.now, 2)


def test_who_complained_is_not_readable_in_the_table(work, agency_id, people):
    with work() as ctx:
        row = a_complaint(ctx, agencies.agency(ctx, agency_id))
        stored = " ".join(str(value) for value in vars(row).values())
        assert "赵海燕" not in stored
        assert "13851234567" not in stored
    with work(people["first"]) as ctx:
        assert queries.complainant(ctx, queries.complaint(ctx, row.id)).phone == "13851234567"
    with work(people["agency"]) as ctx, pytest.raises(NotPermitted):
        queries.complainant(ctx, queries.complaint(ctx, row.id))


@pytest.mark.parametrize("kind", ["agency", "tender", "award", "contract"])
def test_a_complaint_is_about_something_that_exists(work, kind):
    with work() as ctx, pytest.raises(ComplainedOfNotFound) as refusal:
        service.complain(
            ctx,
            about_kind=kind,
            about_number="ZJ-2026-999999",
            category="other",
            text="x",
            complainant_name="x",
            phone="1",
        )
    assert refusal.value.field == "about_number"


def test_acceptance_starts_the_clock_to_decide(work, agency_id, people):
    with work() as ctx:
        id = a_complaint(ctx, agencies.agency(ctx, agency_id)).id
    with work(people["first"]) as ctx:
        row = service.accept(ctx, id)
        assert (row.state, row.due_at) == ("accepted", rulebook.add_workdays(ctx, ctx.now, 15))
        with pytest.raises(WrongState):
            service.accept(ctx, id)


def test_a_missed_clock_marks_the_complaint(work, runtime, clock, agency_id):
    with work() as ctx:
        first, second = (a_complaint(ctx, agencies.agency(ctx, agency_id)).id for _ in range(2))
        service.accept(ctx, second)
    clock.advance(days=5)
    runtime.settle()
    with work() as ctx:
        assert queries.complaint(ctx, first).overdue is True
        assert queries.complaint(ctx, second).overdue is False
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.complaint(ctx, second).overdue is True


def test_a_complaint_that_is_not_ours_is_refused_with_a_reason(work, agency_id, people):
    with work() as ctx:
        id = a_complaint(ctx, agencies.agency(ctx, agency_id)).id
    with work(people["first"]) as ctx:
        row = service.refuse(ctx, id, reason="不属于本平台职责")
        assert (row.state, row.decision, row.deciding_body) == (
            "refused",
            "不属于本平台职责",
            people["first"].organisation_name,
        )


def test_an_upheld_complaint_becomes_a_finding_and_costs_credit(work, agency_id, people):
    with work(people["first"]) as ctx:
        row = an_upheld_complaint(ctx, agencies.agency(ctx, agency_id))
        (finding,) = ctx.session.scalars(queries.findings(agency_id)).all()
        assert (finding.kind, finding.complaint_id, finding.reference) == ("complaint_verified", row.id, row.number)
        (entry,) = ctx.session.scalars(credit.entries(agency_id)).all()
        assert (entry.kind, entry.reference) == ("complaint", f"finding/{finding.id}")


def test_a_dismissed_complaint_leaves_no_trace_on_the_agency(work, agency_id, people):
    with work(people["first"]) as ctx:
        row = an_upheld_complaint(ctx, agencies.agency(ctx, agency_id), upheld=False)
        assert row.state == "dismissed"
        assert ctx.session.scalars(queries.findings(agency_id)).all() == []


@pytest.mark.parametrize("verb", ["accept", "refuse", "decide", "record_finding", "open_case", "decide_case", "lift"])
def test_only_regulators_decide(work, agency_id, people, verb):
    facts = {
        "accept": {"complaint_id": "x"},
        "refuse": {"complaint_id": "x", "reason": "x"},
        "decide": {"complaint_id": "x", "upheld": True, "decision": "x"},
        "record_finding": {"agency_id": agency_id, "kind": "late", "reference": "x", "text": "x"},
        "open_case": {"agency_id": agency_id, "rule": "late_again"},
        "decide_case": {"case_id": "x", "confirm": True, "reason": "x"},
        "lift": {"sanction_id": "x", "reason": "x"},
    }[verb]
    with work(people["agency"]) as ctx, pytest.raises(NotPermitted):
        getattr(service, verb)(ctx, **facts)


@pytest.mark.parametrize("kind", ["tender", "award", "contract"])
def test_a_complaint_finds_its_tender_award_or_contract_and_who_answers_for_it(work, kind):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    number = contract.number if kind == "contract" else contract.tender_number
    with work() as ctx:
        found = queries.about(ctx, kind, f" {number} ")
        expected = {"tender": contract.tender_id, "award": contract.award_id, "contract": contract.id}[kind]
        assert (found.id, found.number) == (expected, number)
        assert found.agency_id == (None if kind == "tender" else contract.agency_id)
        assert found.item_code == contract.item_code


def test_an_upheld_complaint_about_a_tender_accuses_no_agency(work):
    with work() as ctx:
        parties = some_parties(ctx)
    contract = a_contract(work, parties)
    with work() as ctx:
        agency = agencies.agency(ctx, contract.agency_id)
        row = a_complaint(ctx, agency, about_kind="tender", about_number=contract.tender_number, category="process")
        service.accept(ctx, row.id)
        assert service.decide(ctx, row.id, upheld=True, decision="公告设置了不合理条件").state == "upheld"
        assert ctx.session.scalars(queries.findings(agency.id)).all() == []
