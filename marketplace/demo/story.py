"""The story: the acts in order, and the summary that is printed and kept."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import func, select

from marketplace.agencies import queries as agencies
from marketplace.audit import queries as audit
from marketplace.audit import service as sealing
from marketplace.budgets.queries import balances
from marketplace.collection import queries as collections
from marketplace.collection.models import Collection
from marketplace.demo import auction, casting, discipline, methods, money, settlement
from marketplace.demo import scenes as acts
from marketplace.demo.stage import Scene, Stage
from marketplace.identity import queries as identity
from marketplace.identity.schemas import LABELS
from marketplace.kernel.context import Ctx
from marketplace.ledger import check
from marketplace.payments import queries as payments
from marketplace.tenders import service as tenders
from marketplace.tenders.models import Award, Tender

FIRST = ("paid", "finished", "troubled", "late", "dismissed", "declined", "failed", "cancelled")
SECOND = ("serving", "delivered", "signing", "confirming")
THIRD = ("publicity", "objected", "opened", "auctioned")
EXPERTS = LABELS["role"]["assessor"]
COMPLETED = ("paid", "finished", "troubled")


def play(stage: Stage, step: Callable[[str], None]) -> dict[str, Any]:
    """Play everything; step is told before each act. Returns the summary."""
    step("入驻：机构承诺即入驻，企业自行注册，部门下达预算指标")
    casting.enter(stage)
    star = stage.of("paid")[0]
    _first_round(stage, star, step)
    before = _scores(stage)
    _work_and_pay(stage, star, step)
    step("投诉、认定与清退")
    discipline.complain(stage, stage.of("troubled"))
    expelled = discipline.expel(stage, stage.of("troubled")[0])
    _second_round(stage, step)
    _third_round(stage, step)
    step("封存事件日志")
    with stage.acting() as ctx:
        sealing.seal(ctx)
    return _summary(stage, star, before, expelled)


def _first_round(stage: Stage, star: Scene, step: Callable[[str], None]) -> None:
    first = stage.of(*FIRST)
    step("发布第一批采购公告，预留预算")
    acts.post(stage, first)
    stage.tell(f"{star.number} {star.facts['title']} 发布，最高限价 {star.facts['ceiling']} 元，预算已预留")
    stage.wait(1)
    step("密封报价：开启之前任何人都看不到报价、报价人和家数")
    acts.bid(stage, first)
    for scene in stage.of("cancelled"):
        with stage.acting(scene.buyer) as ctx:
            tenders.cancel(ctx, scene.tender_id, reason=scene.facts["reason"])
    step("报名截止：自动开启、排序或摇号")
    acts.close(stage, stage.of(*(fate for fate in FIRST if fate != "cancelled")))
    for line in acts.explain(stage, star):
        stage.tell(line)
    step("中选公示、异议、放弃与递补")
    acts.object_to(stage, stage.of("dismissed"))
    acts.decline(stage, stage.of("declined"))
    stage.wait(2)
    acts.dismiss_objections(stage, stage.of("dismissed"))
    won = stage.of(*COMPLETED, "late", "dismissed", "declined")
    acts.end_publicity(stage, won)
    acts.confirm(stage, won)
    stage.tell(f"{star.number} 公示期满确认中选，中选通知书已生成，可凭校验码查验")


def _work_and_pay(stage: Stage, star: Scene, step: Callable[[str], None]) -> None:
    done = stage.of(*COMPLETED)
    step("合同双方确认并备案")
    worked = [*done, *stage.of("late")]
    acts.sign(stage, [*worked, *stage.of("dismissed", "declined")])
    step("交付、验收、支付")
    for place in (0, 1):
        stage.wait(4)
        for scene in worked:
            milestones = acts.parts(stage, scene)
            if place < len(milestones):
                acts.deliver(stage, scene, milestones[place])
        stage.wait(1)
        for scene in worked:
            milestones = acts.parts(stage, scene)
            if place < len(milestones):
                acts.accept(stage, scene, milestones[place])
        stage.runtime.settle()
        money.pay_what_is_due(stage)
    step("企业付费：扫码、二维码过期、部分退款、无单来款认领")
    settlement.pay(stage)
    settlement.charge(stage)
    step("服务评价与机构回复，信用重新计算")
    acts.review(stage, done)
    stage.tell(f"{star.number} 评价完成：{star.facts['comment']}")
    step("对账：导入账单、处理差异、关账封存")
    stage.wait(1)
    settlement.compare(stage)


def _second_round(stage: Stage, step: Callable[[str], None]) -> None:
    step("第二批项目：停在履约、待验收、待签约、待确认各环节")
    second = stage.of(*SECOND)
    acts.post(stage, second)
    stage.wait(1)
    acts.bid(stage, second)
    acts.close(stage, second)
    acts.end_publicity(stage, second)
    signed = stage.of("serving", "delivered", "signing")
    acts.confirm(stage, signed)
    acts.sign(stage, stage.of("serving", "delivered"))
    acts.change(stage, stage.of("serving", "delivered"))
    acts.sign(stage, stage.of("signing"), both=False)


def _third_round(stage: Stage, step: Callable[[str], None]) -> None:
    step("第三批项目：正在公示、异议处理、待审查、报名中、草稿")
    third = stage.of(*THIRD)
    acts.post(stage, third)
    codes = methods.announce(stage)
    stage.wait(1)
    acts.bid(stage, third)
    methods.bid(stage)
    acts.close(stage, stage.of(*THIRD, *methods.FATES))
    auction.hold(stage, stage.of("auctioned"))
    step("其他选取方式和程序：均价、择优评审、询比、低价入围摇号，多方保管密钥，低价说明，公告变更")
    methods.finish(stage, codes)
    for scene in stage.of("delivered"):
        acts.deliver(stage, scene, acts.parts(stage, scene)[0])
    acts.object_to(stage, stage.of("objected"))
    acts.post(stage, stage.of("open", "draft"))
    stage.clock.advance(hours=1)
    acts.bid(stage, stage.of("open"))
    stage.runtime.settle()


def _scores(stage: Stage) -> dict[str, str]:
    with stage.runtime.work(write=False) as ctx:
        found = {
            part["name"]: agencies.agency(ctx, stage.organisation[part["username"]]) for part in stage.cast["agencies"]
        }
        return {name: _score(row.score_points, row.stars) for name, row in found.items()}


def _score(points: int | None, stars: int | None) -> str:
    return "尚无评分" if points is None else f"{points // 100}.{points % 100:02d}分 {stars or 0}星"


def _summary(stage: Stage, star: Scene, before: dict[str, str], expelled: str) -> dict[str, Any]:
    after = _scores(stage)
    with stage.runtime.work(write=False) as ctx:
        broken = [str(problem) for problem in [*check.run(ctx), *audit.problems(ctx)]]
        if broken:
            raise RuntimeError("; ".join(broken))
        wanted = payments.orders(None, ["paid"])
        paid = [
            {"number": order.number, "payee": order.payee_name, "amount_fen": order.amount_fen, "line": line}
            for order in ctx.session.scalars(wanted)
            for line in [_line_of(stage, order.department_id)]
        ]
        lines = {
            part["line"]["name"]: balances.line_stages(ctx, stage.line[part["username"]])
            for part in stage.cast["departments"]
        }
        return {
            "tenders": ctx.session.scalar(select(func.count()).select_from(Tender)),
            "awards": ctx.session.scalar(select(func.count()).select_from(Award).where(Award.status == "active")),
            "paid_fen": sum(item["amount_fen"] for item in paid),
            "paid": paid,
            "lines": lines,
            "collected": list(_collected(ctx)),
            "star": {"number": star.number, "title": star.facts["title"], "ranking": acts.explain(stage, star)},
            "scores": {name: [before[name], after[name]] for name in after if before[name] != after[name]},
            "expelled": expelled,
            "logins": list(_logins(stage)),
            "ends_at": stage.clock().isoformat(),
        }


def _collected(ctx: Ctx) -> Iterator[dict[str, Any]]:
    for row in ctx.session.scalars(collections.collections_for(ctx, "paid").order_by(Collection.number)):
        names = {"buyer": row.buyer_id, "agency": row.agency_id}
        told = {side: identity.organisation(ctx, id).name for side, id in names.items()}
        yield {"number": row.number, "amount_fen": row.amount_fen, **told}


def _line_of(stage: Stage, department_id: str) -> str:
    return next(
        str(part["line"]["name"])
        for part in stage.cast["departments"]
        if stage.organisation[part["username"]] == department_id
    )


def _logins(stage: Stage) -> Iterator[list[str]]:
    for kind, words in (
        ("agencies", "机构"),
        ("departments", "部门"),
        ("enterprises", "企业"),
        ("officials", "监管与运营"),
    ):
        for part in stage.cast[kind]:
            yield [EXPERTS if part.get("role") == "assessor" else words, part["username"], part["name"]]
            for username, person in part.get("finance", []):
                yield [f"{words}财务", username, f"{part['name']} {person}"]
            for username, person, role in part.get("colleagues", []):
                yield [LABELS["role"][role], username, f"{part['name']} {person}"]
