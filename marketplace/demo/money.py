"""How the departments pay: the clock prepares, one person submits, another approves, the gateway moves the money."""

from marketplace.demo.stage import Stage
from marketplace.kernel.money import yuan
from marketplace.payments import queries, service


def pay_what_is_due(stage: Stage) -> int:
    """Take every prepared order through submission, approval and the gateway; returns how many were paid."""
    paid = 0
    for department in stage.cast["departments"]:
        (maker, _), (checker, _) = department["finance"]
        with stage.runtime.work(write=False) as ctx:
            wanted = queries.orders(stage.organisation[department["username"]], ["draft"])
            waiting = [order.id for order in ctx.session.scalars(wanted)]
        for id in waiting:
            with stage.acting(maker) as ctx:
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
    return paid
