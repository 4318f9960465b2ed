"""Entry by commitment, qualifications with validity, suspension, expulsion, leaving."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.agencies import errors, queries, service
from marketplace.agencies.models import Practitioner, Suspension
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import NotPermitted, WrongState
from marketplace.kernel.events import EventRow
from marketplace.testing.agencies import a_certificate, an_agency, an_identity_number
from marketplace.testing.identity import a_colleague, a_member

LICENSED = "ZJ-03"
PLAIN = "ZJ-02"


def bar_codes(ctx, agency, item, at=None):
    return [bar.code for bar in queries.bars(ctx, agency.id, item, at or ctx.now)]


def licensed(ctx, **over):
    name = "江苏大地勘察有限公司"
    paper = a_certificate(ctx, item_code=LICENSED, holder=name, days=over.pop("days", 365))
    return an_agency(ctx, **{"name": name, "scopes": [LICENSED, PLAIN], "qualifications": [paper], **over})


def test_an_agency_that_commits_is_active_at_once(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        assert (agency.standing, agency.is_new, bar_codes(ctx, agency, PLAIN)) == ("active", True, [])


def test_entry_creates_a_login_that_acts_for_the_agency(work):
    with work() as ctx:
        agency = an_agency(ctx, username="chengda", password="juniper-violin-4417")
    with work() as ctx:
        from marketplace.testing.identity import actor_of

        actor = actor_of(ctx, "chengda")
        assert actor.organisation_id == agency.id
        assert actor.may("bid.place")


@pytest.mark.parametrize("region", ["110000", "540000", "650000", "320509"])
def test_an_agency_of_any_region_enters(work, region):
    with work() as ctx:
        assert an_agency(ctx, region=region).standing == "active"


@pytest.mark.parametrize("kind", ["legal_person", "unincorporated", "individual_business"])
def test_every_kind_of_entity_enters(work, kind):
    with work() as ctx:
        assert an_agency(ctx, entity_type=kind).standing == "active"


@pytest.mark.parametrize(
    ("over", "field", "error"),
    [
        ({"name": " "}, "name", errors.FieldMissing),
        ({"contact": ""}, "contact", errors.FieldMissing),
        ({"legal_representative": ""}, "legal_representative", errors.FieldMissing),
        ({"entity_type": "person"}, "entity_type", errors.EntityTypeUnknown),
        ({"region": "990000"}, "region", errors.RegionUnknown),
        ({"phone": "12"}, "phone", errors.PhoneInvalid),
        ({"scopes": []}, "scopes", errors.ScopeEmpty),
        ({"scopes": ["NOPE"]}, "scopes", errors.ScopeUnknown),
        ({"commitments": ["truth"]}, "commitments", errors.CommitmentMissing),
        ({"scopes": [LICENSED]}, f"qualification_{LICENSED}", errors.QualificationRequired),
        ({"uscc": "91320200000000000X"}, "uscc", UsccInvalid),
    ],
)
def test_a_refusal_names_its_field_and_a_remedy(work, over, field, error):
    with work() as ctx, pytest.raises(error) as refused:
        an_agency(ctx, **over)
    assert refused.value.field == field
    assert refused.value.advise()


def test_all_form_problems_are_told_together(work):
    with work() as ctx:
        from marketplace.agencies.rules import Application

        form = Application("", "x", "", "1", "", "", "", (), ())
        fields = {problem.field for problem in queries.entry_problems(ctx, form)}
    assert fields >= {"uscc", "name", "entity_type", "region", "contact", "phone", "scopes", "commitments"}


def test_one_company_cannot_enter_twice_under_another_spelling(work):
    code = make_uscc("twice")
    spelled = " ".join(code.lower())
    with work() as ctx:
        an_agency(ctx, uscc=code)
    with work() as ctx, pytest.raises(errors.AgencyAlreadyEntered):
        an_agency(ctx, uscc=spelled)


def test_a_certificate_of_another_holder_is_refused(work):
    with work() as ctx:
        paper = a_certificate(ctx, item_code=LICENSED, holder="别人的公司")
        with pytest.raises(errors.QualificationHolderDiffers):
            an_agency(ctx, name="江苏诚达咨询有限公司", scopes=[LICENSED], qualifications=[paper])


def test_an_expired_certificate_is_refused_at_entry(work):
    with work() as ctx:
        paper = a_certificate(ctx, item_code=LICENSED, holder="江苏诚达咨询有限公司", days=-1)
        with pytest.raises(errors.QualificationExpired):
            an_agency(ctx, name="江苏诚达咨询有限公司", scopes=[LICENSED], qualifications=[paper])


def test_a_lapsed_certificate_suspends_just_its_service_and_renewal_lifts_it(work, runtime, clock):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        first = queries.qualifications(ctx, agency.id)[0]
    clock.advance(days=11, hours=1)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == []
        assert bar_codes(ctx, agency, LICENSED) == ["agency.suspended", "agency.qualification_expired"]
        today = shanghai_date(ctx.now)
        service.renew_qualification(
            ctx, first.id, number="新证001", valid_from=today, valid_to=today + timedelta(days=700)
        )
        assert bar_codes(ctx, agency, LICENSED) == []


def test_a_certificate_renewed_in_time_never_suspends(work, runtime, clock):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        first = queries.qualifications(ctx, agency.id)[0]
        start = shanghai_date(ctx.now) + timedelta(days=8)
        service.renew_qualification(ctx, first.id, number="新证002", valid_from=start, valid_to=None)
    clock.advance(days=12)
    runtime.settle()
    with work() as ctx:
        assert bar_codes(ctx, agency, LICENSED) == []
        assert ctx.session.scalars(select(Suspension)).all() == []


def test_a_certificate_for_ever_may_be_written_with_the_last_day_there_is(work):
    with work() as ctx:
        agency = an_agency(ctx)
        facts = {"title": "营业执照", "number": "1", "holder": agency.name, "valid_from": shanghai_date(ctx.now)}
        paper = service.add_qualification(ctx, agency.id, item_code="ZJ-01", valid_to=date(9999, 12, 31), **facts)
        assert queries.qualification(ctx, paper.id).valid_to == date.max


def test_a_certificate_is_renewed_once(work):
    with work() as ctx:
        agency = licensed(ctx)
        first = queries.qualifications(ctx, agency.id)[0]
        today = shanghai_date(ctx.now)
        service.renew_qualification(ctx, first.id, number="甲", valid_from=today)
        with pytest.raises(errors.QualificationAlreadyRenewed):
            service.renew_qualification(ctx, first.id, number="乙", valid_from=today)


def test_a_certificate_must_still_be_valid_when_the_tender_closes(work):
    with work() as ctx:
        agency = licensed(ctx, days=10)
        assert bar_codes(ctx, agency, LICENSED, ctx.now + timedelta(days=10)) == []
        assert bar_codes(ctx, agency, LICENSED, ctx.now + timedelta(days=11)) == ["agency.qualification_expired"]


def test_a_service_that_needs_a_certificate_is_added_only_with_one(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        with pytest.raises(errors.QualificationRequired):
            service.add_scope(ctx, agency.id, LICENSED)
        today = shanghai_date(ctx.now)
        service.add_qualification(
            ctx, agency.id, item_code=LICENSED, title="资质", number="1", holder=agency.name, valid_from=today
        )
        service.add_scope(ctx, agency.id, LICENSED)
        assert bar_codes(ctx, agency, LICENSED) == []


def test_a_scope_is_declared_once_and_the_last_one_stays(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        with pytest.raises(errors.ScopeAlreadyHeld):
            service.add_scope(ctx, agency.id, PLAIN)
        with pytest.raises(errors.ScopeEmpty):
            service.drop_scope(ctx, agency.id, PLAIN)
        service.add_scope(ctx, agency.id, "ZJ-01")
        service.drop_scope(ctx, agency.id, PLAIN)
        assert bar_codes(ctx, agency, PLAIN) == ["agency.scope_missing"]


def test_a_suspension_of_everything_ends_by_itself(work, runtime, clock):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN])
        service.suspend(ctx, agency.id, reason="逾期两次", until=ctx.now + timedelta(days=30))
        assert agency.standing == "suspended"
        bar = queries.bars(ctx, agency.id, PLAIN, ctx.now)[0]
        assert "逾期两次" in bar.text
        assert "2026-04-01" in bar.text
        assert bar.remedy
    clock.advance(days=30)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == []


def test_two_suspensions_end_each_in_its_own_time(work, runtime, clock):
    with work() as ctx:
        agency = an_agency(ctx)
        service.suspend(ctx, agency.id, reason="一", until=ctx.now + timedelta(days=10))
        service.suspend(ctx, agency.id, reason="二", until=ctx.now + timedelta(days=20))
    clock.advance(days=11)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "suspended"
    clock.advance(days=10)
    runtime.settle()
    with work() as ctx:
        assert queries.agency(ctx, agency.id).standing == "active"


def test_a_suspension_of_one_service_leaves_the_others(work):
    with work() as ctx:
        agency = an_agency(ctx, scopes=[PLAIN, "ZJ-01"])
        stop = service.suspend(ctx, agency.id, reason="成果不合格", until=None, reach=PLAIN)
        assert agency.standing == "active"
        assert bar_codes(ctx, agency, PLAIN) == ["agency.suspended"]
        assert bar_codes(ctx, agency, "ZJ-01") == []
        service.reinstate(ctx, agency.id, suspension_id=stop.id)
        assert bar_codes(ctx, agency, PLAIN) == []
        with pytest.raises(errors.SuspensionNotFound):
            service.reinstate(ctx, agency.id, suspension_id=stop.id)


def test_an_expelled_agency_may_not_enter_before_its_term_and_may_after(work, clock):
    code = make_uscc("expelled")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code, scopes=[PLAIN])
        service.expel(ctx, agency.id, reason="弄虚作假", until=ctx.now + timedelta(days=365))
        assert bar_codes(ctx, agency, PLAIN) == ["agency.expelled"]
    with work() as ctx, pytest.raises(errors.AgencyBarredUntil) as refused:
        an_agency(ctx, uscc=code)
    assert "2027-03-02" in refused.value.text
    clock.advance(days=365)
    with work() as ctx:
        again = an_agency(ctx, uscc=code, scopes=[PLAIN])
        assert (again.id, again.standing, bar_codes(ctx, again, PLAIN)) == (agency.id, "active", [])


def test_a_second_expulsion_never_shortens_the_first(work):
    with work() as ctx:
        agency = an_agency(ctx)
        long, short = ctx.now + timedelta(days=900), ctx.now + timedelta(days=300)
        service.expel(ctx, agency.id, reason="串通", until=long)
        service.expel(ctx, agency.id, reason="其他", until=short)
        assert agency.barred_until == long


def test_an_agency_leaves_when_no_contract_is_open_and_returns_any_time(work):
    code = make_uscc("leaver")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        with pytest.raises(errors.OpenContractsRemain):
            service.leave(ctx, agency.id, open_contracts=1)
        service.leave(ctx, agency.id, open_contracts=0)
        assert bar_codes(ctx, agency, "ZJ-01") == ["agency.left"]
        assert an_agency(ctx, uscc=code).standing == "active"


def test_leaving_does_not_wash_away_a_suspension(work):
    code = make_uscc("washer")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        service.suspend(ctx, agency.id, reason="拒签合同", until=ctx.now + timedelta(days=90))
        service.leave(ctx, agency.id, open_contracts=0)
        assert an_agency(ctx, uscc=code).standing == "suspended"


def test_a_stranger_cannot_take_over_an_agency_that_left(work):
    code = make_uscc("left")
    with work() as ctx:
        agency = an_agency(ctx, uscc=code)
        own = a_colleague(ctx, agency.id)
        service.leave(ctx, agency.id, open_contracts=0)
    from marketplace.kernel.ports import Actor

    with work(Actor.public()) as ctx, pytest.raises(errors.ReentryNeedsSignIn):
        an_agency(ctx, uscc=code)
    with work(own) as ctx:
        assert an_agency(ctx, uscc=code).standing == "active"


def test_an_agency_that_left_cannot_leave_again(work):
    with work() as ctx:
        agency = an_agency(ctx)
        service.leave(ctx, agency.id, open_contracts=0)
        with pytest.raises(WrongState):
            service.leave(ctx, agency.id, open_contracts=0)


def test_only_its_own_people_edit_an_agency(work):
    with work() as ctx:
        agency = an_agency(ctx)
        own, stranger = a_colleague(ctx, agency.id), a_member(ctx, "agency")
    details = {"legal_representative": "王强", "contact": "赵敏", "phone": "0518-85551234", "introduction": "新简介"}
    with work(stranger) as ctx, pytest.raises(NotPermitted):
        service.amend(ctx, agency.id, **details)
    with work(own) as ctx:
        assert service.amend(ctx, agency.id, **details).contact == "赵敏"


def test_a_profile_keeps_what_it_must_have(work):
    with work() as ctx:
        agency = an_agency(ctx)
        with pytest.raises(errors.FieldMissing) as refused:
            service.amend(ctx, agency.id, legal_representative="王", contact=" ", phone="13912345678", introduction="")
    assert refused.value.field == "contact"


def test_a_practitioner_s_identity_number_is_stored_encrypted_and_only_once(work):
    number = an_identity_number(7)
    with work() as ctx:
        agency = an_agency(ctx)
        facts = {"name": "张三丰", "id_number": number, "certificates": [{"title": "注册造价师", "number": "造001"}]}
        person = service.add_practitioner(ctx, agency.id, **facts)
        assert ctx.keys.decrypt(person.id_sealed).decode() == number
        with pytest.raises(errors.PractitionerTwice):
            service.add_practitioner(ctx, agency.id, **facts)
    with work() as ctx:
        row = ctx.session.scalars(select(Practitioner)).one()
        stored = "".join(str(getattr(row, column.key)) for column in Practitioner.__table__.columns)
        logged = "".join(ctx.session.scalars(select(EventRow.body)))
        assert number not in stored
        assert number not in logged
        service.remove_practitioner(ctx, row.id)
        assert queries.practitioners(ctx, agency.id) == []


def test_a_wrong_identity_number_is_refused(work):
    with work() as ctx:
        agency = an_agency(ctx)
        with pytest.raises(errors.IdNumberInvalid):
            service.add_practitioner(
                ctx,
                agency.id,
                name="张三",
                id_number=an_identity_number(7)[:-1] + "A",
                certificates=[{"title": "a", "number": "b"}],
            )


def test_a_grade_is_recorded_only_when_it_changes(work):
    with work() as ctx:
        agency = an_agency(ctx)
        for _ in range(2):
            service.set_grade(ctx, agency.id, score_points=9050, stars=5, is_new=False)
        changes = ctx.session.scalars(select(EventRow.id).where(EventRow.type == "agency.grade.changed")).all()
        assert (agency.stars, agency.score_points, len(changes)) == (5, 9050, 1)


def test_entries_are_sampled_for_the_after_check_by_the_runtime_s_entropy(work, runtime):
    runtime.entropy = lambda count: bytes(count - 1) + b"\x05"
    with work() as ctx:
        drawn = an_agency(ctx, uscc=make_uscc("drawn"))
        assert drawn.check_due_at == ctx.now + timedelta(days=30)
        assert list(ctx.session.scalars(queries.after_checks())) == [drawn]
        service.complete_check(ctx, drawn.id, passed=True, note="材料一致")
        assert list(ctx.session.scalars(queries.after_checks())) == []


def test_every_step_is_on_the_record_of_the_agency(work):
    with work() as ctx:
        agency = licensed(ctx)
        service.leave(ctx, agency.id, open_contracts=0)
        types = list(
            ctx.session.scalars(
                select(EventRow.type).where(EventRow.subject == f"agency/{agency.id}").order_by(EventRow.id)
            )
        )
    assert sorted(types) == ["agency.entry.admitted", "agency.entry.withdrawn", "agency.qualification.registered"]
