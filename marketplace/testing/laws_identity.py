"""Laws of the plug-in point `marketplace.identity_providers`; each takes the provider, a unit of work, and genuine
requests that the provider must recognise.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.identity import queries
from marketplace.identity.rules import permissions_of
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor, IdentityProvider, NotesUse

Work = Callable[..., AbstractContextManager[Ctx]]


@dataclass(frozen=True)
class Request:
    """What a provider sees of one request: header and cookie values by name."""

    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


Law = Callable[[IdentityProvider, Work, Sequence[Request]], None]
_quiet = settings(
    max_examples=100,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)
# WSGI hands header values over as Latin-1: any of these characters may arrive.
_values = st.one_of(
    st.text(st.characters(max_codepoint=255), max_size=60),
    st.text(max_size=20),
    st.sampled_from(["", ";", ";;", "Bearer", "Bearer ", "bearer é", "\x00", "admin;;2026-03-02T09:00:00+08:00"]),
)


def identified(provider: IdentityProvider, work: Work, request: Request) -> Actor | None:
    """Who the provider says is asking, in a unit of work that cannot write; `is_stale` is asked as the doors do."""
    with work(Actor.public(), write=False) as ctx:
        found = provider.identify(ctx, request.headers, request.cookies)
        if isinstance(provider, NotesUse):
            assert isinstance(provider.is_stale(ctx, request.headers, request.cookies), bool)
        return found


def nothing_is_nobody(provider: IdentityProvider, work: Work, genuine: Sequence[Request]) -> None:
    """A request that says nothing, or nothing in the right names, is nobody's."""
    assert identified(provider, work, Request()) is None
    for request in genuine:
        empty = Request(dict.fromkeys(request.headers, ""), dict.fromkeys(request.cookies, ""))
        assert identified(provider, work, empty) is None


def genuine_requests_are_recognised(provider: IdentityProvider, work: Work, genuine: Sequence[Request]) -> None:
    """Every genuine request has somebody behind it, and the same one when asked again."""
    assert genuine, "the laws need at least one genuine request"
    for request in genuine:
        found = identified(provider, work, request)
        assert found is not None
        assert found == identified(provider, work, request)


def garbage_never_raises_and_is_nobody(provider: IdentityProvider, work: Work, genuine: Sequence[Request]) -> None:
    """Whatever stands in the headers and cookies that the provider reads, nobody comes of it and nothing breaks."""
    headers = sorted({name for request in genuine for name in request.headers} | {"Authorization", "X-Anything"})
    cookies = sorted({name for request in genuine for name in request.cookies} | {"session"})

    @_quiet
    @given(
        st.dictionaries(st.sampled_from(headers), _values),
        st.dictionaries(st.sampled_from(cookies), _values),
    )
    def law(some_headers: dict[str, str], some_cookies: dict[str, str]) -> None:
        assert identified(provider, work, Request(some_headers, some_cookies)) is None

    law()


def a_changed_request_is_never_somebody_else(
    provider: IdentityProvider, work: Work, genuine: Sequence[Request]
) -> None:
    """A genuine request with one value changed or exchanged is the same person's or nobody's."""

    @_quiet
    @given(st.sampled_from(list(genuine)), st.data())
    def law(request: Request, data: st.DataObject) -> None:
        parts = [(request.headers, name) for name in request.headers]
        parts += [(request.cookies, name) for name in request.cookies]
        values, name = data.draw(st.sampled_from(parts))
        place = data.draw(st.integers(0, max(len(values[name]) - 1, 0)))
        put = data.draw(st.characters(max_codepoint=255))
        changed = {**values, name: values[name][:place] + put + values[name][place + 1 :]}
        kept = values is request.headers
        found = identified(
            provider, work, Request(changed, request.cookies) if kept else Request(request.headers, changed)
        )
        assert found in {None, identified(provider, work, request)}

    law()


def nobody_gets_more_than_the_identity_store_says(
    provider: IdentityProvider, work: Work, genuine: Sequence[Request]
) -> None:
    """A person or a token, never the system; roles are memberships; permissions are at most those of the roles."""
    for request in genuine:
        found = identified(provider, work, request)
        assert found is not None
        assert found.kind in {"person", "token"}, "system and terminal may do anything: no request is theirs"
        assert found.login_id is not None
        with work(write=False) as ctx:
            held = {
                row.role
                for row in queries.memberships(ctx, found.login_id)
                if row.organisation_id == found.organisation_id
            }
            login = queries.login(ctx, found.login_id)
        assert login.locked_at is None
        assert found.roles <= held
        assert found.permissions <= permissions_of(frozenset(held))


LAWS: tuple[Law, ...] = (
    nothing_is_nobody,
    genuine_requests_are_recognised,
    garbage_never_raises_and_is_nobody,
    a_changed_request_is_never_somebody_else,
    nobody_gets_more_than_the_identity_store_says,
)
