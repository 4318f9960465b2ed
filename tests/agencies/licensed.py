"""An agency with a certificate, and what bars it."""

from marketplace.agencies import queries
from marketplace.testing.agencies import a_certificate, an_agency

LICENSED = "ZJ-03"
PLAIN = "ZJ-02"


def bar_codes(ctx, agency, item, at=None):
    return [bar.code for bar in queries.bars(ctx, agency.id, item, at or ctx.now)]


def licensed(ctx, **over):
    name = "江苏大地勘察有限公司"
    paper = a_certificate(ctx, item_code=LICENSED, holder=name, days=over.pop("days", 365))
    return an_agency(ctx, **{"name": name, "scopes": [LICENSED, PLAIN], "qualifications": [paper], **over})
