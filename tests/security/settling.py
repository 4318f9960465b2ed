"""The money half of the market of the crawlers: collections, money without an owner, statement days, breaks, transfers."""

from datetime import timedelta
from typing import Any

from marketplace.budgets import transfers
from marketplace.collection import service as collecting
from marketplace.contracts import queries as contract_queries
from marketplace.contracts import service as contracts
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.ports import Actor
from marketplace.payments.ports import Observation, Outcome
from marketplace.payments.sandbox.bills import Entry
from marketplace.reconciliation import queries, service
from marketplace.testing import contracts as builders
from marketplace.testing.contracts import Parties
from marketplace.testing.reconciliation import ACCOUNT, a_bill
from marketplace.testing.tenders import a_budget_line

SELLER = "2088000000000777"


def collect(work: Any, one: Parties, other: Parties, words: str) -> None:
    """Two collections of one enterprise: one that waits with a part disputed, one refused whose money came all the same."""
    with work(one.agency) as ctx:
        collecting.set_merchant(ctx, one.agency_id, seller=SELLER)
    parts = [builders.parts_of(work, builders.a_finished_contract(work, parties))[0] for parties in (one, other)]
    with work(one.buyer) as ctx:
        contracts.dispute(ctx, parts[0].id, disputed_fen=100, reason=f"少做{words}")
        collecting.ask(ctx, parts[0].id)
        late = collecting.ask(ctx, parts[1].id)
    with work() as ctx:
        for outcome in (Outcome.REFUSED, Outcome.SUCCEEDED):
            collecting.apply(ctx, late.id, Observation("query", late.number, outcome, operation="payment"))


def change(work: Any, parties: Parties, words: str) -> None:
    """A running contract with a change that was withdrawn and one that waits for the agency."""
    contract = builders.a_contract(work, parties)
    for last in (False, True):
        with work(parties.buyer) as ctx:
            due_on = shanghai_date(ctx.now) + timedelta(days=20)
            facts: dict[str, Any] = {"kind": "increase", "title": f"补充监测{words}"[:120], "due_on": due_on}
            made = contracts.propose_change(ctx, contract.id, amount_fen=1000, reason=f"增加监测{words}", **facts)
            if not last:
                contracts.drop_change(ctx, made.id, reason=f"改期{words}")
    with work() as ctx:
        assert contract_queries.open_change(ctx, contract.id) is not None


def move_budget(work: Any, department: Actor, maker: Actor, words: str) -> None:
    """A transfer between two lines that waits for the second person."""
    lines = [a_budget_line(work, department, name=f"指标{n}") for n in (1, 2)]
    with work(maker) as ctx:
        transfers.ask(ctx, source_id=lines[0], target_id=lines[1], amount_fen=1000, reason=f"调剂{words}")


def compare(work: Any, clerk: Actor) -> None:
    """Two statement days with a line that nobody knows: one break has an owner and a proposal, the other nothing."""
    with work() as ctx:
        days = [shanghai_date(ctx.now) - timedelta(days=n) for n in (3, 2)]
    for n, day in enumerate(days):
        line = Entry(f"L{n}", f"B{n}", f"UNKNOWN-{n}", f"{day} 10:00:00", "无名氏", -700, "转账")
        content = a_bill([line], day=day, opening_fen=5_000_000 - 700 * n)
        with work(clerk) as ctx:
            service.import_statement(ctx, account=ACCOUNT, day=day, form="alipay-account", content=content)
    with work(clerk) as ctx:
        found = queries.breaks_of(ctx, ACCOUNT, days[0])[0]
        service.assign(ctx, found.id)
        service.propose(ctx, found.id, action="explained", reason="已联系渠道核实")
