"""Words for the events on a tender's public trail."""

LABELS = {
    "event": {
        "tender.notice.published": "发布采购公告",
        "tender.closing.extended": "报名延期",
        "tender.bid.placed": "报价信封提交",
        "tender.bid.replaced": "报价信封更换",
        "tender.bid.withdrawn": "报价信封撤回",
        "tender.bids.opened": "开启报价",
        "tender.offer.excluded": "排除报价",
        "tender.award.proposed": "公示中选结果",
        "tender.publicity.ended": "公示期满",
        "tender.objection.filed": "提出异议",
        "tender.objection.decided": "答复异议",
        "tender.award.accepted": "机构接受中选",
        "tender.award.declined": "机构放弃中选",
        "tender.award.lapsed": "逾期未签约，取消中选",
        "tender.award.cancelled": "中选结果失效",
        "tender.award.confirmed": "确认中选",
        "tender.tender.failed": "流标",
        "tender.tender.cancelled": "取消采购项目",
        "selection.commitment.published": "提交随机种子承诺",
        "selection.pool.frozen": "冻结摇号名单",
        "selection.draw.held": "公开种子并摇号",
        "selection.seed.withheld": "种子未能启封",
    },
}
