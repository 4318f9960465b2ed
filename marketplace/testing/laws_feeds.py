"""Laws of the plug-in point `marketplace.credit_feeds`; each takes the feed and one genuine delivery."""

from collections.abc import Callable
from datetime import date

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from marketplace.credit.errors import FeedUnreadable
from marketplace.credit.ports import CreditFeed, FeedContent

Law = Callable[[CreditFeed, bytes], None]
_quiet = settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def read_or_none(feed: CreditFeed, content: bytes) -> FeedContent | None:
    """What the feed reads; None when it says that this is not its format. Anything else it raises is a defect."""
    try:
        return feed.read(content)
    except FeedUnreadable:
        return None


def keeps_the_protocol(feed: CreditFeed, sample: bytes) -> None:
    """Code and label are there, and the genuine delivery is read."""
    assert feed.code
    assert feed.code == feed.code.strip().lower(), "the code is stored: lower case, no space"
    assert feed.label.strip()
    assert feed.read(sample).records, "the sample of the law must hold a record"


def records_are_complete(feed: CreditFeed, sample: bytes) -> None:
    """A record says who, what, which decision, when and by whom; rows are named once."""
    _check_content(feed.read(sample))
    rows = [record.row for record in feed.read(sample).records]
    assert len(set(rows)) == len(rows)


def garbage_is_refused_or_told_by_row(feed: CreditFeed, sample: bytes) -> None:
    """No bytes raise anything but FeedUnreadable, and what is read out of them is complete."""

    @_quiet
    @given(st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: text.encode("utf-8"))))
    def law(content: bytes) -> None:
        if (found := read_or_none(feed, content)) is not None:
            _check_content(found)

    law()


def a_damaged_delivery_raises_nothing_else(feed: CreditFeed, sample: bytes) -> None:
    """The same for a genuine delivery in which something was cut out, put in or changed."""

    @_quiet
    @given(st.integers(0, len(sample)), st.integers(0, 40), st.one_of(st.binary(max_size=20), _breakers))
    def law(place: int, cut: int, put: bytes) -> None:
        if (found := read_or_none(feed, sample[:place] + put + sample[place + cut :])) is not None:
            _check_content(found)

    law()


def reading_is_pure(feed: CreditFeed, sample: bytes) -> None:
    """The same delivery says the same again, whatever was read in between."""
    first = feed.read(sample)
    read_or_none(feed, b"\xff\x00")
    read_or_none(feed, sample[: len(sample) // 2])
    assert feed.read(sample) == first


_breakers = st.sampled_from([b"\x00", b'"', b"\r", b"\n\n", b",,,,,,,", b"\xff\xfe", b"\xef\xbb\xbf", b"x" * 200_000])


def _check_content(content: FeedContent) -> None:
    for record in content.records:
        assert record.row > 0
        assert all((record.uscc, record.kind, record.reference, record.authority)), "an incomplete row is a problem"
        assert isinstance(record.decided_on, date)
    for problem in content.problems:
        assert problem.row > 0
        assert problem.text.strip(), "a problem is said in words"
    assert not {record.row for record in content.records} & {problem.row for problem in content.problems}


LAWS: tuple[Law, ...] = (
    keeps_the_protocol,
    records_are_complete,
    garbage_is_refused_or_told_by_row,
    a_damaged_delivery_raises_nothing_else,
    reading_is_pure,
)
