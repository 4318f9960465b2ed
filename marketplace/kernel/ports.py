"""Who is asking, and how the doors learn it: protocols shared by all doors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from marketplace.kernel.context import Ctx


@dataclass(frozen=True, slots=True)
class Actor:
    """操作人: a login in one role set for one organisation, a token, the system, or the public."""

    login_id: str | None
    name: str
    organisation_id: str | None = None
    organisation_name: str = ""
    roles: frozenset[str] = field(default_factory=frozenset)
    permissions: frozenset[str] = field(default_factory=frozenset)
    kind: Literal["person", "token", "system", "terminal", "public"] = "person"

    def may(self, permission: str) -> bool:
        """Whether the actor holds a permission; the system and the terminal hold all."""
        return self.kind in {"system", "terminal"} or permission in self.permissions

    @property
    def signed_in(self) -> bool:
        """Whether somebody stands behind the request."""
        return self.kind != "public"

    @classmethod
    def system(cls) -> "Actor":
        """The timer and other work that nobody asked for."""
        return cls(None, "系统", kind="system")

    @classmethod
    def terminal(cls, name: str = "terminal") -> "Actor":
        """A person with a shell on the server."""
        return cls(None, name, kind="terminal")

    @classmethod
    def public(cls) -> "Actor":
        """Anybody."""
        return cls(None, "公众", kind="public")


class IdentityProvider(Protocol):
    """Plug-in point: turns the headers and cookies of a request into an Actor."""

    def identify(self, ctx: "Ctx", headers: Mapping[str, str], cookies: Mapping[str, str]) -> Actor | None:
        """The actor behind a request, or None when the request does not say."""
        ...


@runtime_checkable
class NotesUse(Protocol):
    """What a provider adds when idle time counts: the last use is written down, at most once a minute."""

    def is_stale(self, ctx: "Ctx", headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether the last use on record is old enough to be worth a write."""
        ...

    def touch(self, ctx: "Ctx", headers: Mapping[str, str], cookies: Mapping[str, str]) -> None:
        """Write the use down, in a unit of work of its own."""
        ...


@runtime_checkable
class KnowsSilence(Protocol):
    """What a provider adds that can tell without looking anything up that a request does not say who asks."""

    def is_silent(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
        """Whether nothing in the request could be anybody's."""
        ...


@runtime_checkable
class HoldsTokens(Protocol):
    """What a provider adds whose API tokens are rows of ours, so that one statement may ask for them beside others."""

    def token_in(self, headers: Mapping[str, str]) -> str | None:
        """The secret of the token that a request shows, unchecked; None when it shows none."""
        ...


class Signal(Protocol):
    """A message that leaves after commit."""

    def __call__(self, topic: str, payload: Mapping[str, object]) -> None:
        """Deliver one message; raising keeps it for another try."""
        ...
