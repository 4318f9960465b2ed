"""Dumping by steps worked out once: for every schema of ours, what the library dumps."""

import random
import re
from collections import namedtuple
from datetime import UTC, date, datetime
from decimal import Decimal

import marshmallow as ma
import pytest
from marshmallow import fields

from marketplace.extension import rooms
from marketplace.kernel.ids import Counter
from marketplace.web import dumping
from marketplace.web.schemas import Schema

pytestmark = pytest.mark.once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
USUAL = (None, "字", "7", 7, True, False, AT, AT.date(), {}, {"a": 1}, [], ["a"], b"x", 1.5, Decimal("2.0"))
USUAL += (type("Words", (str,), {})("词"), type("Count", (int,), {})(3), ma.missing)
LEFT_OUT = object()


def schemas(cls=Schema):
    for module in rooms("schemas"):
        assert module
    for one in cls.__subclasses__():
        yield one
        yield from schemas(one)


def rows(schema, chance):
    """Rows of every kind that a schema meets, of values that belong there and of values that do not."""
    names = [(field.attribute or name).partition(".")[0] for name, field in schema.dump_fields.items()]
    values = {name: chance.choice((*USUAL, LEFT_OUT)) for name in names}
    values = {name: value for name, value in values.items() if value is not LEFT_OUT}
    yield values
    yield type("Given", (dict,), {})(values)
    yield type("Facts", (), values)()
    stored = Counter()
    for name, value in values.items():
        setattr(stored, name, value)
    yield stored
    plain = [name for name in values if not name.startswith("_")]
    of = namedtuple("Row", plain, rename=True)  # noqa: PYI024 - each schema has its own
    yield of(*(values[name] for name in plain))


def told(dump, row):
    try:
        return re.sub(" at 0x[0-9a-f]+", "", repr(dump(row)))
    except Exception as error:
        return type(error), str(error)


def test_every_schema_dumps_what_the_library_dumps():
    found = {schema for schema in schemas() if schema.__module__.startswith("marketplace.")}
    chance = random.Random(3)
    for made in (one() for one in sorted(found, key=lambda one: (one.__module__, one.__name__))):
        for _ in range(3):
            for row in rows(made, chance):
                assert told(made.dump, row) == told(lambda one, by=made: ma.Schema._serialize(by, one), row), (
                    made,
                    row,
                )
    assert len(found) > 100


class Loud(fields.String):
    def _serialize(self, value, attr, obj, **kwargs):
        return str(value).upper()


class Odd(Schema):
    """Fields that are not what they are derived from."""

    loud = Loud()
    counted = fields.Integer(as_string=True)
    other = fields.String(attribute="inner.name")
    made = fields.Function(len)
    filled = fields.String(dump_default="无")
    renamed = fields.Date(data_key="on")


@pytest.mark.parametrize(
    "row", [{}, {"loud": "a", "counted": 7, "inner": {"name": "n"}, "filled": None, "renamed": AT}]
)
def test_a_field_that_does_otherwise_is_asked(row):
    assert Odd().dump(row) == ma.Schema._serialize(Odd(), row)


class Hooked(Schema):
    """A schema that looks at its rows itself."""

    name = fields.String()

    def get_attribute(self, obj, attr, default):
        return "查得"

    @ma.post_dump
    def sign(self, data, **kwargs):
        return {**data, "signed": True}


def test_a_schema_that_looks_for_itself_and_signs_is_left_to_do_so():
    assert Hooked().dump({"name": "a"}) == {"name": "查得", "signed": True}
    assert Hooked(many=True).dump([{"name": "a"}]) == [{"name": "查得", "signed": True}]


def test_a_part_of_a_schema_is_a_part():
    assert Odd(only=("filled",)).dump({"filled": "满", "loud": "a"}) == {"filled": "满"}
    assert dumping.known(date(2026, 3, 2)) is None
