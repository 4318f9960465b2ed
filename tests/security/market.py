"""A market in which everything exists twice, in many stages, with hostile text wherever people may write."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any

from marketplace.agencies import papers
from marketplace.agencies import queries as agency_queries
from marketplace.agencies import service as agencies
from marketplace.auctions import queries as auction_queries
from marketplace.audit import service as audit
from marketplace.contracts import service as contracts
from marketplace.credit import appeals
from marketplace.credit import service as credit
from marketplace.identity import service as identity
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.ports import Actor
from marketplace.payments import service as payments
from marketplace.supervision import proceedings
from marketplace.supervision import service as supervision
from marketplace.tenders import queries as tender_queries
from marketplace.tenders import service as tenders
from marketplace.testing import contracts as contract_builders
from marketplace.testing.agencies import a_certificate, an_agency, an_identity_number
from marketplace.testing.auctions import play_out
from marketplace.testing.buyers import a_buyer, a_delegate, a_department
from marketplace.testing.catalogue import an_item
from marketplace.testing.contracts import PDF, Parties, another_award
from marketplace.testing.credit import marks
from marketplace.testing.identity import a_colleague, a_member, actor_of
from marketplace.testing.payments import Payers, a_checked_invoice
from marketplace.testing.relations import a_relation
from marketplace.testing.tenders import a_bid, a_budget_line, a_departments_tender, a_draft, a_tender, let_it_close
from tests.security import settling

Work = Callable[..., AbstractContextManager[Ctx]]
SCRIPT = "<script>steal()</script>"
HOSTILE = f"\"'>{SCRIPT}<img src=x onerror=steal()>Q{{{{7*7}}}}Q"
FORMULA = "=1+cmd|' /C calc'!A0"
WORDS: dict[str, Any] = {
    "title": f"环境影响报告书编制{HOSTILE}",
    "content": f"编制报告书，组织专家评审并按意见修改{HOSTILE}",
    "conditions": f"项目负责人须持有工程师证书{HOSTILE}",
}
SIDES = ("a", "b")
STATE_ROLES = {
    "authority": ("authority", "authority"),
    "operator": ("operator", "operator"),
    "auditor": ("auditor", "auditor"),
    "sysadmin": ("operator", "sysadmin"),
    "secadmin": ("operator", "secadmin"),
    "auditadmin": ("operator", "auditadmin"),
    "settlement": ("operator", "settlement"),
    "assessor": ("department", "assessor"),
}


@dataclass
class Side:
    """One half of the market: its people, and what must stay with them."""

    name: str
    agency: Actor
    buyer: Actor
    department: Actor
    maker: Actor
    checker: Actor
    # a personal datum → user names that may read it in full
    personal: dict[str, set[str]] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, Actor]:
        """User name → actor."""
        kinds = ("agency", "buyer", "department", "maker", "checker")
        return {f"{self.name}-{kind}": getattr(self, kind) for kind in kinds}


@dataclass
class Market:
    """Both halves, the people of the state, and the secrets of API tokens by user name."""

    sides: dict[str, Side]
    state: dict[str, Actor]
    tokens: dict[str, str]

    @property
    def people(self) -> dict[str, Actor]:
        """User name → actor, everybody."""
        return {**self.state, **{k: v for side in self.sides.values() for k, v in side.people.items()}}

    @property
    def personal(self) -> dict[str, set[str]]:
        """A personal datum → user names that may read it in full."""
        return {k: v for side in self.sides.values() for k, v in side.personal.items()}


class Builder:
    """Plays the market through the verbs, step by step."""

    def __init__(self, runtime: Runtime, clock: SimulatedClock) -> None:
        self.runtime, self.clock = runtime, clock
        self.work: Work = runtime.work

    def build(self) -> Market:
        """Everything."""
        with self.work() as ctx:
            an_item(ctx, name=FORMULA, basis=f"{FORMULA}{HOSTILE}", result=HOSTILE)
            state = {name: a_member(ctx, kind, role, username=name) for name, (kind, role) in STATE_ROLES.items()}
        sides = {name: self._enter(name, serial) for serial, name in enumerate(SIDES, 1)}
        for side in sides.values():
            self._post(side, sides)
        self.runtime.settle()
        for side in sides.values():
            self._perform(side, state["authority"])
            self._pay(side)
            settling.collect(self.work, self._parties(side, side.buyer), self._parties(side, side.buyer), HOSTILE)
            settling.change(self.work, self._parties(side, side.buyer), HOSTILE)
            settling.move_budget(self.work, side.department, side.maker, HOSTILE)
        settling.compare(self.work, state["settlement"])
        self.runtime.settle()
        with self.work(write=False) as ctx:
            first_room = auction_queries.listed(ctx)[0].room.number
        play_out(self.runtime, self.clock, first_room)
        tokens = {name: self._token(actor) for name, actor in {**state, **self._all(sides)}.items()}
        for side in sides.values():
            still_open = a_tender(self.work, side.buyer, **WORDS)
            a_bid(self.work, side.agency, still_open.id, 8_700_000, note=HOSTILE)
        with self.work() as ctx:
            audit.seal(ctx)
        return Market(sides, state, tokens)

    def _all(self, sides: dict[str, Side]) -> dict[str, Actor]:
        return {name: actor for side in sides.values() for name, actor in side.people.items()}

    def _enter(self, name: str, serial: int) -> Side:
        phones = {kind: f"1380013{serial}{n}57" for n, kind in enumerate(("agency", "buyer", "department"))}
        person, account = an_identity_number(serial + 40), f"62220200011122233{serial:02d}"
        with self.work() as ctx:
            firm = an_agency(
                ctx,
                phone=phones["agency"],
                legal_representative=f"王建国{HOSTILE}"[:60],
                contact=f"李晓梅{HOSTILE}"[:60],
                introduction=f"{FORMULA}{HOSTILE}",
                scopes=["ZJ-01", "ZJ-02"],
            )
            agency = a_colleague(ctx, firm.id, username=f"{name}-agency")
            a_buyer(ctx, username=f"{name}-buyer", phone=phones["buyer"], address=HOSTILE, contact=HOSTILE)
            house = a_department(ctx, username=f"{name}-department", phone=phones["department"], address=HOSTILE)
            maker = a_colleague(ctx, house.id, "finance", username=f"{name}-maker")
            checker = a_colleague(ctx, house.id, "finance", username=f"{name}-checker")
            buyer, department = actor_of(ctx, f"{name}-buyer"), actor_of(ctx, f"{name}-department")
        own = {f"{name}-agency"}
        side = Side(name, agency, buyer, department, maker, checker)
        side.personal = {
            person: own,
            account: own,
            phones["agency"]: own | {"authority", "operator"},
        }  # who checks entries calls the agency
        side.personal[phones["buyer"]] = {f"{name}-buyer"}
        side.personal[phones["department"]] = {f"{name}-department"}
        self._equip(side, person, account)
        return side

    def _equip(self, side: Side, person: str, account: str) -> None:
        agency_id = side.agency.organisation_id or ""
        with self.work(side.agency) as ctx:
            payments.set_payee(ctx, agency_id, kind="bank_account", account=account, bank_name="工行南京城北支行")
            certificates = [{"title": HOSTILE[:60], "number": "环评0001"}]
            papers.add_practitioner(ctx, agency_id, name="赵海燕", id_number=person, certificates=certificates)
            firm = ctx.actor.organisation_name or ""
            agencies.add_scope(ctx, agency_id, "ZJ-04")
            paper = a_certificate(ctx, item_code="ZJ-03", holder=firm)
            papers.add_qualification(ctx, agency_id, **asdict(paper))
        for actor in (side.buyer, side.department):
            with self.work() as ctx:
                a_delegate(ctx, actor.organisation_id or "", authorisation=f"授权书{HOSTILE}")

    def _post(self, side: Side, sides: dict[str, Side]) -> None:
        """Tenders: two drafts, a department's, one cancelled, one in publicity with an objection, one confirmed, one in a live room."""
        a_draft(self.work, side.buyer, **{**WORDS, "title": f"草稿秘密{side.name}"})
        line = a_budget_line(self.work, side.department, amount_fen=90_000_000)
        a_departments_tender(self.work, side.department, line, **WORDS)
        a_draft(
            self.work, side.department, title=f"草稿秘密部门{side.name}", fund_source="fiscal", payer="department",
            government_commissioned=True, budget_line_id=line,
        )  # fmt: skip
        gone = a_tender(self.work, side.buyer, **WORDS)
        with self.work(side.buyer) as ctx:
            tenders.cancel(ctx, gone.id, reason=f"采购计划调整{HOSTILE}")
        open_one = a_tender(self.work, side.buyer, **WORDS)
        with self.work(side.agency) as ctx:
            tenders.ask(ctx, open_one.id, question=f"是否踏勘{HOSTILE}")
        a_relation(self.work, side.agency, name=f"赵启明{HOSTILE}", number=an_identity_number(11))
        a_relation(self.work, side.buyer, "executive", number=an_identity_number(12))
        won = a_tender(self.work, side.buyer, **WORDS)
        contested = a_tender(self.work, side.buyer, **WORDS, method="random", fixed_price_fen=8_000_000)
        live = a_tender(self.work, side.buyer, **WORDS, method="bidding")
        for bidder, price in zip([sides[s].agency for s in SIDES], (8_800_000, 8_500_000), strict=True):
            a_bid(self.work, bidder, won.id, price, note=HOSTILE, lead="王建国")
            a_bid(self.work, bidder, contested.id, 8_000_000, note=HOSTILE, lead="王建国")
            a_bid(self.work, bidder, live.id, price, note=HOSTILE, lead="王建国")
        let_it_close(self.runtime, self.clock, contested.id)
        self._finish(side, won.id, contested.id, sides)

    def _finish(self, side: Side, won: str, contested: str, sides: dict[str, Side]) -> None:
        with self.work() as ctx:
            first, second = (tender_queries.live_award(ctx, id) for id in (won, contested))
        assert first is not None
        assert second is not None
        loser = next(s.agency for s in sides.values() if s.agency.organisation_id != second.agency_id)
        with self.work(loser) as ctx:
            tenders.object_to_award(ctx, second.id, grounds=f"中选机构资料与公示不符{HOSTILE}")
        self.clock.set(first.publicity_ends_at)
        self.runtime.settle()
        winner = next(s.agency for s in sides.values() if s.agency.organisation_id == first.agency_id)
        with self.work(winner) as ctx:
            tenders.accept_award(ctx, first.id)
        with self.work(side.buyer) as ctx:
            tenders.confirm_award(ctx, first.id)

    def _parties(self, side: Side, buyer: Actor, *, encumbered: bool = False) -> Parties:
        with self.work() as ctx:
            award = another_award(
                ctx, buyer.organisation_id or "", side.agency.organisation_id or "",
                encumbered=encumbered, title=f"报告书编制{HOSTILE}",
            )  # fmt: skip
        return Parties(buyer, side.agency, award)

    def _perform(self, side: Side, authority: Actor) -> None:
        """Contracts in each state, a review with its appeal, a complaint, a finding and a case."""
        self._parties(side, side.buyer)  # an award that still waits for its contract
        contract_builders.a_draft(self.work, self._parties(side, side.buyer), content=f"内容{HOSTILE}" + "详" * 20)
        running = self._parties(side, side.buyer)
        going = contract_builders.a_contract(self.work, running)
        part = contract_builders.parts_of(self.work, going)[0]
        with self.work(side.agency) as ctx:
            contracts.deliver(
                ctx, part.id, filename=f"{FORMULA}报告.pdf", content=io.BytesIO(PDF), note=f"成果{HOSTILE}"
            )
        done = contract_builders.a_finished_contract(self.work, self._parties(side, side.buyer))
        contract_builders.a_finished_contract(self.work, self._parties(side, side.buyer))  # waits for its review
        with self.work(side.buyer) as ctx:
            review = credit.review(ctx, done.id, **marks(2), comment=f"服务不及时{HOSTILE}")
        with self.work(side.agency) as ctx:
            credit.reply(ctx, review.id, text=f"已整改{HOSTILE}")
            appeals.appeal_review(ctx, review.id, reason=f"评价与事实不符{HOSTILE}")
        self._discipline(side, authority)

    def _discipline(self, side: Side, authority: Actor) -> None:
        phone, email = f"1360013{SIDES.index(side.name)}999", f"{side.name}.who@mail.example"
        agency_id = side.agency.organisation_id or ""
        with self.work() as ctx:
            uscc = agency_queries.agency(ctx, agency_id).uscc
        facts: dict[str, Any] = {
            "about_kind": "agency", "about_number": uscc, "category": "quality", "phone": phone, "email": email,
            "complainant_name": f"举报人{side.name}", "text": f"报告数据与现场不符，多次联系未答复{HOSTILE}",
        }  # fmt: skip
        with self.work(Actor.public()) as ctx:
            supervision.complain(ctx, **facts)
            taken = supervision.complain(ctx, **facts)
        for datum in (phone, email, f"举报人{side.name}"):
            side.personal[datum] = {"authority"}
        with self.work(authority) as ctx:
            supervision.accept(ctx, taken.id)
            supervision.record_finding(
                ctx, agency_id=agency_id, kind="refuse_contract", reference=f"认定{side.name}{FORMULA}",
                text=f"经核查，事实清楚{HOSTILE}",
            )  # fmt: skip
            case = next(row for row in proceedings.sweep(ctx) if row.agency_id == agency_id)
        with self.work(side.agency) as ctx:
            proceedings.defend(ctx, case.id, text=f"申辩：非我方原因{HOSTILE}")

    def _pay(self, side: Side) -> None:
        """A payment order that waits for the second person."""
        parties = self._parties(side, side.department, encumbered=True)
        contract = contract_builders.a_finished_contract(self.work, parties)
        part = contract_builders.parts_of(self.work, contract)[0]
        with self.work() as ctx:
            order = payments.prepare(ctx, part.id)
        a_checked_invoice(self.work, Payers(parties, side.maker, side.checker, contract.id, part.id))
        with self.work(side.maker) as ctx:
            payments.submit(ctx, order.id)

    def _token(self, actor: Actor) -> str:
        with self.work(actor) as ctx:
            return identity.issue_token(ctx, name=f"对接{HOSTILE}"[:60], scopes=sorted(actor.permissions), days=90)[1]
