"""Shapes of agencies at the doors, shared by JSON and forms, and the words for their codes."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from marketplace.agencies.rules import QualificationFacts
from marketplace.identity.masks import mask_person, mask_phone
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text

LABELS = {
    "agency.standing": {"active": "正常", "suspended": "暂停服务", "left": "已退出", "expelled": "已清退"},
    "agency.entity_type": {
        "legal_person": "法人",
        "unincorporated": "非法人组织",
        "individual_business": "个体工商户",
    },
}


class QualificationIn(Schema):
    """A certificate as its holder states it."""

    item_code = Text(required=True, longest=32)
    title = Text(required=True, longest=120)
    number = Text(required=True, longest=80)
    holder = Text(required=True, longest=120)
    valid_from = DayField(required=True)
    valid_to = DayField(load_default=None, allow_none=True)


class EntryQualificationIn(QualificationIn):
    """A certificate inside an entry form."""

    @post_load
    def as_facts(self, data: dict[str, Any], **kwargs: Any) -> QualificationFacts:
        """The value that the service takes."""
        return QualificationFacts(**data)


class CertificateIn(Schema):
    """A certificate in a form that already says item and holder."""

    title = Text(required=True, longest=120)
    number = Text(required=True, longest=80)
    valid_from = DayField(required=True)
    valid_to = DayField(load_default=None, allow_none=True)


class QualificationRenewalIn(Schema):
    """The renewal of a certificate."""

    number = Text(required=True, longest=80)
    valid_from = DayField(required=True)
    valid_to = DayField(load_default=None, allow_none=True)


class AgencyDetailsIn(Schema):
    """What an agency says of itself and may change by itself."""

    legal_representative = Text(required=True, longest=60)
    contact = Text(required=True, longest=60)
    phone = Text(required=True, longest=24)
    introduction = Text(longest=2000, load_default="")


class AgencyPartyIn(AgencyDetailsIn):
    """The second page of the entry form."""

    name = Text(required=True, longest=100)
    uscc = Text(required=True, longest=40)
    entity_type = Text(required=True, longest=24)
    region = Text(required=True, longest=6)
    scopes = fields.List(Text(longest=32), load_default=list)


class AgencyPledgeIn(Schema):
    """The last page of the entry form: commitments and the login."""

    commitments = fields.List(Text(longest=24), load_default=list)
    username = Text(longest=64, load_default=None, allow_none=True)
    password = fields.String(validate=validate.Length(max=256), load_default=None, allow_none=True, load_only=True)


class AgencyJoinIn(AgencyPartyIn):
    """The whole entry in one request."""

    commitments = fields.List(Text(longest=24), load_default=list)
    qualifications = fields.List(fields.Nested(EntryQualificationIn), load_default=list)
    username = Text(longest=64, load_default=None, allow_none=True)
    password = fields.String(validate=validate.Length(max=256), load_default=None, allow_none=True, load_only=True)


class ServiceScopeIn(Schema):
    """One catalogue item to declare."""

    item_code = Text(required=True, longest=32)


class PractitionerIn(Schema):
    """A practitioner with one certificate, as the form asks for it."""

    name = Text(required=True, longest=60)
    id_number = Text(required=True, longest=24, load_only=True)
    certificate_title = Text(required=True, longest=120)
    certificate_number = Text(required=True, longest=80)


class AfterCheckIn(Schema):
    """The result of an after-check."""

    passed = fields.Boolean(required=True)
    note = Text(required=True, longest=1000)


class DirectoryQuery(Schema):
    """Filters of the directory."""

    q = Text(longest=60, load_default="")
    item = Text(longest=32, load_default="")
    region = fields.String(load_default="", validate=validate.Regexp(r"^(\d{6})?$"))
    stars = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 5))
    standing = fields.String(load_default="", validate=validate.OneOf(["", *LABELS["agency.standing"]]))
    after = fields.String(load_default=None, allow_none=True)


class EligibilityQuery(Schema):
    """May my agency bid for this item, closing then?"""

    item_code = Text(required=True, longest=32)
    closes_at = InstantField(load_default=None, allow_none=True)


class AgencyOut(Schema):
    """An agency as everybody may see it; people are masked."""

    id = fields.String()
    name = fields.String()
    uscc = fields.String()
    entity_type = fields.String()
    region = fields.String()
    standing = fields.String()
    stars = fields.Integer(allow_none=True)
    score_points = fields.Integer(allow_none=True)
    is_new = fields.Boolean()
    entered_at = InstantField()
    barred_until = InstantField(allow_none=True)
    introduction = fields.String()
    contact = fields.Function(lambda row: mask_person(row.contact), metadata={"type": "string"})
    phone = fields.Function(lambda row: mask_phone(row.phone), metadata={"type": "string"})


class AgenciesOut(PageOut):
    """A page of the directory."""

    items = fields.List(fields.Nested(AgencyOut))


class QualificationOut(Schema):
    """A registered certificate."""

    id = fields.String()
    item_code = fields.String()
    title = fields.String()
    number = fields.String()
    holder = fields.String()
    valid_from = DayField()
    valid_to = DayField(allow_none=True)
    renews_id = fields.String(allow_none=True)


class ServiceScopeOut(Schema):
    """A declared item."""

    item_code = fields.String()
    declared_at = InstantField()


class PractitionerOut(Schema):
    """A practitioner; the name is masked and the identity number never leaves."""

    id = fields.String()
    name = fields.Function(lambda row: mask_person(row.name), metadata={"type": "string"})
    certificates = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    listed_at = InstantField()


class AgencyPageOut(Schema):
    """An agency with its services, certificates and people."""

    agency = fields.Nested(AgencyOut)
    scopes = fields.List(fields.Nested(ServiceScopeOut))
    qualifications = fields.List(fields.Nested(QualificationOut))
    people = fields.List(fields.Nested(PractitionerOut))


class AgencyBarOut(Schema):
    """One reason why an agency may not bid."""

    code = fields.String()
    text = fields.String()
    remedy = fields.String()


class AgencyEligibilityOut(Schema):
    """Whether an agency may bid, and every reason if not."""

    may_bid = fields.Boolean()
    bars = fields.List(fields.Nested(AgencyBarOut))
