"""What happens to the tenders, act by act; every step is a verb that a person or the clock could have called."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

from marketplace.agencies import queries as agencies
from marketplace.contracts import delivery
from marketplace.contracts import queries as contract_queries
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Milestone
from marketplace.contracts.rules import MilestonePlan
from marketplace.credit import service as credit
from marketplace.demo.stage import PDF, Scene, Stage
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.rulebook import queries as rulebook
from marketplace.tenders import queries as tender_queries
from marketplace.tenders import service as tenders
from marketplace.tenders.models import Award

SIGN_UP_WORKDAYS = 4
OF_METHODS = ("quote", "method_params", "assessors")


def post(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Write the notices; all but drafts are published."""
    for scene in scenes:
        facts = scene.facts
        department = scene.buyer in stage.line
        with stage.acting(scene.buyer) as ctx:
            fixed = parse_yuan(facts["fixed"]) if facts["method"] == "random" else None
            made = tenders.draft(
                ctx,
                title=facts["title"],
                item_code=facts["item"],
                region=facts.get("region", stage.cast["region"]),
                content=facts["content"],
                fund_source="fiscal" if department else "social",
                government_commissioned=department,
                payer="department" if department else "buyer",
                budget_line_id=stage.line.get(scene.buyer),
                ceiling_fen=parse_yuan(facts["ceiling"]),
                fixed_price_fen=fixed,
                method=facts["method"],
                direct_agency_id=stage.organisation.get(facts.get("direct", "")),
                direct_reason=facts.get("reason", "") if facts["method"] == "direct" else "",
                service_workdays=facts["days"],
                screening=facts.get("screening", False),
                invited=[code_of(stage, username) for username in facts.get("invited", [])],
                **{name: facts[name] for name in OF_METHODS if name in facts},
            )
            scene.tender_id, scene.number = made.id, made.number
            if scene.fate != "draft":
                closes_at = rulebook.add_workdays(ctx, ctx.now, SIGN_UP_WORKDAYS)
                tenders.publish(ctx, made.id, closes_at=closes_at)


