"""Standing alone: a sign-in cookie for people, a bearer token for programs."""

from collections.abc import Mapping

from marketplace.identity import queries, service
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor

COOKIE = "marketplace_sign_in"
# What `identify` found, for `is_stale` of the same request: one journey instead of two.
_JUST_SEEN = "marketplace_use"


def bearer(headers: Mapping[str, str]) -> str | None:
    """The secret of an Authorization: Bearer header (RFC 6750), if there is one."""
    scheme, _, secret = (headers.get("Authorization") or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class LocalProvider:
    """Our own logins."""

    def identify(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor | None:
        """The holder of the bearer token, else of the cookie. A wrong bearer token never falls back to the cookie."""
        found = _use(ctx, headers, cookies)
        ctx.session.info[_JUST_SEEN] = found
        return found.actor if found else None

    def is_silent(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Neither a cookie of ours nor a bearer token."""
        return not cookies.get(COOKIE) and bearer(headers) is None

    def token_in(self, headers: Mapping[str, str]) -> str | None:
        """The secret of the bearer token, unchecked."""
        return bearer(headers)

    def is_stale(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether the last use on record is an earlier one than now's, so that `touch` is worth a write."""
        info = ctx.session.info
        found = info.pop(_JUST_SEEN) if _JUST_SEEN in info else _use(ctx, headers, cookies)
        return found is not None and found.is_stale(ctx.now)

    def touch(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        """Note the use, in a unit of work of its own."""
        service.note_use(ctx, sign_in=cookies.get(COOKIE, ""), secret=bearer(headers) or "")


def _use(ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> queries.Use | None:
    secret, cookie = bearer(headers), cookies.get(COOKIE)
    if secret is not None:
        return queries.use_of_token(ctx, secret)
    return queries.use_of_sign_in(ctx, cookie) if cookie else None
