"""Shapes of buyers and delegates at the doors, and the words for their codes."""

from typing import Any

from marshmallow import fields

from marketplace.buyers.models import Buyer
from marketplace.buyers.rules import KINDS
from marketplace.identity.masks import mask_person
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text

LABELS = {"buyer.kind": KINDS, "buyer.delegate": {"active": "有效", "expired": "已结束"}}


class DetailsIn(Schema):
    """What a buyer may change later."""

    name = Text(required=True, longest=100)
    region = Text(required=True, longest=6)
    address = Text(longest=200, load_default="")
    contact = Text(required=True, longest=100)
    phone = Text(required=True, longest=30)


class DepartmentIn(DetailsIn):
    """A department that the operator sets up, with a first login when a user name is given."""

    uscc = Text(required=True, longest=40)
    username = Text(longest=64, load_default="")
    password = fields.String(load_default="")


class EnterpriseIn(DetailsIn):
    """An enterprise that enters by commitment, with its first login."""

    uscc = Text(required=True, longest=40)
    committed = fields.Boolean(load_default=False)
    username = Text(required=True, longest=64)
    password = fields.String(required=True)


class JoinForm(EnterpriseIn):
    """The same from an HTML form, where the password is typed twice."""

    again = fields.String(required=True)


class DelegateIn(Schema):
    """A person who may act for the buyer until the end of a day."""

    name = Text(required=True, longest=100)
    authorisation = Text(required=True, longest=200)
    valid_until = DayField(required=True)
    username = Text(longest=64, load_default="")
    password = fields.String(load_default="")


class BuyerOut(Schema):
    """A buyer as everybody may see it; no telephone number, of the contact person only the family name."""

    id = fields.String()
    kind = fields.String()
    name = fields.String()
    uscc = fields.String()
    region = fields.String()
    contact = fields.Method("_contact")
    registered_at = InstantField()

    def _contact(self, row: Buyer) -> Any:
        return mask_person(row.contact)


class BuyersOut(PageOut):
    """Some buyers."""

    items = fields.List(fields.Nested(BuyerOut))


class DelegateOut(Schema):
    """A delegate, for the buyer itself."""

    id = fields.String()
    name = fields.String()
    authorisation = fields.String()
    valid_until = DayField()
    added_at = InstantField()
    ended_at = InstantField(allow_none=True)


class DelegatesOut(PageOut):
    """A buyer's delegates."""

    items = fields.List(fields.Nested(DelegateOut))