def bid(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Agencies send their sealed bids."""
    for scene in scenes:
        quotes: dict[str, dict[str, Any]] = {n: {"price_fen": parse_yuan(price)} for n, price in scene.bids.items()}
        quotes |= {name: {"rate_bp": rate} for name, rate in scene.facts.get("rates", {}).items()}
        for username, quote in quotes.items():
            days = scene.facts.get("days_of", {}).get(username, scene.facts["days"])
            with stage.acting(username) as ctx:
                tenders.place_bid(ctx, scene.tender_id, days=days, **quote)


def code_of(stage: Stage, username: str) -> str:
    """The credit code of an agency."""
    with stage.runtime.work(write=False) as ctx:
        return agencies.agency(ctx, stage.organisation[username]).uscc


def close(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Let the sign-up end; the market closes, opens and ranks by itself."""
    with stage.runtime.work(write=False) as ctx:
        ends = [tender_queries.tender(ctx, scene.tender_id).closes_at for scene in scenes]
    stage.until(max(end for end in ends if end is not None) + timedelta(minutes=1))


def award_of(stage: Stage, scene: Scene) -> Award | None:
    """The award that counts, if any."""
    with stage.runtime.work(write=False) as ctx:
        return tender_queries.live_award(ctx, scene.tender_id)


def winner_of(stage: Stage, scene: Scene) -> str:
    """User name of the winner."""
    award = award_of(stage, scene)
    assert award is not None, scene.number
    return stage.username_of(award.agency_id)


def object_to(stage: Stage, scenes: Sequence[Scene]) -> None:
    """A loser objects; the clock of the publicity stops."""
    for scene in scenes:
        award = award_of(stage, scene)
        assert award is not None
        with stage.acting(scene.facts["objector"]) as ctx:
            tenders.object_to_award(ctx, award.id, grounds=scene.facts["grounds"])
        stage.tell(f"{scene.number} 收到异议，公示期停止计时：{scene.facts['grounds']}")


def dismiss_objections(stage: Stage, scenes: Sequence[Scene]) -> None:
    """The buyer answers; the clock runs on."""
    for scene in scenes:
        with stage.acting(scene.buyer) as ctx:
            for objection in tender_queries.objections(ctx, scene.tender_id):
                tenders.decide_objection(ctx, objection.id, upheld=False, reply=scene.facts["reply"])
        stage.tell(f"{scene.number} 异议答复：不成立，公示期恢复计时")


def decline(stage: Stage, scenes: Sequence[Scene]) -> None:
    """The winner gives up; the first reserve steps in."""
    for scene in scenes:
        award = award_of(stage, scene)
        assert award is not None
        with stage.acting(stage.username_of(award.agency_id)) as ctx:
            tenders.decline_award(ctx, award.id, reason=scene.facts["reason"])
        stage.tell(f"{scene.number} 中选机构放弃，候补机构递补")


def end_publicity(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Let the publicity days of these awards pass."""
    ends = [award.publicity_ends_at for scene in scenes if (award := award_of(stage, scene))]
    stage.until(max(ends) + timedelta(minutes=1))


def confirm(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Winners accept, buyers confirm: the letters go out."""
    for scene in scenes:
        award = award_of(stage, scene)
        assert award is not None
        with stage.acting(stage.username_of(award.agency_id)) as ctx:
            tenders.accept_award(ctx, award.id)
        with stage.acting(scene.buyer) as ctx:
            tenders.confirm_award(ctx, award.id)


def sign(stage: Stage, scenes: Sequence[Scene], *, both: bool = True) -> None:
    """Buyers draw up the contracts; both sides confirm."""
    for scene in scenes:
        award = award_of(stage, scene)
        assert award is not None
        start = shanghai_date(stage.clock())
        end = start + timedelta(days=2 * int(scene.facts["days"]))
        plan = [MilestonePlan("提交成果并通过验收", 10_000, end)]
        if scene.fate == "paid":
            middle = start + timedelta(days=int(scene.facts["days"]))
            plan = [MilestonePlan("提交工作大纲", 3_000, middle), MilestonePlan("提交正式报告", 7_000, end)]
        with stage.acting(scene.buyer) as ctx:
            content = scene.facts["content"]
            made = contracts.draw_up(ctx, award.id, content=content, starts_on=start, ends_on=end, milestones=plan)
            scene.contract_id = made.id
            contracts.confirm(ctx, made.id)
        if both:
            with stage.acting(stage.username_of(award.agency_id)) as ctx:
                contracts.confirm(ctx, scene.contract_id)


def change(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Buyers propose more money for more work, or less for less; some agencies have agreed."""
    for scene in [scene for scene in scenes if "change" in scene.facts]:
        facts = dict(scene.facts["change"])
        amount_fen, agreed = parse_yuan(facts.pop("amount")), facts.pop("agreed")
        if facts["kind"] == "reduction":
            facts["milestone_id"] = parts(stage, scene)[0].id
        else:
            facts["due_on"] = shanghai_date(stage.clock()) + timedelta(days=45)
        with stage.acting(scene.buyer) as ctx:
            made = contracts.propose_change(ctx, scene.contract_id, amount_fen=amount_fen, **facts)
        if agreed:
            with stage.acting(winner_of(stage, scene)) as ctx:
                contracts.agree_change(ctx, made.id)


def parts(stage: Stage, scene: Scene) -> Sequence[Milestone]:
    """The milestones of a scene's contract."""
    with stage.runtime.work(write=False) as ctx:
        return contract_queries.milestones(ctx, scene.contract_id)


def deliver(stage: Stage, scene: Scene, milestone: Milestone) -> None:
    """The agency uploads the result of one milestone."""
    with stage.acting(winner_of(stage, scene)) as ctx:
        name = f"{scene.facts['title'][:30]}-{milestone.title}.pdf"
        delivery.deliver(ctx, milestone.id, filename=name, content=BytesIO(PDF), note="成果文件")


def accept(stage: Stage, scene: Scene, milestone: Milestone) -> None:
    """The buyer accepts it: what is due becomes due, but for a part that it disputes."""
    with stage.acting(scene.buyer) as ctx:
        delivery.accept(ctx, milestone.id)
        if "disputed" in scene.facts:
            disputed_fen = parse_yuan(scene.facts["disputed"])
            contracts.dispute(ctx, milestone.id, disputed_fen=disputed_fen, reason=scene.facts["dispute"])


def review(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Buyers rate the service, agencies reply."""
    for scene in scenes:
        quality, time, attitude, charge, conformity = scene.facts["marks"]
        with stage.acting(scene.buyer) as ctx:
            made = credit.review(
                ctx,
                scene.contract_id,
                quality=quality,
                time=time,
                attitude=attitude,
                charge=charge,
                conformity=conformity,
                comment=scene.facts["comment"],
            )
        with stage.acting(winner_of(stage, scene)) as ctx:
            credit.reply(ctx, made.id, text="感谢评价，我们将继续改进服务。")


def explain(stage: Stage, scene: Scene) -> list[str]:
    """Who offered what, in the order of the ranking, and why."""
    with stage.runtime.work(write=False) as ctx:
        return [
            f"第{offer.rank}名 {offer.agency_name} {yuan(offer.price_fen or 0)}元：{offer.reason}"
            for offer in tender_queries.offers(ctx, scene.tender_id)
            if offer.rank
        ]
