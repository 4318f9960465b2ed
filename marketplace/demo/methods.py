"""Every other way to choose, and the ceremonies around it: each ends where its page has something to show."""

from collections.abc import Sequence

from marketplace.demo import scenes as acts
from marketplace.demo.stage import Scene, Stage, read
from marketplace.kernel.money import parse_yuan
from marketplace.rulebook import service as rulebook
from marketplace.selection import witnessing
from marketplace.tenders import queries
from marketplace.tenders import service as tenders
from marketplace.tenders.models import Offer
from marketplace.tenders.queries import asking

FATES = ("averaged", "scored", "scoring", "compared", "shortlisted", "kept", "explained", "judging")
Codes = Sequence[tuple[Scene, str, str]]


def announce(stage: Stage) -> Codes:
    """Post them all and name the witnesses; returns the codes that these were given, with what they will remark."""
    for region in read("methods.toml")["regions"]:
        with stage.acting() as ctx:
            rulebook.publish(ctx, region["code"], values=region["values"], name=region["name"])
    acts.post(stage, stage.of(*FATES, "amended"))
    return _name_witnesses(stage, stage.of("shortlisted"))


def bid(stage: Stage) -> None:
    """Quotes, a question, and an amendment that asks whoever has bid already."""
    acts.bid(stage, stage.of(*FATES, "amended"))
    _bid_of_the_drawn(stage, stage.of("compared"))
    _ask_and_amend(stage, stage.of("amended"))


def finish(stage: Stage, codes: Codes) -> None:
    """After the closing: take each as far as its fate says."""
    _explain(stage, stage.of("explained", "judging"))
    stage.clock.advance(minutes=20)
    _judge(stage, stage.of("explained"))
    _score(stage, stage.of("scored", "scoring"))
    _compare(stage, stage.of("compared"))
    stage.clock.advance(minutes=20)
    stage.runtime.settle()
    _sign(stage, stage.of("shortlisted"), codes)
    for scene in stage.of(*FATES):
        _tell(stage, scene)


def _name_witnesses(stage: Stage, scenes: Sequence[Scene]) -> Codes:
    codes = []
    for scene in scenes:
        people = zip(scene.facts["witnesses"], scene.facts["remarks"], strict=True)
        for (name, home), remark in people:
            with stage.acting(scene.buyer) as ctx:
                code = witnessing.name_witness(
                    ctx, scene.tender_id, scene.number, name=name, organisation=home, most=len(scene.facts["witnesses"])
                )
            codes.append((scene, code, remark))
    return codes


def _sign(stage: Stage, scenes: Sequence[Scene], codes: Codes) -> None:
    for scene, code, remark in codes:
        with stage.acting() as ctx:
            witnessing.sign_as_witness(ctx, scene.number, code=code, remark=remark)
    for scene in scenes:
        stage.tell(f"{scene.number} 低价入围后公开摇号，{len(codes)}名见证人签字")


def _bid_of_the_drawn(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Whoever was drawn into an inquiry quotes as well."""
    for scene in scenes:
        with stage.runtime.work(write=False) as ctx:
            invited = asking.invitations(ctx, queries.tender(ctx, scene.tender_id))
        for row in invited:
            if row.drawn:
                with stage.acting(stage.username_of(row.agency_id)) as ctx:
                    price = parse_yuan(scene.facts["drawn_quotes"])
                    tenders.place_bid(ctx, scene.tender_id, price_fen=price, days=scene.facts["days"])


def _ask_and_amend(stage: Stage, scenes: Sequence[Scene]) -> None:
    """A question without a name, an amendment, the answer to all; one bidder confirms, the other has not yet."""
    for scene in scenes:
        facts = scene.facts
        with stage.acting(facts["asks"]) as ctx:
            asked = tenders.ask(ctx, scene.tender_id, question=facts["question"])
        stage.clock.advance(minutes=40)
        with stage.acting(scene.buyer) as ctx:
            more = {"service_workdays": facts["new_days"], "ceiling_fen": parse_yuan(facts["new_ceiling"])}
            made = tenders.amend(ctx, scene.tender_id, reason=facts["reason"], **more)
        stage.clock.advance(minutes=5)
        with stage.acting(scene.buyer) as ctx:
            tenders.answer(ctx, asked.id, answer=facts["answer"], changes_notice=True)
        stage.clock.advance(minutes=30)
        with stage.acting(facts["confirms"]) as ctx:
            tenders.confirm_bid(ctx, scene.tender_id, notice_version=made.version)
        stage.tell(f"{scene.number} 答疑后变更公告并顺延截止时间，已密封的报价须确认后才有效")


def _explain(stage: Stage, scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        offer = _offers(stage, scene)[scene.facts["explains"]]
        with stage.acting(scene.facts["explains"]) as ctx:
            tenders.explain_price(ctx, offer.id, text=scene.facts["explanation"])


def _judge(stage: Stage, scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        offer = _offers(stage, scene)[scene.facts["explains"]]
        with stage.acting(scene.buyer) as ctx:
            tenders.judge_explanation(ctx, offer.id, accepted=False, reason=scene.facts["reason"])
        stage.tell(f"{scene.number} 报价异常低，说明不成立，该报价无效")


def _score(stage: Stage, scenes: Sequence[Scene]) -> None:
    """Each assessor declares first; whoever has a conflict gives up the seat, and some have not scored yet."""
    for scene in scenes:
        offers, conflicts = _offers(stage, scene), scene.facts.get("conflict", {})
        for username, words in conflicts.items():
            with stage.acting(username) as ctx:
                tenders.declare(ctx, scene.tender_id, conflict=words)
        given = scene.facts["points"]
        sheets = [{offers[firm].id: points[place] for firm, points in given.items()} for place in range(_sheets(given))]
        seated = [username for username in scene.facts["assessors"] if username not in conflicts]
        for username, points in zip(seated, sheets, strict=False):
            with stage.acting(username) as ctx:
                tenders.declare(ctx, scene.tender_id)
                tenders.give_points(ctx, scene.tender_id, points=points)


def _sheets(given: dict[str, list[int]]) -> int:
    return min(len(points) for points in given.values())


def _compare(stage: Stage, scenes: Sequence[Scene]) -> None:
    for scene in scenes:
        offer = _offers(stage, scene)[scene.facts["chosen"]]
        with stage.acting(scene.buyer) as ctx:
            tenders.name_offer(ctx, offer.id, reason=scene.facts["reason"])


def _offers(stage: Stage, scene: Scene) -> dict[str, Offer]:
    """Opened offers by the user name of the agency."""
    with stage.runtime.work(write=False) as ctx:
        offers = queries.offers(ctx, scene.tender_id)
    return {stage.username_of(offer.agency_id): offer for offer in offers if offer.agency_id}


def _tell(stage: Stage, scene: Scene) -> None:
    for line in acts.explain(stage, scene)[:1]:
        stage.tell(f"{scene.number} {line}")
