"""Registering, amending and delegating, one unit of work at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.buyers import errors, queries, service
from marketplace.buyers.models import Buyer
from marketplace.identity import errors as identity_errors
from marketplace.identity import queries as identity
from marketplace.identity.models import Login
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.testing.buyers import a_buyer, a_delegate, a_department, buyer_facts
from marketplace.testing.identity import PASSWORD, a_member, actor_of


@pytest.fixture
def hai(work):
    """An enterprise with the login hai."""
    with work() as ctx:
        return a_buyer(ctx, username="hai")


@pytest.fixture
def person(work, hai):
    """The person behind hai."""
    with work() as ctx:
        return actor_of(ctx, "hai")


def test_the_public_registers_an_enterprise_that_can_post_at_once(work):
    with work(Actor.public()) as ctx:
        made = service.register(ctx, **buyer_facts("甲", username="jia", password=PASSWORD))
        assert made.kind == "enterprise"
    with work() as ctx:
        actor = actor_of(ctx, "jia")
    assert actor.organisation_id == made.id
    assert actor.may("tender.publish")


def test_the_buyers_id_is_its_organisations(work, hai):
    with work(write=False) as ctx:
        assert identity.organisation(ctx, hai.id).uscc == hai.uscc


def test_without_the_commitment_nothing_is_registered(work):
    with pytest.raises(errors.BuyerCommitmentMissing), work(Actor.public()) as ctx:
        service.register(ctx, **buyer_facts("甲", committed=False, username="jia", password=PASSWORD))
    with work(write=False) as ctx:
        assert ctx.session.scalar(select(Buyer)) is None
        assert ctx.session.scalar(select(Login)) is None


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": "agency"}, errors.BuyerKindUnknown),
        ({"uscc": "91320000990765845F"}, identity_errors.UsccInvalid),
        ({"name": ""}, identity_errors.NameInvalid),
        ({"region": "32"}, identity_errors.RegionInvalid),
        ({"contact": " "}, errors.BuyerDetailMissing),
        ({"contact": "周"}, identity_errors.NameInvalid),
        ({"phone": "12345"}, errors.BuyerPhoneInvalid),
        ({"username": "1"}, identity_errors.UsernameInvalid),
        ({"password": "password1234"}, identity_errors.PasswordTooCommon),
    ],
)
def test_a_wrong_detail_names_its_field_and_a_remedy(work, wrong, error):
    facts = buyer_facts("甲", **{"username": "jia", "password": PASSWORD, **wrong})
    with work(Actor.public()) as ctx, pytest.raises(error) as refused:
        service.register(ctx, **facts)
    assert refused.value.field == next(iter(wrong))
    assert refused.value.advise()


def test_one_enterprise_cannot_register_twice_under_another_spelling(work, hai):
    written = f" {hai.uscc[:8]} {hai.uscc[8:].lower()}"
    with work(Actor.public()) as ctx, pytest.raises(identity_errors.OrganisationExists) as refused:
        service.register(ctx, **buyer_facts("另一", uscc=written))
    assert refused.value.field == "uscc"


def test_a_department_is_set_up_by_the_operator_and_by_nobody_else(work, person):
    facts = buyer_facts("局", kind="department", username="ju", password=PASSWORD)
    for actor in (Actor.public(), person):
        with work(actor) as ctx, pytest.raises(NotPermitted):
            service.register(ctx, **facts)
    with work() as ctx:
        operator = a_member(ctx, "operator", "operator")
    with work(operator) as ctx:
        service.register(ctx, **facts)
        clerk = actor_of(ctx, "ju")
    assert clerk.roles == {"department"}
    assert clerk.may("payment.make")


def test_the_telephone_number_is_stored_encrypted(work, hai):
    with work(write=False) as ctx:
        row = queries.buyer(ctx, hai.id)
        assert "13912345678" not in row.phone_sealed
        assert queries.phone(ctx, row) == "13912345678"


def test_the_log_of_buyers_holds_no_contact(work, hai, person):
    with work(person) as ctx:
        a_delegate(ctx, hai.id, name="孙倩")
    with work(write=False) as ctx:
        whole = " ".join(ctx.session.scalars(select(EventRow.body).where(EventRow.type.like("buyer.%"))))
    assert "buyer.buyer.registered" in whole
    for personal in ("周敏", "孙倩", "13912345678"):
        assert personal not in whole


DETAILS = {"name": "连云港海兴建设集团有限公司", "region": "320700", "contact": "吴迪", "phone": "0518-85551234"}


def test_own_details_are_amended_in_both_tables(work, hai, person):
    with work(person) as ctx:
        service.amend(ctx, hai.id, **DETAILS)
    with work(write=False) as ctx:
        assert queries.buyer(ctx, hai.id).contact == "吴迪"
        assert identity.organisation(ctx, hai.id).name == DETAILS["name"]


def test_another_buyers_details_answer_like_missing_ones(work, hai, person):
    with work() as ctx:
        other = a_buyer(ctx)
    for id in (other.id, "0" * 32):
        with work(person) as ctx, pytest.raises(errors.BuyerNotFound):
            service.amend(ctx, id, **DETAILS)
        with work(person) as ctx, pytest.raises(errors.BuyerNotFound):
            a_delegate(ctx, id)


def test_a_delegate_with_a_login_acts_until_the_last_day_is_over(runtime, work, hai, person, clock):
    with work(person) as ctx:
        last = shanghai_date(ctx.now) + timedelta(days=3)
        made = a_delegate(ctx, hai.id, valid_until=last, username="sun", password=PASSWORD)
    clock.advance(days=3)
    runtime.settle()
    with work(write=False) as ctx:
        assert actor_of(ctx, "sun").may("tender.publish")
        assert [row.id for row in queries.acting_delegates(ctx, hai.id)] == [made.id]
    clock.advance(days=1)
    runtime.settle()
    with work(write=False) as ctx:
        assert queries.acting_delegates(ctx, hai.id) == []
        assert queries.delegate(ctx, hai.id, made.id).ended_at == clock()
        assert identity.person(ctx, made.login_id, hai.id) is None


def test_a_department_may_give_its_delegate_a_login(work):
    with work() as ctx:
        department = a_department(ctx, username="ju")
        clerk = actor_of(ctx, "ju")
    with work(clerk) as ctx:
        a_delegate(ctx, department.id, username="sun", password=PASSWORD)
        assert actor_of(ctx, "sun").roles == {"department"}


def test_a_delegation_is_ended_before_its_day_once(work, hai, person, runtime, clock):
    with work(person) as ctx:
        made = a_delegate(ctx, hai.id, username="sun", password=PASSWORD)
    with work(person) as ctx:
        ended = service.end_delegate(ctx, hai.id, made.id).ended_at
    with work(person) as ctx, pytest.raises(errors.DelegateNotFound):
        service.end_delegate(ctx, hai.id, made.id)
    clock.advance(days=100)
    runtime.settle()
    with work(write=False) as ctx:
        assert queries.delegate(ctx, hai.id, made.id).ended_at == ended
        assert identity.person(ctx, made.login_id, hai.id) is None


def test_a_role_revoked_elsewhere_does_not_stop_a_delegation_from_lapsing(work, hai, person, runtime, clock):
    from marketplace.identity import service as identity_service

    with work(person) as ctx:
        made = a_delegate(ctx, hai.id, username="sun", password=PASSWORD)
    with work() as ctx:
        identity_service.revoke(ctx, login_id=made.login_id, organisation_id=hai.id, role="buyer")
    clock.advance(days=100)
    runtime.settle()
    with work(write=False) as ctx:
        assert queries.delegate(ctx, hai.id, made.id).ended_at is not None


def test_the_same_person_is_not_delegated_twice_at_a_time(work, hai, person):
    with work(person) as ctx:
        a_delegate(ctx, hai.id)
        with pytest.raises(errors.DelegateExists):
            a_delegate(ctx, hai.id)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": ""}, errors.BuyerDetailMissing),
        ({"authorisation": " "}, errors.BuyerDetailMissing),
        ({"username": "sun", "password": "short"}, identity_errors.PasswordTooShort),
    ],
)
def test_a_wrong_delegate_names_its_field(work, hai, person, wrong, error):
    with work(person) as ctx, pytest.raises(error) as refused:
        a_delegate(ctx, hai.id, **wrong)
    assert refused.value.field == list(wrong)[-1]


def test_a_delegation_cannot_end_in_the_past(work, hai, person):
    with work(person) as ctx, pytest.raises(errors.DelegateTermInvalid):
        a_delegate(ctx, hai.id, valid_until=shanghai_date(ctx.now) - timedelta(days=1))


def test_an_agency_cannot_edit_buyers(work, hai):
    with work() as ctx:
        agency = a_member(ctx, "agency")
    with work(agency) as ctx, pytest.raises(errors.BuyerNotFound):
        a_delegate(ctx, hai.id)
