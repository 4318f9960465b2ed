"""Terminal door of contracts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from marketplace.contracts import queries, service
from marketplace.contracts.models import Contract, Milestone
from marketplace.identity.cli import clerk
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.kernel.ports import Actor
from marketplace.web.terminal import work

AS = click.option("--as", "username", required=True, help="the person who does this, of one of the two sides")


@click.group("contracts")
def contracts() -> None:
    """List published contracts, show one, dispute a part of one, change one as both sides agree."""


@contracts.command("list")
@click.option("--limit", default=50, show_default=True, help="how many, newest first")
def list_(limit: int) -> None:
    """List contracts in force, finished or ended."""
    with work(write=False) as ctx:
        wanted = queries.published().order_by(Contract.signed_at.desc(), Contract.id.desc()).limit(limit)
        for row in ctx.session.scalars(wanted):
            click.echo(f"{row.number}  {row.status:10}  {yuan(row.amount_fen):>16}  {row.title}")


@contracts.command("show")
@click.argument("number")
def show(number: str) -> None:
    """Show one contract: parties, money, milestones."""
    with work(write=False) as ctx:
        row = queries.by_number(ctx, number)
        names = queries.names(ctx, [row])
        click.echo(f"{row.number}  {row.title}  {row.status}")
        click.echo(f"{names[row.buyer_id]} → {names[row.agency_id]}  {yuan(row.amount_fen)}")
        for part in queries.milestones(ctx, row.id):
            late = "  late" if part.late_since else ""
            click.echo(
                f"  {part.seq}. {part.title}  {yuan(part.amount_fen)}  {shanghai_date(part.due_at)}  "
                f"{part.status}{late}"
            )
            quarrel = queries.dispute_of(ctx, part.id)
            if quarrel is not None:
                click.echo(f"     disputed {yuan(quarrel.disputed_fen)}  {quarrel.state}  {quarrel.reason}")
        for change in queries.changes(ctx, row.id):
            click.echo(f"  +{change.seq} {change.kind}  {yuan(change.amount_fen)}  {change.state}  {change.reason}")


@contracts.command("dispute")
@click.argument("number")
@click.argument("seq", type=int)
@click.option("--amount", required=True, help="yuan that are not to be paid now")
@click.option("--reason", required=True)
@AS
def dispute(number: str, seq: int, amount: str, reason: str, username: str) -> None:
    """Dispute a part of an accepted milestone, as its buyer; what has not left is stopped."""
    actor, part = _part(number, seq, username)
    with work(actor) as ctx:
        made = service.dispute(ctx, part.id, disputed_fen=parse_yuan(amount), reason=reason)
        click.echo(f"{number} {seq}: {made.state}")


@contracts.command("end-dispute")
@click.argument("number")
@click.argument("seq", type=int)
@AS
def end_dispute(number: str, seq: int, username: str) -> None:
    """End a dispute: its buyer withdraws it, its agency concedes it."""
    actor, part = _part(number, seq, username)
    with work(actor) as ctx:
        click.echo(f"{number} {seq}: {service.end_dispute(ctx, part.id).state}")


@contracts.command("increase")
@click.argument("number")
@click.option("--amount", required=True, help="yuan")
@click.option("--title", required=True, help="of the further milestone")
@click.option("--due", required=True, type=click.DateTime(["%Y-%m-%d"]), help="its last day")
@click.option("--reason", required=True)
@AS
def increase(number: str, amount: str, title: str, due: datetime, reason: str, username: str) -> None:
    """Propose more money for a further milestone, as the buyer; the agency agrees or not."""
    actor, found = _side(number, username)
    facts: dict[str, Any] = {"title": title, "due_on": due.date(), "reason": reason, "amount_fen": parse_yuan(amount)}
    with work(actor) as ctx:
        made = service.propose_change(ctx, found.id, kind="increase", **facts)
        click.echo(f"{number} +{made.seq}: {made.state}")


@contracts.command("reduce")
@click.argument("number")
@click.argument("seq", type=int)
@click.option("--amount", required=True, help="yuan")
@click.option("--reason", required=True)
@AS
def reduce(number: str, seq: int, amount: str, reason: str, username: str) -> None:
    """Propose less money for a milestone that is not accepted yet, as the buyer."""
    actor, part = _part(number, seq, username)
    facts: dict[str, Any] = {"milestone_id": part.id, "reason": reason, "amount_fen": parse_yuan(amount)}
    with work(actor) as ctx:
        made = service.propose_change(ctx, part.contract_id, kind="reduction", **facts)
        click.echo(f"{number} +{made.seq}: {made.state}")


@contracts.command("agree-change")
@click.argument("number")
@AS
def agree_change(number: str, username: str) -> None:
    """Agree to the change that waits, as the agency."""
    _decide(number, username, service.agree_change)


@contracts.command("drop-change")
@click.argument("number")
@click.option("--reason", required=True)
@AS
def drop_change(number: str, reason: str, username: str) -> None:
    """Refuse the change that waits, as the agency, or withdraw it, as the buyer."""
    _decide(number, username, service.drop_change, reason=reason)


def _decide(number: str, username: str, verb: Callable[..., Any], **facts: str) -> None:
    actor, found = _side(number, username)
    with work(actor) as ctx:
        waiting = queries.open_change(ctx, found.id)
        if waiting is None:
            raise click.ClickException(f"no change of {number} waits")
        click.echo(f"{number} +{waiting.seq}: {verb(ctx, waiting.id, **facts).state}")


def _side(number: str, username: str) -> tuple[Actor, Contract]:
    """The person, as one of the contract's own sides, and the contract."""
    with work(write=False) as ctx:
        found = queries.by_number(ctx, number)
    try:
        return clerk(username, found.buyer_id), found
    except click.ClickException:
        return clerk(username, found.agency_id), found


def _part(number: str, seq: int, username: str) -> tuple[Actor, Milestone]:
    actor, found = _side(number, username)
    with work(write=False) as ctx:
        part = next((part for part in queries.milestones(ctx, found.id) if part.seq == seq), None)
    if part is None:
        raise click.ClickException(f"{number} has no milestone {seq}")
    return actor, part


commands: list[click.Command] = [contracts]
