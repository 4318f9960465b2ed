"""Who is asking: the configured identity provider reads the request, once."""

from typing import cast

from flask import current_app, g, request

from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import Actor, IdentityProvider


def runtime() -> Runtime:
    """The marketplace of the current app."""
    return cast("Runtime", current_app.extensions["marketplace"])


def whoever_is_asking() -> Actor:
    """The actor behind the current request; the public when nobody says."""
    if "marketplace_actor" not in g:
        market = runtime()
        provider = cast(
            "IdentityProvider", market.plugins["identity_providers"][market.settings["MARKETPLACE_IDENTITY"]]
        )
        with market.work(Actor.public(), write=False) as ctx:
            g.marketplace_actor = provider.identify(ctx, dict(request.headers), request.cookies) or Actor.public()
    return cast("Actor", g.marketplace_actor)
