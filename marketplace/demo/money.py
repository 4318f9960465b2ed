"""How the departments pay: the clock prepares, one person submits, another approves, the gateway moves the money."""

from marketplace.demo.stage import Stage
from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.payments import invoices, queries, service
from marketplace.payments.models import PaymentOrder


def pay_what_is_due(stage: Stage) -> int:
    """Take every prepared order through submission, approval and the gateway; returns how many were paid.

    Departments that pay late leave theirs lying.
    """
    paid, slow = 0, {scene.buyer for scene in stage.of("late")}
    for department in [part for part in stage.cast["departments"] if part["username"] not in slow]:
        (maker, _), (checker, _) = department["finance"]
        with stage.runtime.work(write=False) as ctx:
            wanted = queries.orders(stage.organisation[department["username"]], ["draft"])
            waiting = [order.id for order in ctx.session.scalars(wanted)]
        for id in waiting:
            with stage.acting(maker) as ctx:
                _invoiced(ctx, queries.order(ctx, id))
                service.submit(ctx, id)
            with stage.acting(checker) as ctx:
                service.approve(ctx, id)
            stage.runtime.settle()
            with stage.runtime.work(write=False) as ctx:
                order = queries.order(ctx, id)
                if order.state != "paid":
                    raise RuntimeError(f"payment {order.number} is {order.state}")
                words = f"经支付宝沙箱支付 {yuan(order.amount_fen)} 元，收款人 {order.payee_name}"
                stage.tell(f"{order.number} 经办、复核后{words}")
            paid += 1
    _fetch_receipts(stage)
    return paid


def _fetch_receipts(stage: Stage) -> None:
    """The gateway is asked for its receipts, and asked again once it has made them."""
    for _ in range(2):
        stage.clock.advance(minutes=2)
        stage.runtime.settle()
    with stage.runtime.work(write=False) as ctx:
        paid = list(ctx.session.scalars(queries.orders(states=["paid"])))
        kept = len(queries.filed_receipts(ctx, [order.id for order in paid]))
    stage.tell(f"已取得支付渠道电子回单 {kept} 份，按文件摘要留存")


def _invoiced(ctx: Ctx, order: PaymentOrder) -> None:
    """The agency's invoice with 6 % tax, handed in on paper, taken in and found genuine by the department."""
    tax_fen = order.amount_fen * 6 // 106
    entered = invoices.enter(
        ctx,
        order.milestone_id,
        number=f"{ctx.now.year % 100}{int.from_bytes(ctx.entropy(7), 'big') % 10**18:018d}",
        issued_on=shanghai_date(ctx.now),
        buyer_code=identity.organisation(ctx, order.department_id).uscc,
        seller_code=identity.organisation(ctx, order.agency_id).uscc,
        net_fen=order.amount_fen - tax_fen,
        tax_fen=tax_fen,
        gross_fen=order.amount_fen,
    )
    invoices.check(ctx, entered.id, genuine=True)
