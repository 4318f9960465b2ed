"""Dumping rows by their schema, which is looked at once: what is kept as it is shown is taken as it is.

The library asks each field of each row what it is. A schema of forty fields and a page of twenty rows ask the same
forty questions twenty times, and those are half of a list's time. Whatever is unusual is left to the field itself.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import marshmallow as ma
from marshmallow import fields

from marketplace.kernel.base import Base

Turn = Callable[[Any], Any]
Ways = Mapping[type, Turn | None]
# Values that go out as they came in, by the field's own class: a subclass may do otherwise.
_PLAIN: dict[type[fields.Field[Any]], Ways] = {
    fields.String: {str: None},
    fields.Integer: {int: None},
    fields.Boolean: {bool: None},
}


class Step(NamedTuple):
    """One field. name: of the field, key: in the answer, attribute: of the row. ways: of values by their type."""

    name: str
    key: str
    attribute: str
    ways: Ways
    field: fields.Field[Any]


def plain(kind: type[fields.Field[Any]], ways: Ways) -> None:
    """Say of a class of fields which values it serialises, by their type: as they are (None), or by one call."""
    _PLAIN[kind] = ways


def plan(schema: ma.Schema) -> tuple[Step, ...]:
    """The steps of a schema, in its order."""
    return tuple(_step(name, field) for name, field in schema.dump_fields.items())


def _step(name: str, field: fields.Field[Any]) -> Step:
    key = field.data_key if field.data_key is not None else name
    attribute = name if field.attribute is None else field.attribute
    kind = type(field)
    usual = kind.serialize is fields.Field.serialize and kind.get_value is fields.Field.get_value
    if not usual or not field._CHECK_ATTRIBUTE or "." in attribute:  # noqa: SLF001 - the library offers no other way
        return Step(name, key, "", {}, field)
    as_text = isinstance(field, fields.Integer) and field.as_string
    ways = {} if as_text else _PLAIN.get(kind, {})
    return Step(name, key, attribute, {**ways, type(None): None} if ways else {}, field)


def known(row: Any) -> Mapping[str, Any] | None:
    """What is known of a row without asking it; None where only asking tells."""
    if isinstance(row, Base):
        return vars(row)
    if isinstance(row, dict):
        return row if type(row) is dict else None
    told: Callable[[], dict[str, Any]] | None = getattr(row, "_asdict", None)  # a plain row of a statement
    return told() if told is not None and isinstance(row, tuple) else None


def dump(steps: tuple[Step, ...], schema: ma.Schema, row: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """One row as the schema dumps it. values: what is known of the row."""
    made: dict[str, Any] = {}
    for name, key, attribute, ways, field in steps:
        if attribute in values:
            value = values[attribute]
            kind = type(value)
            if kind in ways:
                turn = ways[kind]
                made[key] = value if turn is None else turn(value)
                continue
        found = field.serialize(name, row, accessor=schema.get_attribute)
        if found is not ma.missing:
            made[key] = found
    return made
