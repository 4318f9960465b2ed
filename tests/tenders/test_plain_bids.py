"""What the direct way reads plainly of a bid is what the schema of the whole way reads."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError

from marketplace.tenders.schemas import BidIn
from marketplace.tenders.schemas.direct import plain_bid

FACTS = {"price_fen": "80000.00", "days": 20, "lead": "王建国", "note": ""}
BID_IN = BidIn()
texts = st.text(max_size=8) | st.sampled_from(["80000.00", "¥1,234.5", " 王 ", "a\nb", "\u200b", "x" * 61])
values = st.none() | st.booleans() | st.integers(-2, 2002) | texts | st.floats(allow_nan=False)
names = st.sampled_from([*FACTS, "rate_bp", "replaces", "notice_version", "colour"])


@pytest.mark.once
@settings(max_examples=60)
@given(st.dictionaries(names, values) | st.builds(lambda more: FACTS | more, st.dictionaries(names, values)))
@example(FACTS)
@example({"price_fen": "1.00", "days": True})
def test_what_is_read_plainly_is_what_the_schema_reads(raw):
    read = plain_bid(raw)
    if read is None:
        return
    try:
        known = BID_IN.load(raw)
    except ValidationError as error:
        raise AssertionError(raw) from error
    inside, version = read
    assert known == {**inside, "replaces": None, "notice_version": version}
