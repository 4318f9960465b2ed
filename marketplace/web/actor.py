"""Who is asking: the configured identity provider reads the request, once."""

from typing import cast

from flask import current_app, g, request

from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import Actor, IdentityProvider, NotesUse


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
        given = (dict(request.headers), request.cookies)
        with market.glance(Actor.public()) as ctx:
            g.marketplace_actor = provider.identify(ctx, *given) or Actor.public()
            stale = isinstance(provider, NotesUse) and provider.is_stale(ctx, *given)
        if stale and isinstance(provider, NotesUse):
            with market.work(Actor.public()) as ctx:
                provider.touch(ctx, *given)
    return cast("Actor", g.marketplace_actor)
