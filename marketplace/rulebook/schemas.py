"""Shapes of rules and calendar days at the doors, and the words for their codes."""

from marshmallow import fields, validate

from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text

LABELS = {
    "rule.unit": {
        "workday": "工作日",
        "day": "天",
        "month": "个月",
        "year": "年",
        "hour": "时",
        "minute": "分钟",
        "second": "秒",
        "percent": "%",
        "basis_point": "万分之一",
        "hundredth": "百分之一",
        "count": "个（次）",
        "point": "分",
        "star": "星",
        "megabyte": "MB",
        "yuan": "元",
        "flag": "是否",
        "choice": "选项",
        "list": "清单",
        "day_list": "天（清单）",
    },
    "rule.value": {
        "True": "是",
        "False": "否",
        "commitment": "承诺入驻，无需审批",
        "complaint": "异议机构可投诉，由主管部门处理",
        "dismiss": "视为异议不成立",
        "uphold": "视为异议成立",
        "operator": "运营机构",
        "department": "行政主管部门",
        "regulator": "监管部门",
        "lottery": "公开开奖号码",
        "drand": "drand公开随机信标",
        "fc3d": "福彩3D",
        "ssq": "福彩双色球",
        "pl3": "体彩排列3",
        "pl5": "体彩排列5",
        "legal_person": "法人",
        "unincorporated": "非法人组织",
        "individual_business": "个体工商户",
        "natural_person": "自然人",
        "city": "全市",
        "province": "全省",
        "country": "全国",
        "truth": "材料真实",
        "content": "服务内容",
        "time": "时限",
        "fee": "收费标准",
        "conduct": "行为规范",
        "suspend_service": "仅暂停相应服务",
        "disaster": "抢险救灾",
        "accident_inquiry": "事故调查",
        "secret": "国家秘密",
        "competitive": "只能竞争选取",
        "department_budget": "部门预算",
        "local_branch": "在本地设立分支机构",
        "local_record": "本地业绩",
        "association": "加入行业协会",
        "region": "所在地区",
        "department_list": "部门名录库",
        "warn": "提示",
        "refuse": "不予发布",
        "off": "不检查",
        "same_legal_person": "法定代表人相同",
        "shareholder": "持股关联",
        "executive": "高级管理人员关联",
        "affiliated_unit": "隶属关系",
        "authority_owned": "审批部门所属、主管、举办的单位",
        "direct": "直接选取",
        "random": "随机选取",
        "weighted": "信用加权随机选取",
        "lowest": "最低价选取",
        "bidding": "竞价选取",
        "average": "均价选取",
        "merit": "择优选取",
        "inquiry": "询比选取",
        "shortlist": "竞价后随机选取",
        "extend": "顺延",
        "fail": "流标",
        "proceed_with_one": "有一家即继续",
        "hkdf_two_commitments": "双方承诺、可复核摇号",
        "countdown": "倒计时",
        "rounds": "分轮",
        "turns": "轮流报价",
        "draw": "摇号",
        "earliest": "先到者",
        "lower": "较低报价",
        "quality": "服务质量",
        "attitude": "服务态度",
        "charge": "收费",
        "conformity": "规范",
        "none": "不作默认评价",
        "abuse": "辱骂",
        "personal_data": "个人信息",
        "qualification_fraud": "资质弄虚作假",
        "collusion": "串通报价",
        "bribery": "行贿",
        "repeated_complaints": "多次投诉查实",
        "qualification_penalty": "被处罚失去资质",
        "by_cause": "视情形而定",
        "service": "相应服务",
        "all": "全部",
        "continue": "继续履行",
        "accepted": "验收通过之日",
        "provincial_credit": "省公共信用信息平台",
        "national_publicity": "国家企业信用信息公示系统",
        "credit_service": "省信用服务平台",
        "monthly": "每月",
        "quarterly": "每季度",
        "yearly": "每年",
        "carry": "结转下年",
        "lapse": "余额收回",
        "end": "到年末终止",
    },
    "calendar.kind": {"true": "工作日", "false": "休息日"},
}


class RuleOut(Schema):
    """One value in force."""

    value = fields.Raw()
    unit = fields.String()
    source = fields.String()
    unconfirmed = fields.Boolean()
    region = fields.String()


class RulesOut(Schema):
    """All values in force; `id` names exactly this content."""

    id = fields.String()
    region = fields.String()
    entries = fields.Dict(keys=fields.String(), values=fields.Nested(RuleOut))


class RulesQuery(Schema):
    """Whose rules, and when."""

    region = Text(longest=6, load_default="000000")
    at = InstantField(load_default=None, allow_none=True)


class RuleSetOut(Schema):
    """One published version of a region."""

    id = fields.String()
    region = fields.String()
    name = fields.String()
    version = fields.Integer()
    parent = fields.String(allow_none=True)
    valid_from = InstantField()
    valid_to = InstantField(allow_none=True)
    published_at = InstantField()
    digest = fields.String()
    values = fields.Dict(keys=fields.String(), values=fields.Nested(RuleOut))


class RuleSetsOut(PageOut):
    """A page of versions."""

    items = fields.List(fields.Nested(RuleSetOut(exclude=("values",))))


class RuleSetIn(Schema):
    """A region's next version: key → value, or key → {value, source, unconfirmed}."""

    region = Text(required=True, longest=6)
    name = Text(longest=60, load_default="")
    valid_from = InstantField(load_default=None, allow_none=True)
    values = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=dict)
    withdrawn = fields.List(fields.String(), load_default=list)


class RuleChangeIn(Schema):
    """One changed value, from a form."""

    region = Text(required=True, longest=6)
    key = Text(required=True, longest=80)
    value = Text(required=True, longest=500)
    source = Text(required=True, longest=200)
    unconfirmed = fields.Boolean(load_default=False)
    valid_from = InstantField(load_default=None, allow_none=True)


class CalendarDayIn(Schema):
    """A working day or a day off."""

    day = DayField(required=True)
    is_workday = fields.Boolean(required=True)
    note = Text(longest=60, load_default="")


class CalendarDayOut(Schema):
    """A day of the calendar."""

    day = DayField()
    is_workday = fields.Boolean()
    note = fields.String()


class CalendarYearQuery(Schema):
    """Which year."""

    year = fields.Integer(required=True, validate=validate.Range(2000, 2100))


class CalendarDaysOut(Schema):
    """The days of a year, in order."""

    items = fields.List(fields.Nested(CalendarDayOut))
