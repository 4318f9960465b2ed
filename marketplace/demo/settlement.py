"""How enterprises pay agencies, and how the clerks compare the provider's books with ours until a day is sealed."""

from datetime import date, timedelta

from marketplace.collection import queries as collections
from marketplace.collection import service as collecting
from marketplace.collection.models import Collection
from marketplace.contracts import queries as contracts
from marketplace.demo import scenes as acts
from marketplace.demo.stage import Scene, Stage
from marketplace.kernel.clock import SHANGHAI, shanghai_date
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.payments import service as payments
from marketplace.payments.ports import Way
from marketplace.reconciliation import queries as reconciliation
from marketplace.reconciliation import rules, service
from marketplace.reconciliation.models import ReconDay

CLERKS = ("qingsuan", "qingsuan-fuhe")
FEE_FEN = 2_358  # what the provider takes for a day's transfers
BANK = "bank:main"
BANK_CSV = """#账号：[3200 1618 6360 5250 0777]
#起始日期：[{day:%Y年%m月%d日} 00:00:00]
交易流水号,交易时间,摘要,对方户名,借方金额,贷方金额,余额
{day:%Y%m%d}0001,{day} 08:20:31,检测费,清江永泰建材有限公司,,8600.00,1258600.00
#借方合计：0笔，共0.00元
#贷方合计：1笔，共8600.00元
"""


def pay(stage: Stage) -> None:
    """Enterprises pay: by code, after a code that expired, and too late, so that the money belongs to no order."""
    _give_numbers(stage)
    for scene in [scene for scene in stage.scenes if scene.facts.get("pays") == "code"]:
        made = _offered(stage, scene)
        _scan(stage, made)
        stage.tell(f"{made.number} 扫码付款 {yuan(made.amount_fen)} 元，直接进机构商户号")
        if "refund" in scene.facts:
            _refund(stage, scene, made)
    again = [scene for scene in stage.scenes if scene.facts.get("pays") == "again"]
    late = [scene for scene in stage.scenes if scene.facts.get("pays") == "late"]
    expired = [_offered(stage, scene) for scene in (*again, *late)]
    stage.clock.advance(minutes=35)
    stage.runtime.settle()
    numbers = "、".join(made.number for made in expired)
    stage.tell(f"{numbers} 三十分钟内无人付款，二维码过期，先在支付机构关闭再在本地关闭")
    for scene in again:
        _scan(stage, _offered(stage, scene, "page"))
    _come_late(stage, late, expired[len(again) :])


def _give_numbers(stage: Stage) -> None:
    for place, part in enumerate(stage.cast["agencies"]):
        with stage.acting(part["username"]) as ctx:
            collecting.set_merchant(ctx, stage.organisation[part["username"]], seller=f"2088{371062:08d}{place:04d}")


def _offered(stage: Stage, scene: Scene, way: Way = "qr") -> Collection:
    with stage.acting(scene.buyer) as ctx:
        made = collecting.ask(ctx, contracts.milestones(ctx, scene.contract_id)[0].id, way=way)
    stage.runtime.settle()
    return made


def _scan(stage: Stage, made: Collection) -> None:
    """The payer pays; the provider's notice comes in and is believed only after its signature was checked."""
    with stage.runtime.work(write=False) as ctx:
        found = collections.by_number(ctx, made.number)
        assert found is not None
    if found.way == "page":
        stage.sandbox.arrive(found.action)
    told = stage.sandbox.pay(made.number, at=_wall(stage), deliver=False)["notice"]
    with stage.acting() as ctx:
        payments.record_notice(ctx, gateway=made.gateway, headers={}, body=told.encode())
    stage.runtime.settle()


def _refund(stage: Stage, scene: Scene, made: Collection) -> None:
    reason, amount_fen = scene.facts["refund_reason"], parse_yuan(scene.facts["refund"])
    with stage.acting(acts.winner_of(stage, scene)) as ctx:
        given = collecting.refund(ctx, made.id, request_key="1", amount_fen=amount_fen, reason=reason)
    stage.runtime.settle()
    stage.tell(f"{given.number} 机构退回 {yuan(given.amount_fen)} 元：{reason}")


def _come_late(stage: Stage, scenes: list[Scene], expired: list[Collection]) -> None:
    """Money under a closed number: a clerk lets it count, sends it back, or still has to ask whose it is."""
    stage.sandbox.set(late_pay="on")
    for scene, made in zip(scenes, expired, strict=True):
        _scan(stage, made)
        stage.tell(f"{made.number} 过期后到账 {yuan(made.amount_fen)} 元，列为待认领款")
        with stage.acting(CLERKS[0]) as ctx:
            found = collections.receipt_of(ctx, made.id)
            assert found is not None
            if "allocated" in scene.facts:
                collecting.allocate(ctx, found.id, reason=scene.facts["allocated"])
            if "returned" in scene.facts:
                collecting.give_back_receipt(ctx, found.id, reason=scene.facts["returned"])
    stage.runtime.settle()
    stage.sandbox.set(late_pay="off")


def charge(stage: Stage) -> None:
    """The provider takes its fee for the day, which our books do not know."""
    stage.sandbox.charge(FEE_FEN, at=_wall(stage))


def compare(stage: Stage) -> None:
    """The statements have come: a clerk explains what does not fit, a second one agrees, the days are sealed."""
    day = shanghai_date(stage.clock()) - timedelta(days=1)
    _import_bank(stage, day)
    with stage.runtime.work(write=False) as ctx:
        fees = [row.id for row in ctx.session.scalars(reconciliation.breaks(kind="fee"))]
    for id in fees:
        with stage.acting(CLERKS[0]) as ctx:
            service.assign(ctx, id)
            reason = "支付机构按日收取的转账服务费，凭月度服务费发票由运营中心承担"
            service.propose(ctx, id, action="explained", reason=reason)
        with stage.acting(CLERKS[1]) as ctx:
            service.confirm(ctx, id)
        stage.tell(f"对账差异：服务费 {yuan(FEE_FEN)} 元，一人提出、另一人确认后销号")
    with stage.acting(CLERKS[0]) as ctx:
        for row in ctx.session.scalars(reconciliation.breaks()).all():
            if row.state == "found":
                service.assign(ctx, row.id)
    for account in rules.accounts_of("sandbox"):
        stage.tell(f"{account} 至 {_close(stage, account, day):%m-%d} 各日已关账封存")


def _import_bank(stage: Stage, day: date) -> None:
    with stage.acting(CLERKS[0]) as ctx:
        content = BANK_CSV.format(day=day).encode()
        service.import_statement(ctx, account=BANK, day=day, form="bank-csv", content=content)
    stage.tell(f"{day:%m-%d} 银行流水导入，一笔 8,600.00 元来款在本地没有记录，等待查明")


def _close(stage: Stage, account: str, until: date) -> date:
    """Seal the days of an account in their order."""
    with stage.runtime.work(write=False) as ctx:
        wanted = reconciliation.days(account, "open").where(ReconDay.day < until).order_by(ReconDay.day)
        waiting = [(row.id, row.day) for row in ctx.session.scalars(wanted)]
    for id, _ in waiting:
        with stage.acting(CLERKS[1]) as ctx:
            service.close_day(ctx, id)
    return waiting[-1][1]


def _wall(stage: Stage) -> str:
    return f"{stage.clock().astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
