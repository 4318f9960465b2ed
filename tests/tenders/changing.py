"""What the tests of changes share: prices, and what a buyer and its bidders do to a notice."""

from marketplace.tenders import queries, service

PRICES = (7_000_000, 8_000_000, 8_100_000, 8_200_000)


def amended(work, buyer, tender, **facts):
    with work(buyer) as ctx:
        return service.amend(ctx, tender.id, **{"reason": "业主调整需求", **facts})


def confirmed(work, firm, tender, version=2):
    with work(firm) as ctx:
        return service.confirm_bid(ctx, tender.id, notice_version=version)


def now_of(work, tender):
    with work() as ctx:
        return queries.tender(ctx, tender.id)
