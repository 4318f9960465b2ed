"""Every built-in identity provider obeys the laws; and the laws can tell one that does not."""

from datetime import timedelta

import pytest

from marketplace.identity import queries, service
from marketplace.identity.providers.header import IDENTITY, SIGNATURE, HeaderProvider, sign
from marketplace.identity.providers.host import HostProvider
from marketplace.identity.providers.local import COOKIE, LocalProvider
from marketplace.kernel.ports import Actor
from marketplace.testing import conformance
from marketplace.testing import laws_identity as laws
from marketplace.testing.conformance import Request
from marketplace.testing.identity import a_member, a_sign_in

# What is asked here of the database is asked again elsewhere, on both.
pytestmark = pytest.mark.once

SECRET = "gateway-secret"


@pytest.fixture
def person(work):
    with work() as ctx:
        return a_member(ctx, "enterprise", username="jia")


@pytest.fixture
def local(work, person):
    with work() as ctx:
        cookie = a_sign_in(ctx, "jia")
    with work(person) as ctx:
        _, secret = service.issue_token(ctx, name="erp", scopes=["tender.draft"], days=30)
    return LocalProvider(), [Request({}, {COOKIE: cookie}), Request({"Authorization": f"Bearer {secret}"})]


@pytest.fixture
def header(runtime, work, person):
    runtime.settings["MARKETPLACE_HEADER_SECRET"] = SECRET
    with work() as ctx:
        uscc = queries.organisation(ctx, person.organisation_id).uscc
        values = [f"jia;{uscc};{ctx.now.isoformat()}", f"jia;;{(ctx.now - timedelta(minutes=4)).isoformat()}"]
    return HeaderProvider(), [Request({IDENTITY: value, SIGNATURE: sign(SECRET, value)}) for value in values]


@pytest.fixture
def host(person):
    def who(headers, cookies):
        return person if cookies.get("host_session") == "genuine-session" else None

    return HostProvider(who), [Request({}, {"host_session": "genuine-session"})]


@pytest.fixture(params=["local", "header", "host"])
def provided(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("law", conformance.IDENTITY_LAWS, ids=conformance.name_of)
def test_every_built_in_provider_obeys_every_law(provided, work, law):
    provider, genuine = provided
    law(provider, work, genuine)


class Trusting(LocalProvider):
    """Believes a header, and gives more than was granted."""

    def identify(self, ctx, headers, cookies):
        name = headers.get("X-Anything")
        known = super().identify(ctx, headers, cookies)
        return Actor("x", name) if name else known


class Generous(LocalProvider):
    def identify(self, ctx, headers, cookies):
        known = super().identify(ctx, headers, cookies)
        return known and Actor(
            known.login_id, known.name, known.organisation_id, known.organisation_name, known.roles,
            known.permissions | {"payment.approve"},
        )  # fmt: skip


class Terminal(LocalProvider):
    def identify(self, ctx, headers, cookies):
        return super().identify(ctx, headers, cookies) and Actor.terminal()


class Anybody(LocalProvider):
    def identify(self, ctx, headers, cookies):
        return super().identify(ctx, headers, cookies) or Actor.public()


@pytest.mark.parametrize(
    ("law", "breaker"),
    [
        (laws.garbage_never_raises_and_is_nobody, Trusting()),
        (laws.nobody_gets_more_than_the_identity_store_says, Generous()),
        (laws.nobody_gets_more_than_the_identity_store_says, Terminal()),
        (laws.nothing_is_nobody, Anybody()),
        (laws.a_changed_request_is_never_somebody_else, Anybody()),
    ],
)
def test_a_law_finds_the_provider_that_breaks_it(local, work, law, breaker):
    with pytest.raises(AssertionError):
        law(breaker, work, local[1])
