"""The pages of a posting: which field is answered where, and which page follows."""

from typing import Any, cast

from marshmallow import fields

from marketplace.tenders.pages import arranging
from marketplace.tenders.pages.arranging import MethodStep
from marketplace.tenders.rules import FURTHER_LINES
from marketplace.tenders.schemas import TenderDraftIn
from marketplace.web.schemas import Schema, Text


class ServiceStep(TenderDraftIn):
    """What is needed, and at most for how much."""

    class Meta(Schema.Meta):
        """The fields of this page."""

        fields = ("item_code", "title", "region", "ceiling_fen")


class RequirementStep(TenderDraftIn):
    """What has to be done and who must keep away."""

    class Meta(Schema.Meta):
        """The fields of this page."""

        fields = ("content", "conditions", "project_code", "authority_id", "avoidances", "service_workdays")


FURTHER = tuple(f"further_line_{n + 1}" for n in range(FURTHER_LINES))


class MoneyStep(TenderDraftIn):
    """How one is chosen and who pays. The agency of a direct selection is named by its code."""

    direct_uscc = Text(longest=40, load_default="")
    further_line_1, further_line_2, further_line_3 = (fields.String(load_default="") for _ in range(FURTHER_LINES))

    class Meta(Schema.Meta):
        """The fields of this page."""

        fields = (
            "method",
            "ceiling_fen",
            "fixed_price_fen",
            "floor_fen",
            "quote",
            "rate_floor_bp",
            "rate_cap_bp",
            "budget_line_id",
            *FURTHER,
            "direct_uscc",
            "direct_reason",
        )


class TimeStep(TenderDraftIn):
    """Until when one may bid, and whether the bids are screened before the choice."""

    urgent = fields.Boolean(load_default=False)

    class Meta(Schema.Meta):
        """The fields of this page."""

        fields = ("closes_at", "urgent", "urgent_reason", "screening")


STEPS: dict[str, tuple[str, type[Schema]]] = {
    "service": ("服务事项", ServiceStep),
    "requirement": ("服务要求", RequirementStep),
    "money": ("金额与方式", MoneyStep),
    "method": ("选取安排", MethodStep),
    "time": ("时间", TimeStep),
}
# Where one is, in words; the page about the method belongs to the one before it.
PLACES = [step for step in STEPS if step != "method"]
NAMES = (*(STEPS[step][0] for step in PLACES), "核对发布")


def step_of(field: str) -> str:
    """The page on which a field is answered."""
    asked = {"direct_agency_id": "direct_uscc", "weights": "weight_price", "further_line_ids": "further_line_1"}
    field = asked.get(field, field)
    return next((step for step, (_, schema) in STEPS.items() if field in cast("Any", schema).Meta.fields), "service")


def following_of(step: str, method: str) -> str:
    """The next page; the one about the method is left out where the method has nothing to be told."""
    names = [name for name in STEPS if name != "method" or method in arranging.ASKED]
    place = names.index(step) + 1
    return names[place] if place < len(names) else "check"
