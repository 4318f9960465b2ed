"""Shapes of the books at the doors, and the words for their codes."""

from marshmallow import fields

from marketplace.web.schemas import DayField, Schema, Text, YuanAsFen

LABELS = {
    "ledger.book": {"budget": "预算账", "cash": "资金账", "control": "控制账"},
    "ledger.kind": {
        "authority": "指标下达",
        "transfer": "调剂过渡",
        "carryover": "结转过渡",
        "prior_year": "以前年度退回",
        "available": "可用",
        "reserved": "已预留",
        "obligated": "合同占用",
        "due": "应付未付",
        "transit": "支付中",
        "paid": "已支付",
        "lapsed": "已收回",
    },
}


class TraceQuery(Schema):
    """Where to begin: a posting, or what its postings refer to."""

    reference = Text(required=True, longest=160)


class TrialLineOut(Schema):
    """Debits and credits of one kind of account in one book and year."""

    book = fields.String()
    fiscal_year = fields.Integer()
    kind = fields.String()
    debits_fen = YuanAsFen(data_key="debits")
    credits_fen = YuanAsFen(data_key="credits")
    balance_fen = YuanAsFen(data_key="balance")


class BrokenOut(Schema):
    """One violation of an invariant."""

    invariant = fields.String()
    text = fields.String()


class BooksOut(Schema):
    """The trial balance, and every violation of every invariant."""

    lines = fields.List(fields.Nested(TrialLineOut))
    invariants = fields.Integer()
    broken = fields.List(fields.Nested(BrokenOut))


class TraceStepOut(Schema):
    """One posting on the way back to the appropriation; depth 0 is where it began."""

    depth = fields.Integer()
    id = fields.String(attribute="posting.id")
    business_date = DayField(attribute="posting.business_date")
    amount_fen = YuanAsFen(data_key="amount", attribute="posting.amount_fen")
    reference = fields.String(attribute="posting.reference")
    source = fields.String(attribute="source.kind")
    target = fields.String(attribute="target.kind")


class TraceOut(Schema):
    """From a receipt back to the appropriation."""

    steps = fields.List(fields.Nested(TraceStepOut))
