"""First act: agencies enter by page and by program, an enterprise registers, a department gets its budget line."""

from marketplace.agencies.rules import COMMITMENTS
from marketplace.identity.rules import make_uscc
from marketplace.testing.identity import PASSWORD, a_colleague, a_member
from tests.flows.market import ITEM, REGION

NAMES = {
    "hongyuan": "江苏宏远地质工程院有限公司",
    "zhongtu": "中土勘测规划（南京）有限公司",
    "jiangbei": "江北岩土工程咨询有限公司",
    "huarui": "华瑞地灾评估技术有限公司",
}
OFFICIALS = {
    "yunying": ("operator", "operator", "清江市中介超市运营中心"),
    "jianguan": ("authority", "authority", "清江市行政审批监督局"),
    "shenpi": ("authority", "authority", "清江市政务服务管理办公室"),
}


def officials_are_there(market):
    """The only logins that nobody can make through a door: the first ones."""
    with market.runtime.work() as ctx:
        for username, (kind, role, name) in OFFICIALS.items():
            a_member(ctx, kind, role, username=username, name=name, region=REGION)


def an_agency_enters_on_the_pages(market, username):
    """Choose services, fill in, check and commit; active at once."""
    uscc = market.uscc[username] = make_uscc(username)
    public = market.public
    page = public.press("/agency/join", "下一步", scopes=[ITEM])
    certificate = _certificate(market)
    page = public.press(
        "/agency/join/details",
        "下一步",
        page=page,
        name=NAMES[username],
        uscc=uscc,
        entity_type="legal_person",
        region=REGION,
        legal_representative="徐立群",
        introduction="地质灾害评估甲级单位，配备专业勘查装备。",
        contact="徐立群",
        phone="13905170042",
        **{f"qualification_{ITEM}_{name}": value for name, value in certificate.items()},
    )
    assert NAMES[username] in page
    refused = public.press(
        "/agency/join/confirm", "承诺并入驻", page=page, status=422, commitments=["truth"], username=username,
        password=PASSWORD,
    )  # fmt: skip
    page = public.press(
        "/agency/join/confirm", "承诺并入驻", page=refused, commitments=list(COMMITMENTS), username=username,
        password=PASSWORD,
    )  # fmt: skip
    assert "入驻回执" in page
    assert public.at.endswith(f"/agency/join/{uscc}/receipt")
    assert "正常" in public.read(f"/agencies/{uscc}")


def an_agency_enters_by_program(market, username):
    """The same in one request."""
    uscc = market.uscc[username] = make_uscc(username)
    made = market.anybody.post("/agencies", application(market, username, uscc), name="enter-agency", status=201)
    assert (made["standing"], made["uscc"]) == ("active", uscc)
    assert market.anybody.get(f"/agencies/{uscc}", name="show-agency")["scopes"][0]["item_code"] == ITEM


def a_wrong_code_is_refused_with_its_field(market):
    """One digit of the social credit code is wrong."""
    right = make_uscc("wrong")
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    answer = market.anybody.post(
        "/agencies", application(market, "huarui", wrong), name="enter-agency-refused", status=422
    )
    assert "uscc" in str(answer["errors"])


def an_enterprise_registers(market, username):
    """On its own, by commitment."""
    page = market.public.press(
        "/buyer/join",
        "承诺并注册",
        name="华晟新能源材料有限公司",
        uscc=make_uscc(username),
        region=REGION,
        contact="许文博",
        phone="13913300177",
        username=username,
        password=PASSWORD,
        again=PASSWORD,
        committed="true",
    )
    assert "注册成功" in page


def a_department_is_set_up(market, username, *finance):
    """By the operator, on a page; its two finance people are logins of the security administrator."""
    operator = market.person("yunying")
    page = operator.press(
        "/ops/departments/new",
        "登记",
        name="清江市自然资源和规划局",
        uscc=make_uscc(username, register="11"),
        region=REGION,
        contact="韩志远",
        phone="051783901100",
        username=username,
        password=PASSWORD,
    )
    assert "部门已登记" in page
    department_id = operator.at.split("/buyers/")[1].split("?")[0]
    with market.runtime.work() as ctx:
        for clerk in finance:
            a_colleague(ctx, department_id, "finance", username=clerk)


def finance_appropriates(market, clerk, amount):
    """The document becomes a budget line; its id."""
    finance = market.person(clerk)
    page = finance.press(
        "/dept/budgets/new",
        "登记入账",
        document="清财预〔2026〕15号",
        name="地质灾害评估费",
        function_code="2200150",
        economic_code="30227",
        source="own",
        amount_fen=amount,
    )
    assert "指标已下达" in page
    line_id = finance.at.rsplit("/", 1)[1].split("?")[0]
    assert stages(market, clerk, line_id)["available"] == amount
    return line_id


def stages(market, clerk, line_id, *, name=""):
    """How much of a budget line stands in which stage, in yuan, without the empty ones."""
    program = market.program(clerk)
    found = program.get(f"/budget-lines/{line_id}", name=name)["stages"]
    return {stage: yuan for stage, yuan in found.items() if yuan != "0.00"}


def agencies_say_where_they_are_paid(market, by_page, by_program):
    """One on its page, one by program."""
    page = market.person(by_page).press(
        "/agency/payments", "保存收款信息", kind="alipay_logon_id", account=f"{by_page}@example.com"
    )
    assert "收款信息已保存" in page
    facts = {"kind": "bank_account", "account": "6222020001112223334", "bank_name": "中国工商银行南京城北支行"}
    program = market.program(by_program)
    seen = program.put("/payee", facts, name="set-payee")
    assert seen["account_hint"].endswith("3334")
    assert facts["account"] not in str(seen)


def _certificate(market):
    return {
        "title": market.anybody.get(f"/catalogue/{ITEM}", name="show-catalogue-item")["qualifications"][0],
        "number": "苏国土资灾评20260017号",
        "valid_from": market.day(-30),
        "valid_to": market.day(1000),
    }


def application(market, username, uscc):
    """What an agency says of itself in one request."""
    return {
        "name": NAMES[username],
        "uscc": uscc,
        "entity_type": "legal_person",
        "region": REGION,
        "legal_representative": "钱志国",
        "contact": "钱志国",
        "phone": "13951700066",
        "scopes": [ITEM],
        "introduction": "地质灾害危险性评估和勘查设计。",
        "commitments": list(COMMITMENTS),
        "qualifications": [{**_certificate(market), "item_code": ITEM, "holder": NAMES[username]}],
        "username": username,
        "password": PASSWORD,
    }
