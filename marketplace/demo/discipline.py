"""Complaints, findings, and the exit rule that removes an agency after the third verified complaint."""

from marketplace.demo import scenes as acts
from marketplace.demo.stage import Scene, Stage
from marketplace.supervision import proceedings, queries, service


def complain(stage: Stage, scenes: list[Scene]) -> None:
    """Each buyer complains; the regulator takes it up, looks into it and finds the breach."""
    for scene in scenes:
        with stage.acting(scene.buyer) as ctx:
            filed = service.complain(
                ctx,
                about_kind="award",
                about_number=scene.number,
                category="quality",
                text=scene.facts["complaint"],
                complainant_name="项目业主经办人",
                phone="13800000000",
            )
        with stage.acting("jianguan") as ctx:
            service.accept(ctx, filed.id)
        stage.wait(2)
        with stage.acting("jianguan") as ctx:
            service.decide(ctx, filed.id, upheld=True, decision="经核查，投诉反映的问题属实。")
        stage.tell(f"投诉 {filed.number} 查实：{scene.facts['complaint']}")


def expel(stage: Stage, scene: Scene) -> str:
    """The nightly sweep opens the case; the agency defends itself; another regulator decides. Returns its name."""
    username = acts.winner_of(stage, scene)
    agency_id = stage.organisation[username]
    stage.wait(1)
    with stage.runtime.work(write=False) as ctx:
        case_id = next(case.id for case in ctx.session.scalars(queries.cases_of(agency_id, "remove")))
    stage.tell("夜间清退规则筛查立案，已通知机构陈述申辩")
    with stage.acting(username) as ctx:
        proceedings.defend(ctx, case_id, text="相关问题系外聘人员所为，请求从轻处理。")
    stage.wait(1)
    with stage.acting("shenpi") as ctx:
        found = proceedings.decide_case(
            ctx, case_id, confirm=True, reason="十二个月内三次投诉查实，申辩理由不成立，依规清退；在履合同继续履行。"
        )
        name = queries.agency_names(ctx, [found.agency_id])[found.agency_id][0]
    stage.tell(f"{name} 被清退，期限届满前不得报名或重新入驻")
    return name
