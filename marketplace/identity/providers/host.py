"""Mounted in a host: the host's own callable says who is asking."""

from collections.abc import Callable, Mapping

from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor

WhoIsAsking = Callable[[Mapping[str, str], Mapping[str, str]], Actor | None]


class HostProvider:
    """Trusts `who(headers, cookies)`; the host has signed the person in by its own means."""

    def __init__(self, who: WhoIsAsking) -> None:
        self._who = who

    def identify(self, ctx: Ctx, headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor | None:
        """Whoever the host says."""
        return self._who(headers, cookies)
