"""Who is asking: the configured identity provider reads the request, once."""

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import cast

from flask import current_app, g, request
from werkzeug.datastructures import Headers

from marketplace.kernel import quick
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor, IdentityProvider, KnowsSilence, NotesUse

Given = tuple[Mapping[str, str], Mapping[str, str]]


class SentHeaders(Mapping[str, str]):
    """Headers as they came: asked for one or two names, where a dictionary would have to be made of all."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def __getitem__(self, name: str) -> str:
        return self._headers[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._headers.keys())

    def __len__(self) -> int:
        return len(self._headers)


@cache
def _notes_use(provider: type) -> bool:
    return issubclass(provider, NotesUse)


@cache
def _knows_silence(provider: type) -> bool:
    return issubclass(provider, KnowsSilence)


def runtime() -> Runtime:
    """The marketplace of the current app."""
    return cast("Runtime", current_app.extensions["marketplace"])


def whoever_is_asking() -> Actor:
    """The actor behind the current request; the public when nobody says."""
    known: Actor | None = g.get("marketplace_actor")
    if known is not None:
        return known
    market = runtime()
    provider = cast("IdentityProvider", market.plugins["identity_providers"][market.settings["MARKETPLACE_IDENTITY"]])
    given = (SentHeaders(request.headers), request.cookies)
    if _knows_silence(type(provider)) and cast("KnowsSilence", provider).is_silent(*given):
        g.marketplace_actor = nobody = Actor.public()
        return nobody
    with market.glance(Actor.public()) as ctx:
        g.marketplace_actor = found = provider.identify(ctx, *given) or Actor.public()
        stale = _notes_use(type(provider)) and cast("NotesUse", provider).is_stale(ctx, *given)
    if stale:
        _note(market, cast("NotesUse", provider), given)
    return found


def _note(market: Runtime, provider: NotesUse, given: Given) -> None:
    """Write the use down: with the request's own change if it makes one, because two commits cost twice one."""
    if request.method == "POST":
        g.marketplace_use = (provider, given)
        return
    with market.work(Actor.public()) as ctx:
        provider.touch(ctx, *given)


def offer_use(ctx: Ctx) -> None:
    """Let the use that waits for a unit of work ride along with a statement of it, where there is one that takes it."""
    if "marketplace_use" in g:
        quick.offer(ctx.session, partial(note_use, ctx))


def note_use(ctx: Ctx) -> None:
    """Write the use down that has waited for a unit of work, at its end: the row is held for a moment only."""
    waiting: tuple[NotesUse, Given] | None = g.pop("marketplace_use", None)
    if waiting is not None:
        provider, given = waiting
        provider.touch(ctx, *given)
