"""Who is asking: the configured identity provider reads the request, once."""

from collections.abc import Mapping
from typing import cast

from flask import current_app, g, request

from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor, IdentityProvider, NotesUse

Given = tuple[Mapping[str, str], Mapping[str, str]]


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
            _note(market, provider, given)
    return cast("Actor", g.marketplace_actor)


def _note(market: Runtime, provider: NotesUse, given: Given) -> None:
    """Write the use down: with the request's own change if it makes one, because two commits cost twice one."""
    if request.method == "POST":
        g.marketplace_use = (provider, given)
        return
    with market.work(Actor.public()) as ctx:
        provider.touch(ctx, *given)


def note_use(ctx: Ctx) -> None:
    """Write the use down that has waited for a unit of work, at its end: the row is held for a moment only."""
    waiting: tuple[NotesUse, Given] | None = g.pop("marketplace_use", None)
    if waiting is not None:
        provider, given = waiting
        provider.touch(ctx, *given)
