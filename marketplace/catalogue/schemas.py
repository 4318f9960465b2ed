"""Shapes of catalogue items at the doors, and the words for their codes."""

from marshmallow import fields, validate

from marketplace.catalogue.rules import LONGEST, MODES, PRICE_MODES
from marketplace.web.schemas import DayField, InstantField, PageOut, Schema, Text

LABELS = {
    "catalogue.mode": MODES,
    "catalogue.price_mode": PRICE_MODES,
    "catalogue.verb": {"added": "列入目录", "edited": "修订", "cancelled": "取消", "restored": "恢复"},
    "catalogue.state": {"kept": "保留", "cancelled": "已取消"},
}


class ItemFields(Schema):
    """What a person edits of an item, but for the qualifications."""

    name = Text(required=True, longest=LONGEST["name"])
    field = Text(required=True, longest=LONGEST["field"])
    authority = Text(required=True, longest=LONGEST["authority"])
    basis = Text(required=True, longest=LONGEST["basis"])
    qualification_mode = fields.String(required=True, validate=validate.OneOf(list(MODES)))
    result = Text(required=True, longest=LONGEST["result"])
    time_limit_workdays = fields.Integer(required=True)
    price_mode = fields.String(required=True, validate=validate.OneOf(list(PRICE_MODES)))
    parent_item = Text(longest=LONGEST["parent_item"], load_default="")
    kept_from = DayField(required=True)
    unconfirmed = fields.Boolean(load_default=False)


class ItemIn(ItemFields):
    """Everything of an item that a person edits."""

    qualifications = fields.List(Text(longest=100), load_default=list)


class NewItemIn(ItemIn):
    """A new item."""

    code = Text(required=True, longest=16)


class EditedItemIn(ItemIn):
    """An edited item. version: the one that was opened for editing."""

    version = fields.Integer(load_default=None, allow_none=True)


class ItemForm(ItemFields):
    """The same from an HTML form, where qualifications are one text."""

    code = Text(longest=16, load_default="")
    version = fields.Integer(load_default=None, allow_none=True)
    qualifications = Text(longest=1000, load_default="")


class ItemReasonIn(Schema):
    """Why an item is cancelled or restored."""

    reason = Text(required=True, longest=500)


class ItemStateForm(ItemReasonIn):
    """The same from an HTML form that says which of the two it means."""

    verb = fields.String(required=True, validate=validate.OneOf(["cancel", "restore"]))


class CatalogueImportIn(Schema):
    """A CSV text. dry_run: only report what it would do."""

    csv = fields.String(required=True, validate=validate.Length(max=2_000_000))
    dry_run = fields.Boolean(load_default=False)


class CatalogueItemOut(Schema):
    """An item as everybody may read it."""

    code = fields.String()
    name = fields.String()
    field = fields.String()
    authority = fields.String()
    basis = fields.String()
    qualification_mode = fields.String()
    qualifications = fields.List(fields.String())
    result = fields.String()
    time_limit_workdays = fields.Integer()
    price_mode = fields.String()
    parent_item = fields.String()
    kept_from = DayField()
    unconfirmed = fields.Boolean()
    kept = fields.Boolean()
    cancelled_on = DayField(allow_none=True)
    cancel_reason = fields.String()
    version = fields.Integer()
    updated_at = InstantField()


class CatalogueItemsOut(PageOut):
    """A page of items."""

    items = fields.List(fields.Nested(CatalogueItemOut))


class ItemChangeOut(Schema):
    """One version of an item."""

    version = fields.Integer()
    verb = fields.String()
    at = InstantField()
    reason = fields.String()
    facts = fields.Dict()


class ItemChangesOut(PageOut):
    """A page of versions, first to last."""

    items = fields.List(fields.Nested(ItemChangeOut))


class CatalogueRowErrorOut(Schema):
    """One thing wrong in a file."""

    line = fields.Integer()
    column = fields.String()
    code = fields.String(attribute="error.code")
    detail = fields.String(attribute="error.text")


class CatalogueImportOut(Schema):
    """What a file did, or would do."""

    written = fields.Boolean()
    added = fields.List(fields.String())
    changed = fields.List(fields.String())
    unchanged = fields.List(fields.String())
    errors = fields.List(fields.Nested(CatalogueRowErrorOut))
