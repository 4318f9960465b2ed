"""Commitments in stock: keepers deposit them beforehand, so that whoever publishes a notice never sees a seed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from marketplace.kernel.base import Entropy
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import KeyNotHeld
from marketplace.kernel.keys import KeyRing
from marketplace.selection import rules
from marketplace.selection.ceremony import require_keeper
from marketplace.selection.errors import DepositUnfit, StockEmpty
from marketplace.selection.events import CommitmentsDeposited
from marketplace.selection.models import Deposit

MOST = 500  # in one deposit
_DIGEST, _ENVELOPE = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{160}")


@dataclass(frozen=True, slots=True)
class Promise:
    """A commitment as a notice takes it.

    deposited_at: None where the publishing process made it on the spot. alone: whether who made it held the private
    key of no other keeper.
    """

    digest: str
    envelope: str
    deposited_at: datetime | None
    alone: bool

    def told(self) -> dict[str, Any]:
        """What a notice says of its origin."""
        at = None if self.deposited_at is None else self.deposited_at.isoformat()
        return {"deposited_at": at, "alone": self.alone}


def made(keys: KeyRing, keeper: str, many: int, entropy: Entropy) -> list[dict[str, str]]:
    """Fresh commitments {digest, envelope}; the seeds lie in envelopes to the keeper and nowhere else."""
    seeds = [entropy(rules.SEED_BYTES) for _ in range(many)]
    return [{"digest": rules.commitment_of(seed), "envelope": keys.seal_to(keeper, seed)} for seed in seeds]


def take(ctx: Ctx, used_for: str) -> dict[str, Promise]:
    """The oldest commitment in each keeper's stock; two notices never share one.

    Where a stock is empty, a process that holds that keeper's key makes one on the spot, and the notice says so.
    used_for: what takes them, at most once. Raises StockEmpty (503), LostRace (409).
    """
    return {keeper: _oldest(ctx, keeper, used_for) or _on_the_spot(ctx, keeper) for keeper in rules.KEEPERS}


def _oldest(ctx: Ctx, keeper: str, used_for: str) -> Promise | None:
    waiting = select(Deposit.id).where(Deposit.keeper == keeper, Deposit.used_for.is_(None)).order_by(Deposit.id)
    # What another notice is taking is passed over instead of waited for.
    one = waiting.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    kept = (Deposit.digest, Deposit.envelope, Deposit.deposited_at, Deposit.alone)
    taken = update(Deposit).where(Deposit.id == one, Deposit.used_for.is_(None)).values(used_for=used_for)
    row = ctx.session.execute(taken.returning(*kept), execution_options={"synchronize_session": False}).first()
    return None if row is None else Promise(*row)


def _on_the_spot(ctx: Ctx, keeper: str) -> Promise:
    if keeper not in ctx.keys.private:
        raise StockEmpty(keeper=rules.NAMES[keeper])
    (row,) = made(ctx.keys, keeper, 1, ctx.entropy)
    return Promise(**row, deposited_at=None, alone=False)


def deposit(ctx: Ctx, keeper: str, many: int) -> None:
    """Make commitments and put them into the keeper's stock. Raises KeyNotHeld where its private key is not."""
    if keeper not in ctx.keys.private:
        raise KeyNotHeld
    alone = set(rules.KEEPERS) & set(ctx.keys.private) == {keeper}
    _lay_in(ctx, keeper, made(ctx.keys, keeper, many, ctx.entropy), alone=alone)


def hand_in(ctx: Ctx, keeper: str, commitments: Sequence[Mapping[str, str]]) -> int:
    """Put commitments that a keeper made on its own machine into its stock; how many lie there now.

    commitments: as `made` answers. Raises DepositUnfit, NotPermitted for another keeper, LostRace for doubled ones.
    """
    require_keeper(ctx, keeper)
    rows = [{"digest": row.get("digest", ""), "envelope": row.get("envelope", "")} for row in commitments]
    fits = all(_DIGEST.fullmatch(row["digest"]) and _ENVELOPE.fullmatch(row["envelope"]) for row in rows)
    if keeper not in rules.KEEPERS or not 0 < len(rows) <= MOST or not fits:
        raise DepositUnfit(field="commitments", most=MOST)
    _lay_in(ctx, keeper, rows, alone=True)
    return in_stock(ctx, keeper)


def _lay_in(ctx: Ctx, keeper: str, rows: Sequence[Mapping[str, str]], *, alone: bool) -> None:
    about = {"keeper": keeper, "deposited_at": ctx.now, "alone": alone}
    ctx.session.add_all(Deposit(id=ctx.new_id(), **about, **row) for row in rows)
    ctx.session.flush()
    ctx.record(CommitmentsDeposited(f"keeper/{keeper}", keeper, [row["digest"] for row in rows], alone))


def in_stock(ctx: Ctx, keeper: str) -> int:
    """How many commitments of a keeper wait for a notice."""
    waiting = select(func.count()).where(Deposit.keeper == keeper, Deposit.used_for.is_(None))
    return ctx.session.scalar(waiting) or 0
