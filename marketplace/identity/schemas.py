"""Shapes of sign-in, password and token forms at the doors, and the words for roles and permissions."""

from marshmallow import fields, validate

from marketplace.identity.rules import PERMISSIONS, ROLES_OF_KIND
from marketplace.web.schemas import InstantField, PageOut, Schema, Text

LABELS = {
    "organisation.kind": {
        "agency": "中介服务机构",
        "enterprise": "企业",
        "department": "部门",
        "authority": "监管部门",
        "operator": "运营机构",
        "auditor": "审计机关",
    },
    "role": {
        "agency": "中介服务机构经办人",
        "buyer": "企业采购经办人",
        "department": "部门采购经办人",
        "finance": "部门财务人员",
        "authority": "监管人员",
        "operator": "运营人员",
        "settlement": "清算人员",
        "assessor": "评审人员",
        "auditor": "审计人员",
        "sysadmin": "系统管理员",
        "secadmin": "安全管理员",
        "auditadmin": "审计管理员",
    },
    "permission": {
        "agency.check": "核查机构",
        "agency.edit": "维护机构信息",
        "agency.leave": "申请退出",
        "audit.read": "查看留痕",
        "award.accept": "接受中选",
        "award.confirm": "确认中选",
        "award.decline": "放弃中选",
        "bid.place": "提交报价",
        "bid.withdraw": "撤回报价",
        "budget.read": "查看预算指标",
        "budget.write": "下达预算指标",
        "buyer.edit": "维护业主信息",
        "calendar.edit": "维护工作日历",
        "catalogue.edit": "维护事项目录",
        "complaint.decide": "处理投诉",
        "complaint.file": "提出投诉",
        "contract.confirm": "确认合同",
        "contract.deliver": "提交成果",
        "contract.draw": "起草合同",
        "credit.read": "查看信用记录",
        "credit.write": "维护信用记录",
        "delivery.accept": "验收成果",
        "exit.decide": "决定清退",
        "finding.decide": "作出认定",
        "invoice.file": "提交发票",
        "ledger.read": "查看账簿",
        "login.create": "开设账号",
        "login.lock": "停用账号",
        "membership.grant": "授予角色",
        "objection.decide": "处理异议",
        "objection.file": "提出异议",
        "operations.read": "查看运行情况",
        "organisation.create": "登记单位",
        "payment.approve": "审批支付",
        "payment.make": "编制支付",
        "payment.read": "查看支付",
        "collection.allocate": "办理待认领款",
        "collection.pay": "企业付款",
        "collection.read": "查看企业收款",
        "collection.refund": "企业收款与退款",
        "reconcile.approve": "关账、确认差异处理",
        "reconcile.read": "查看对账",
        "reconcile.write": "导入账单、处理差异",
        "review.reply": "回应评价",
        "review.write": "评价服务",
        "rulebook.publish": "发布规则版本",
        "share.hand_in": "提交密钥份额",
        "supervision.read": "查看监管信息",
        "system.configure": "配置系统",
        "tender.cancel": "终止采购",
        "tender.draft": "编制采购需求",
        "tender.publish": "发布采购公告",
        "tender.score": "参加评审打分",
        "token.manage": "管理接口令牌",
    },
}


class SignInIn(Schema):
    """User name and password; they are compared, never judged, so no limit tells anything."""

    username = fields.String(required=True)
    password = fields.String(required=True)
    next = fields.String(load_default="")


class PasswordIn(Schema):
    """A change of one's own password. Spaces belong to a password and stay."""

    current = fields.String(required=True)
    password = fields.String(required=True)
    again = fields.String(required=True)


class TokenIn(Schema):
    """What a new API token is for, what it may do and for how many days."""

    name = Text(required=True, longest=100)
    scopes = fields.List(fields.String(), required=True)
    days = fields.Integer(required=True)


class TokenOut(Schema):
    """An API token without its secret."""

    id = fields.String()
    name = fields.String()
    prefix = fields.String()
    organisation_id = fields.String()
    scopes = fields.List(fields.String())
    issued_at = InstantField()
    expires_at = InstantField()
    last_used_at = InstantField(allow_none=True)


class TokensOut(PageOut):
    """One's own API tokens."""

    items = fields.List(fields.Nested(TokenOut))


class TokenIssuedOut(Schema):
    """A new API token; the secret is told here and never again."""

    token = fields.Nested(TokenOut)
    secret = fields.String()


class MeOut(Schema):
    """Who is asking, as the marketplace sees it."""

    login_id = fields.String(allow_none=True)
    name = fields.String()
    organisation_id = fields.String(allow_none=True)
    organisation_name = fields.String()
    kind = fields.String()
    roles = fields.Function(lambda actor: sorted(actor.roles))
    permissions = fields.Function(lambda actor: sorted(actor.permissions))


class LoginIn(Schema):
    """A login that the security administrator opens for somebody."""

    username = fields.String(required=True)
    name = Text(required=True, longest=100)
    password = fields.String(required=True)


class AppointmentIn(Schema):
    """A role in an organisation that is on the register."""

    kind = fields.String(required=True, validate=validate.OneOf(sorted(ROLES_OF_KIND)))
    uscc = fields.String(required=True)
    role = fields.String(required=True, validate=validate.OneOf(sorted(PERMISSIONS)))


class LockIn(Schema):
    """Why a login is stopped; it goes on the record."""

    reason = Text(required=True, longest=200)


class LoginOut(Schema):
    """A login without its password."""

    id = fields.String()
    username = fields.String()
    name = fields.String()
    created_at = InstantField()
    locked_at = InstantField(allow_none=True)


class LoginsOut(PageOut):
    """Logins."""

    items = fields.List(fields.Nested(LoginOut))


class AppointmentOut(Schema):
    """A role that a login holds."""

    id = fields.String()
    login_id = fields.String()
    organisation_id = fields.String()
    role = fields.String()
    granted_at = InstantField()
