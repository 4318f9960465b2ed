"""The stage: a market of its own, a simulated clock, the people by user name, and what they see happening."""

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from marketplace.identity import queries as identity
from marketplace.kernel.clock import SHANGHAI, SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor
from marketplace.payments.sandbox import Sandbox
from marketplace.rulebook import queries as rulebook

HERE = Path(__file__).parent
FILES = ("tenders.toml", "methods.toml")
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass
class Scene:
    """One tender of the demonstration: what the file says, and the ids that came of it."""

    facts: dict[str, Any]
    tender_id: str = ""
    number: str = ""
    contract_id: str = ""

    @property
    def fate(self) -> str:
        """Where it ends."""
        return str(self.facts["fate"])

    @property
    def buyer(self) -> str:
        """User name of the buyer."""
        return str(self.facts["buyer"])

    @property
    def bids(self) -> dict[str, str]:
        """User name → yuan; a direct selection has the one offer of the chosen agency."""
        if self.facts["method"] == "direct":
            return {self.facts["direct"]: self.facts["fixed"]}
        return dict(self.facts.get("bids", {}))


@dataclass
class Stage:
    """Everything the scenes share. say: how a line of the story reaches the reader; sandbox: where payers pay."""

    runtime: Runtime
    clock: SimulatedClock
    say: Callable[[str], None]
    sandbox: Sandbox
    cast: dict[str, Any] = field(default_factory=lambda: read("cast.toml"))
    scenes: list[Scene] = field(
        default_factory=lambda: [Scene(facts) for name in FILES for facts in read(name)["tenders"]]
    )
    organisation: dict[str, str] = field(default_factory=dict)
    line: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def acting(self, username: str = "") -> Iterator[Ctx]:
        """A unit of work as one of the people; as the market itself without a name. A second passes: order shows."""
        self.clock.advance(seconds=1)
        with self.runtime.work(self.actor(username) if username else None) as ctx:
            yield ctx

    def actor(self, username: str) -> Actor:
        """The actor of a user name."""
        with self.runtime.work(write=False) as ctx:
            login = identity.login_by_username(ctx, username)
            assert login is not None
            organisation = identity.organisations_of(ctx, login.id)[0]
            found = identity.person(ctx, login.id, organisation.id)
        assert found is not None, username
        return found

    def username_of(self, agency_id: str) -> str:
        """The user name of an agency."""
        return next(name for name, id in self.organisation.items() if id == agency_id)

    def of(self, *fates: str) -> list[Scene]:
        """The scenes with these fates."""
        return [scene for scene in self.scenes if scene.fate in fates]

    def until(self, at: datetime) -> None:
        """Let time pass to an instant and the market keep its promises on the way."""
        self.clock.set(max(at, self.clock()))
        self.runtime.settle()

    def wait(self, workdays: int) -> None:
        """Let working days pass."""
        with self.runtime.work(write=False) as ctx:
            then = rulebook.add_workdays(ctx, ctx.now, workdays)
        self.until(then)

    def tell(self, text: str) -> None:
        """One line of the story, with the day in the market."""
        self.say(f"  {self.clock().astimezone(SHANGHAI):%m-%d %H:%M}  {text}")


def read(name: str) -> dict[str, Any]:
    """One of the data files beside this module."""
    with (HERE / name).open("rb") as stream:
        return tomllib.load(stream)
