"""Entry by commitment: who may enter, what is refused at its field, and the after-check."""

from datetime import timedelta

import pytest

from marketplace.agencies import errors, queries, service
from marketplace.identity.errors import UsccInvalid
from marketplace.identity.rules import make_uscc
from marketplace.testing.agencies import a_certificate, an_agency
from tests.agencies.licensed import LICENSED, PLAIN, bar_codes


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


def test_entries_are_sampled_for_the_after_check_by_the_runtime_s_entropy(work, runtime):
    runtime.entropy = lambda count: bytes(count - 1) + b"\x05"
    with work() as ctx:
        drawn = an_agency(ctx, uscc=make_uscc("drawn"))
        assert drawn.check_due_at == ctx.now + timedelta(days=30)
        assert list(ctx.session.scalars(queries.after_checks())) == [drawn]
        service.complete_check(ctx, drawn.id, passed=True, note="材料一致")
        assert list(ctx.session.scalars(queries.after_checks())) == []
