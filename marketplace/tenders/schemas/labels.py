"""The words for states and kinds."""

from marketplace.tenders.rules.changing import KIND_LABELS
from marketplace.tenders.rules.changing import LABELS as CHANGE_LABELS

LABELS = {
    "tender.status": {
        "draft": "草稿",
        "active": "进行中",
        "complete": "已完成选取",
        "unsuccessful": "流标",
        "cancelled": "已取消",
    },
    "tender.stage": {
        "draft": "草稿",
        "open": "正在报名",
        "closed": "待开启",
        "opened": "已开启报价",
        "auction": "网上竞价",
        "explaining": "低价说明",
        "scoring": "专家评审",
        "comparing": "询比选定",
        "publicity": "中选公示",
        "objected": "异议处理",
        "confirming": "待确认",
        "awarded": "已中选",
        "failed": "流标",
        "cancelled": "已取消",
    },
    "tender.fund_source": {"fiscal": "财政资金", "social": "社会资金"},
    "tender.payer": {"department": "本部门预算", "buyer": "项目业主自付"},
    "tender.offer_status": {"valid": "有效", "excluded": "不予考虑"},
    "tender.exclusion_cause": {
        "broken": "无法开启",
        "barred": "不符合参与条件",
        "avoidance": "回避",
        "price": "报价不符合要求",
        "screening": "审查不通过",
        "low_price": "低价说明不成立",
        "objection": "异议成立",
    },
    "tender.ended_kind": KIND_LABELS,
    "tender.change": CHANGE_LABELS,
    "tender.effect": {
        "keep": "已提交的报价继续有效",
        "confirm": "已提交的报价须由机构确认后方才有效",
        "invalidate": "已提交的报价失效，须重新报价",
    },
    "tender.explanation": {
        "asked": "等待机构说明",
        "given": "等待业主审查",
        "accepted": "说明成立",
        "refused": "说明不成立",
        "silent": "逾期未说明",
    },
    "tender.assessor": {
        "asked": "等待声明",
        "declared": "等待打分",
        "done": "已提交打分",
        "recused": "已回避",
        "replaced": "已更换",
    },
    "award.status": {"pending": "公示中", "active": "已确认", "cancelled": "已取消", "unsuccessful": "已放弃"},
    "objection.status": {"pending": "处理中", "upheld": "成立", "dismissed": "不成立", "closed": "已终结"},
}
