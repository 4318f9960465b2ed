"""Behind a gateway (统一身份认证): a header with user name and instant, signed with a shared secret."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from marketplace.identity import queries
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor

IDENTITY = "X-Marketplace-Identity"
SIGNATURE = "X-Marketplace-Signature"
TOLERANCE = timedelta(minutes=5)


def sign(secret: str, value: str) -> str:
    """The signature a gateway puts beside the identity header: HMAC-SHA256, hex."""
    return hmac.new(secret.encode(), value.encode(), hashlib.sha256).hexdigest()


class HeaderProvider:
    """Trusts `X-Marketplace-Identity: <user name>;<code of the organisation or empty>;<ISO 8601 instant>`.

    The gateway must drop both headers from what the outside world sends.
    """

    def identify(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor | None:
        """The named login for the named organisation (its first one when none is named); None for a bad signature,
        an instant more than five minutes away, an unknown name or an organisation it does not belong to.
        """
        value, secret = headers.get(IDENTITY) or "", str(ctx.settings["MARKETPLACE_HEADER_SECRET"])
        # Compared as bytes: a text with a character beyond ASCII would raise.
        given = (headers.get(SIGNATURE) or "").encode()
        if not secret or not hmac.compare_digest(sign(secret, value).encode(), given):
            return None
        username, _, rest = value.partition(";")
        uscc, _, stamp = rest.partition(";")
        login = queries.login_by_username(ctx, username) if _is_fresh(stamp, ctx.now) else None
        homes = queries.organisations_of(ctx, login.id) if login else []
        home = next((home for home in homes if not uscc or home.uscc == uscc), None)
        return queries.person(ctx, login.id, home.id) if login and home else None


def _is_fresh(stamp: str, now: datetime) -> bool:
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(now - at) <= TOLERANCE
