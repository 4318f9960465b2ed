"""Standing alone: a sign-in cookie for people, a bearer token for programs."""

from collections.abc import Mapping

from marketplace.identity import queries, rules, service
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor

COOKIE = "marketplace_sign_in"


def bearer(headers: Mapping[str, str]) -> str | None:
    """The secret of an Authorization: Bearer header (RFC 6750), if there is one."""
    scheme, _, secret = (headers.get("Authorization") or "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class LocalProvider:
    """Our own logins."""

    def identify(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor | None:
        """The holder of the bearer token, else of the cookie. A wrong bearer token never falls back to the cookie."""
        secret = bearer(headers)
        if secret is not None:
            return queries.actor_of_token(ctx, secret)
        return queries.actor_of_sign_in(ctx, cookies[COOKIE]) if cookies.get(COOKIE) else None

    def is_stale(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether the last use on record is older than a minute, so that `touch` is worth a write."""
        secret = bearer(headers)
        if secret is not None:
            token = queries.live_token(ctx, secret)
            return token is not None and (
                token.last_used_at is None or ctx.now - token.last_used_at >= rules.TOUCH_EVERY
            )
        found = queries.live_sign_in(ctx, cookies.get(COOKIE, ""))
        return found is not None and ctx.now - found.seen_at >= rules.TOUCH_EVERY

    def touch(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        """Note the use, in a unit of work of its own."""
        service.note_use(ctx, sign_in=cookies.get(COOKIE, ""), secret=bearer(headers) or "")
