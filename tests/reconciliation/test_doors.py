"""Pages, JSON and terminal of reconciliation."""

import io

import pytest
from click.testing import CliRunner

from marketplace.payments.sandbox.bills import mutated
from marketplace.reconciliation import queries
from marketplace.reconciliation.cli import reconcile
from marketplace.testing.reconciliation import ACCOUNT, DAY, a_bill, paid_orders, two_clerks
from marketplace.web.terminal import Opener


@pytest.fixture
def lines(work):
    two_clerks(work, username="rec")
    return paid_orders(work, 5)


def post_file(client, content, path="/finance/statements/new", **over):
    facts = {"account": ACCOUNT, "day": DAY.isoformat(), "form": "alipay-account", **over}
    return client.post(path, data={**facts, "file": (io.BytesIO(content), "账单.zip")})


def the_break(work):
    with work() as ctx:
        return queries.breaks_of(ctx, ACCOUNT, DAY)[0].id


def test_two_clerks_take_a_statement_in_end_its_break_and_close_the_day(work, client, sign_in, clock, lines):
    sign_in(client, "rec-one")
    assert client.get("/finance/statements/new").status_code == 200
    damaged = post_file(client, a_bill(lines, truncated=True))
    assert damaged.status_code == 422
    assert "可能被截断" in damaged.text
    added = post_file(client, a_bill(mutated(lines, "extra:0")))
    assert added.status_code == 303
    path = added.headers["Location"].split("?")[0]
    assert "渠道有、本平台无" in client.get(added.headers["Location"]).text
    assert "紧急" in client.get("/finance/breaks").text
    one = f"/finance/breaks/{the_break(work)}"
    assert client.post(f"{one}/propose", data={"action": "", "reason": ""}).status_code == 422
    assert client.post(f"{one}/propose", data={"action": "corrected", "reason": "已联系渠道退回"}).status_code == 303
    own = client.post(f"{one}/confirm")
    assert own.status_code == 422
    assert "不能是同一人" in own.text
    sign_in(client, "rec-two")
    assert client.post(f"{one}/confirm").status_code == 303
    clock.advance(days=1)
    sign_in(client, "rec-two")
    assert client.post(f"{path}/close").status_code == 303
    assert "已关账" in client.get("/finance/days").text
    english = client.get(f"{path}?lang=en").text
    assert "Closed and sealed" in english
    assert client.post(f"{path}/reopen", data={"reason": ""}).status_code == 422
    assert client.post(f"{path}/reopen", data={"reason": "渠道更正账单"}).status_code == 303


def test_json_has_the_same_verbs(work, client, sign_in, clock, lines):
    sign_in(client, "rec-one")
    made = post_file(client, a_bill(mutated(lines, "missing:2")), "/api/v1/reconciliation/statements")
    assert (made.status_code, made.json["matched"], made.json["breaks"]) == (201, 4, 1)
    day = f"/api/v1/reconciliation/days/{made.json['id']}"
    assert client.get("/api/v1/reconciliation/days?account=sandbox:account").json["items"][0]["lines"] == 4
    assert client.post(f"{day}/match").json["matched"] == 4
    (row,) = client.get("/api/v1/reconciliation/breaks?kind=missing_there").json["items"]
    one = f"/api/v1/reconciliation/breaks/{row['id']}"
    assert client.post(f"{one}/assign", json={}).json["state"] == "assigned"
    assert client.post(f"{one}/propose", json={"action": "explained", "reason": "次日入账"}).json["state"] == "proposed"
    assert client.post(f"{one}/confirm").json["type"].endswith("reconciliation.same_person")
    sign_in(client, "rec-two")
    assert client.post(f"{one}/refuse", json={"reason": "未附渠道回复"}).json["state"] == "assigned"
    assert client.get(one).json["amount"].startswith("-")
    clock.advance(days=1)
    sign_in(client, "rec-two")
    assert client.post(f"{day}/close").json["state"] == "closed"
    assert client.post(f"{day}/match").json["type"].endswith("reconciliation.day_closed")
    assert client.post(f"{day}/reopen", json={"reason": "更正"}).json["reopened"] == 1
    assert client.get(day).json["digest"] == ""


def test_strangers_see_no_statement(work, client, sign_in, lines):
    from marketplace.testing.identity import a_member

    with work() as ctx:
        a_member(ctx, "agency", username="stranger")
    sign_in(client, "stranger")
    assert client.get("/finance/days").status_code == 403
    assert client.get("/api/v1/reconciliation/breaks").status_code == 403


def test_the_terminal_takes_in_lists_closes_and_checks(app, work, clock, tmp_path, lines):
    file = tmp_path / "bill.zip"
    file.write_bytes(a_bill(lines))

    def shell(*words):
        return CliRunner().invoke(reconcile, words, obj=Opener(lambda: app))

    day = DAY.isoformat()
    assert "5 lines, 5 matched, 0 breaks open" in shell("import", ACCOUNT, day, str(file)).output
    assert "5/5 matched" in shell("days").output
    assert shell("breaks").output == ""
    clock.advance(days=1)
    assert "sealed as" in shell("close", ACCOUNT, day).output
    assert "as it was sealed" in shell("check").output
    with work() as ctx:
        ctx.session.query(queries.StatementLine).first().number = "changed"
    assert shell("check").exit_code == 1
    assert "0 statements" in shell("fetch").output
