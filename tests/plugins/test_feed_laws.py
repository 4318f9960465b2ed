"""Every built-in credit feed obeys the laws; and the laws can tell one that does not."""

import pytest

from marketplace.credit.feeds import BUILTINS
from marketplace.credit.feeds.csv_file import CsvFeed
from marketplace.testing import conformance
from marketplace.testing import laws_feeds as laws

SAMPLES = {
    "csv": (
        "统一社会信用代码,类别,文号,认定日期,认定机关,事由\r\n"
        '91320000MA1XXXXX1A,blacklist,苏信罚〔2026〕1号,2026-03-02,江苏省发展改革委,"弄虚作假,\n拒不改正"\r\n'
        "91320000MA1XXXXX2B,penalty,苏信罚〔2026〕2号,2026/03/03,连云港市财政局,\r\n"
    ).encode()
}


@pytest.mark.parametrize("law", conformance.FEED_LAWS, ids=conformance.name_of)
@pytest.mark.parametrize("name", sorted(BUILTINS))
def test_every_built_in_feed_obeys_every_law(name, law):
    law(BUILTINS[name], SAMPLES[name])


class Crashing(CsvFeed):
    def read(self, content):
        content.decode()
        return super().read(content)


class Remembering(CsvFeed):
    seen = 0

    def read(self, content):
        self.seen += 1
        found = super().read(content)
        return type(found)(found.records[: 1 + self.seen % 2], found.problems)


@pytest.mark.parametrize(
    ("law", "breaker", "trouble"),
    [
        (laws.garbage_is_refused_or_told_by_row, Crashing(), UnicodeDecodeError),
        (laws.a_damaged_delivery_raises_nothing_else, Crashing(), UnicodeDecodeError),
        (laws.reading_is_pure, Remembering(), AssertionError),
    ],
)
def test_a_law_finds_the_feed_that_breaks_it(law, breaker, trouble):
    with pytest.raises(BaseException) as found:
        law(breaker, SAMPLES["csv"])
    assert (
        found.group_contains(trouble) if isinstance(found.value, BaseExceptionGroup) else found.errisinstance(trouble)
    )
