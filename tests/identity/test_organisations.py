"""Organisations, logins and roles: one name each, and what a role allows."""

import pytest
from sqlalchemy import select

from marketplace.identity import errors, queries, rules, service
from marketplace.identity.models import Login
from marketplace.kernel.errors import NotPermitted
from marketplace.testing.identity import PASSWORD, a_colleague, a_login, a_member, an_organisation
from tests.identity.signing_in import attempt, who


def test_the_same_code_in_another_spelling_is_the_same_organisation(work):
    with work() as ctx:
        first = an_organisation(ctx, uscc="9144030071526726XG")
        assert first.uscc == "9144030071526726XG"
    with work() as ctx, pytest.raises(errors.OrganisationExists) as refused:
        an_organisation(ctx, uscc=" 91440300 71526726xg ")
    assert refused.value.field == "uscc"


def test_one_company_may_be_an_agency_and_also_an_enterprise_that_buys(work):
    with work() as ctx:
        agency = an_organisation(ctx, kind="agency", uscc="9144030071526726XG")
        buyer = an_organisation(ctx, kind="enterprise", uscc="9144030071526726XG")
        assert agency.id != buyer.id


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"kind": "bank"}, errors.KindUnknown),
        ({"name": " "}, errors.NameInvalid),
        ({"region": "江苏"}, errors.RegionInvalid),
        ({"region": "３２００００"}, errors.RegionInvalid),
        ({"uscc": "1"}, errors.UsccInvalid),
    ],
)
def test_a_wrong_detail_of_an_organisation_names_its_field(work, wrong, error):
    with work() as ctx, pytest.raises(error) as refused:
        an_organisation(ctx, **wrong)
    assert refused.value.field == next(iter(wrong))
    assert refused.value.advise()


def test_a_user_name_is_taken_in_every_spelling(work, jia):
    with work() as ctx, pytest.raises(errors.UsernameTaken):
        a_login(ctx, username="ＪＩＡ")


def test_a_password_made_of_the_organisations_name_is_refused(work):
    with work() as ctx, pytest.raises(errors.PasswordTooCommon):
        a_login(ctx, password="恒信实业有限公司2026", context=["恒信实业有限公司"])


def test_the_password_itself_is_stored_nowhere(work, monkeypatch):
    monkeypatch.setattr(rules, "HASHER", rules.STRONG)
    with work() as ctx:
        a_member(ctx, "enterprise", username="jia")
        row = ctx.session.scalar(select(Login).where(Login.username == "jia"))
        assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PASSWORD not in row.password_hash


def test_the_second_administrator_role_is_refused_even_in_another_organisation(work):
    with work() as ctx:
        actor = a_member(ctx, "operator", "sysadmin")
        other = an_organisation(ctx, kind="operator")
    for role in ("secadmin", "auditadmin"):
        with work() as ctx, pytest.raises(errors.AdministratorsApart):
            service.grant(ctx, login_id=actor.login_id, organisation_id=other.id, role=role)


def test_an_operator_cannot_make_an_administrator_and_a_security_administrator_can(work):
    with work() as ctx:
        operator = a_member(ctx, "operator", "operator")
        security = a_colleague(ctx, operator.organisation_id, "secadmin")
        login = a_login(ctx)
    with work(operator) as ctx, pytest.raises(NotPermitted):
        service.grant(ctx, login_id=login.id, organisation_id=operator.organisation_id, role="auditadmin")
    with work(security) as ctx:
        row = service.grant(ctx, login_id=login.id, organisation_id=operator.organisation_id, role="auditadmin")
        assert row.granted_by == security.login_id


def test_the_same_role_twice_is_a_conflict(work, jia):
    with pytest.raises(errors.MembershipExists), work() as ctx:
        service.grant(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")


def test_an_actor_holds_the_permissions_of_all_its_roles_in_the_organisation(work):
    with work() as ctx:
        actor = a_member(ctx, "department", "department")
        service.grant(ctx, login_id=actor.login_id, organisation_id=actor.organisation_id, role="finance")
        both = queries.person(ctx, actor.login_id, actor.organisation_id)
    assert both.roles == {"department", "finance"}
    assert both.permissions == rules.permissions_of(["department", "finance"])


def test_a_lost_role_ends_what_it_allowed_at_once(work, jia):
    token = attempt(work).token
    assert who(work, token).may("tender.draft")
    with work() as ctx:
        service.revoke(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")
    assert who(work, token) is None
    with work() as ctx, pytest.raises(errors.MembershipNotFound):
        service.revoke(ctx, login_id=jia.login_id, organisation_id=jia.organisation_id, role="buyer")
