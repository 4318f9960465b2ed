"""Marshmallow for JSON and forms alike: unknown fields refused, messages in our words, money and instants."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.kernel.base import Base
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.errors import BadAmount
from marketplace.kernel.money import parse_yuan, yuan
from marketplace.web import dumping

# marshmallow's own English → our Chinese source texts; the catalogue carries the English again.
TEXTS = {
    "Missing data for required field.": "此项必填",
    "Field may not be null.": "此项不能为空",
    "Unknown field.": "不认识的字段",
    "Invalid input type.": "内容格式不正确",
    "Not a valid integer.": "请填写整数",
    "Not a valid string.": "请填写文字",
    "Not a valid boolean.": "请选择是或否",
    "Not a valid date.": "请填写日期，例如 2026-03-02",
    "Not a valid list.": "请选择一项或多项",
    "Not a valid mapping type.": "内容格式不正确",
    "Not a valid datetime.": "请填写时间，例如 2026-03-02T09:00",
    "Not a valid aware datetime.": "请填写带时区的时间",
    "Not a valid email address.": "请填写有效的电子邮箱",
    "Not a valid number.": "请填写数字",
    "Not a valid URL.": "请填写有效的网址",
}


def explain(messages: Any) -> Any:
    """Replace marshmallow's English texts by ours."""
    if isinstance(messages, dict):
        return {key: explain(value) for key, value in messages.items()}
    if isinstance(messages, list):
        return [explain(item) for item in messages]
    text = str(messages)
    if text in TEXTS:
        return TEXTS[text]
    if text.startswith("Must be one of"):
        return "请从列出的选项中选择"
    if text.startswith(("Shorter than", "Longer than", "Length must be")):
        return "长度不符合要求"
    if text.startswith("Must be "):
        return "数值超出允许范围"
    return text


class Schema(ma.Schema):
    """Base of all schemas: what it does not know it refuses, what it refuses it explains."""

    class Meta:
        """Field order is the order of the form."""

        unknown = ma.RAISE

    @cached_property
    def _plan(self) -> tuple[dumping.Step, ...]:
        return dumping.plan(self)

    def _serialize(self, obj: Any, *, many: bool = False) -> Any:
        """What the library does here, with fewer questions: see `dumping`."""
        if many and obj is not None:
            return [self._serialize(one) for one in obj]
        values = dumping.known(obj) if type(self).get_attribute is Schema.get_attribute else None
        if values is None:
            return super()._serialize(obj)
        return dumping.dump(self._plan, self, obj, values)

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """An attribute of a row by one question, where the library asks several to learn what it looks at."""
        if isinstance(obj, Base) and "." not in attr:
            return getattr(obj, attr, default)
        return super().get_attribute(obj, attr, default)

    def handle_error(self, error: ma.ValidationError, data: Any, **kwargs: Any) -> None:
        error.messages = explain(error.messages)


class YuanAsFen(fields.Field[int]):
    """Money: yuan as text on the way in ("1,234.50"), integer fen inside, {"fen", "yuan"}-free integer fen out."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else yuan(value).replace(",", "")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not isinstance(value, str):
            raise ma.ValidationError('金额请以文字填写，例如 "12800.00"')
        try:
            return parse_yuan(value)
        except BadAmount as error:
            raise ma.ValidationError("请填写金额，最多两位小数，例如 12800.00") from error


class InstantField(fields.Field[datetime]):
    """A moment: ISO 8601; without a zone (a form) it is Shanghai's wall time."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        try:
            at = datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise ma.ValidationError("请填写时间，例如 2026-03-02T09:00") from error
        return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


class DayField(fields.Field[date]):
    """A calendar day, ISO 8601."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError as error:
            raise ma.ValidationError("请填写日期，例如 2026-03-02") from error


class Text(fields.String):
    """Text that is not blank; surrounding spaces and control characters go."""

    def __init__(self, *, longest: int = 200, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=longest), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        text = "".join(c for c in str(text or "") if c in "\n\t" or c.isprintable()).strip()
        if self.required and not text:
            raise self.make_error("required")
        return text


dumping.plain(Text, {str: None})
dumping.plain(InstantField, {datetime: datetime.isoformat})
dumping.plain(DayField, {date: date.isoformat})


class PageOut(Schema):
    """The frame of every list: items are added by the subclass, `next` is the cursor of the next page."""

    next = fields.String(allow_none=True)
