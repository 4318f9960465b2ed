def test_it(app, market):
    assert len(market.people) == 16
