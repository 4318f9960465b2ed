"""How a recorded tender is played by a method that the record knows nothing of: what is asked, and who answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.auctions import queries as auctions
from marketplace.identity import queries as identity
from marketplace.identity import service as logins
from marketplace.identity.rules import make_uscc
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor
from marketplace.rulebook import service as rulebook
from marketplace.tenders import queries
from marketplace.tenders import service as tenders
from marketplace.tenders.rules import ASKING

REGION = "370000"
# What the record does not have is not asked: explanations of low prices, limits on direct selection, a grade.
RULES: dict[str, Any] = {
    "low_price.explain_below_pct": 0,
    "threshold.direct_max_yuan": 10**12,
    "monitor.pair_repeat_warn": 10**6,
    "credit.ticket_weights.enabled": True,
    "award.publicity_workdays": 1,
}
WEIGHTS = {"price": 7_000, "plan": 3_000}
POINTS = 80
ASSESSORS = 3
DRAWN = ("random", "weighted")
WAITING = ("closed", "opened", "auction", *ASKING)
PATIENCE = 60


@dataclass
class Ways:
    """The people and answers of one replay. clock belongs to runtime."""

    runtime: Runtime
    clock: SimulatedClock
    method: str
    variant: str = ""
    assessors: list[Actor] = field(default_factory=list)

    def prepare(self) -> None:
        """Publish the rules of the replay; seat the assessors where the method needs them."""
        with self.runtime.work() as ctx:
            rulebook.publish(ctx, REGION, values=RULES, name="历史数据")
        if self.method == "merit":
            with self.runtime.work() as ctx:
                self.assessors = _assessors(ctx)

    def facts(self, bidders: Sequence[str], winner: str | None) -> dict[str, Any]:
        """What a notice says beside the record. bidders: codes; winner: id of the recorded winner's agency."""
        if self.method == "direct":
            return {"direct_agency_id": winner, "direct_reason": "历史数据"}
        if self.method == "merit":
            names = [f"lishi-pingshen-{place}" for place in range(ASSESSORS)]
            return {"method_params": {"weights": WEIGHTS}, "assessors": names}
        if self.variant:
            return {"method_params": {"variant": self.variant}}
        return {"invited": list(bidders)} if self.method == "inquiry" else {}

    def answer(self, tender_id: str, buyer: Actor, winner: str | None) -> None:
        """Answer what is asked: equal points for all plans; the buyer who compares names the recorded winner."""
        with self.runtime.work(write=False) as ctx:
            stage = queries.tender(ctx, tender_id).stage
            valid = [offer for offer in queries.offers(ctx, tender_id) if offer.status == "valid"]
        if stage == "scoring":
            for assessor in self.assessors:
                with self.runtime.work(assessor) as ctx:
                    tenders.declare(ctx, tender_id)
                    tenders.give_points(ctx, tender_id, points={offer.id: POINTS for offer in valid})
        named = next((offer for offer in valid if offer.agency_id == winner), None)
        if stage == "comparing" and named is not None:
            with self.runtime.work(buyer) as ctx:
                tenders.name_offer(ctx, named.id, reason="历史数据中的中选机构")
        self.runtime.settle()

    def wait(self, ids: Sequence[str]) -> None:
        """Let time pass until every tender has come to its end or its award."""
        for _ in range(PATIENCE):
            with self.runtime.work(write=False) as ctx:
                stages = {queries.tender(ctx, id).stage for id in ids}
            if not stages & set(WAITING):
                return
            self.clock.set(max(self._next_due(), self.clock() + timedelta(seconds=1)))
            self.runtime.settle()

    def _next_due(self) -> datetime:
        """When a live room has to move (nobody quotes again, the entry quotes decide), else some hours later."""
        with self.runtime.work(write=False) as ctx:
            return auctions.next_due(ctx) or self.clock() + timedelta(hours=6)


def _assessors(ctx: Ctx) -> list[Actor]:
    home = logins.create_organisation(
        ctx, kind="authority", name="历史数据评审", uscc=make_uscc("history"), region=REGION
    )
    found = []
    for place in range(ASSESSORS):
        name = f"lishi-pingshen-{place}"
        login = logins.create_login(ctx, username=name, name="历史数据", password=ctx.entropy(24).hex())
        logins.grant(ctx, login_id=login.id, organisation_id=home.id, role="assessor")
        person = identity.person(ctx, login.id, home.id)
        assert person is not None
        found.append(person)
    return found
