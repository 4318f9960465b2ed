import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.tenders import rules
from marketplace.tenders.rules import AWARD_STATES, STATES, STATUS

KINDS = ["local_branch", "local_record", "association", "region", "department_list"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("供应商须在本地设有分支机构", "local_branch"),
        ("要求在项目所在地有固定办公场所", "local_branch"),
        ("本市设有分公司或办事处的优先", "local_branch"),
        ("近三年具有本地业绩不少于2个", "local_record"),
        ("具备本省 同类项目经验", "local_record"),
        ("须为省工程造价协会会员单位", "association"),
        ("加入市环境科学学会的机构", "association"),
        ("仅限本市企业参加", "region"),
        ("注册地须在本县", "region"),
        ("在本市注册并纳税的机构", "region"),
        ("须列入市住建局中介机构名录", "department_list"),
        ("从本部门备选库内机构中选取", "department_list"),
        ("入围我局定点库的单位", "department_list"),
    ],
)
def test_a_condition_that_shuts_others_out_is_found_with_its_phrase(text, kind):
    found = rules.forbidden_conditions(text, KINDS)
    assert kind in {one.kind for one in found}
    assert all(one.phrase and one.remedy for one in found)


@pytest.mark.parametrize(
    "text",
    [
        "项目负责人须持有注册造价工程师证书",
        "编制环境影响报告书，服务地点在本市海州区",
        "近三年具有同类项目业绩",
        "成果须符合本省技术导则并通过专家评审",
        "具有水利行业相应资质",
        "服务期内每周到现场一次",
        "按国家危险废物名录判定废物属性",
        "结合行业协会发布的收费参考编制预算",
    ],
)
def test_an_honest_condition_is_left_alone(text):
    assert rules.forbidden_conditions(text, KINDS) == []


def test_only_the_kinds_of_the_rulebook_are_looked_for():
    assert rules.forbidden_conditions("须为协会会员", ["region"]) == []


@pytest.mark.parametrize(
    ("region", "prefix"), [("000000", ""), ("320000", "32"), ("320500", "3205"), ("320509", "320509")]
)
def test_a_region_covers_everything_below_it(region, prefix):
    assert rules.region_prefix(region) == prefix


@given(st.text(alphabet="环境影响评价造价咨询", min_size=2, max_size=12), st.data())
def test_every_two_character_part_of_a_title_is_found(title, data):
    start = data.draw(st.integers(0, len(title) - 2))
    assert rules.wanted_grams(title[start : start + 2]) <= rules.grams(title)


def test_words_are_found_in_any_case_and_width():
    assert rules.wanted_grams("ＺＪ-2026 环评") <= rules.grams("环评报告", "zj-2026-000001")


def test_punctuation_asks_for_nothing():
    assert rules.wanted_grams(" ，。!") == frozenset()


FACTS = {"tender_id": "t", "agency_id": "a", "price_fen": 100, "days": 3, "lead": "李", "note": ""}


@given(st.text(max_size=200))
def test_what_is_packed_comes_out_again_and_the_length_tells_nothing(note):
    packed = rules.pack({**FACTS, "note": note})
    assert rules.unpack(packed) == {**FACTS, "note": note, "rate_bp": None}
    assert len(packed) % rules.BLOCK == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_fen": 0},
        {"price_fen": -1},
        {"price_fen": "100"},
        {"price_fen": True},
        {"agency_id": None},
        {"more": 1},
        {"rate_bp": "1"},
    ],
)
def test_what_is_not_an_envelope_of_ours_is_refused(wrong):
    with pytest.raises(ValueError):
        rules.unpack(rules.pack({**FACTS, **wrong}))


def test_a_check_code_is_long_enough_and_forgives_look_alikes():
    code = rules.check_code(bytes(range(10)))
    assert len(code.replace("-", "")) == 16
    assert rules.plain_code(code.lower().replace("0", "o").replace("1", "l").replace("-", " ")) == code


@given(st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_different_entropy_gives_different_codes(one, other):
    assert (rules.check_code(one) == rules.check_code(other)) is (one == other)


@pytest.mark.parametrize(
    ("bids", "minimum", "second", "goes_on"),
    [
        (3, 3, "fail", True),
        (2, 3, "fail", False),
        (1, 3, "proceed_with_one", True),
        (0, 3, "proceed_with_one", False),
        (0, 0, "fail", True),
    ],
)
def test_an_opening_goes_on_by_the_rulebook(bids, minimum, second, goes_on):
    assert rules.may_proceed(bids, minimum, second) is goes_on


def test_every_stage_has_an_ocds_status():
    assert set(STATUS) == STATES.states


@pytest.mark.parametrize("stage", ["failed", "cancelled"])
def test_what_has_ended_stays_ended(stage):
    assert STATES.verbs(stage) == ["repost"]
    assert STATES.move(stage, "repost") == stage


def test_an_award_that_ended_is_never_revived():
    assert AWARD_STATES.verbs("cancelled") == AWARD_STATES.verbs("unsuccessful") == []


@pytest.mark.parametrize("code", ["2026-320000-47-01-123456"])
def test_a_project_code_of_the_national_platform_fits(code):
    assert rules.project_code_fits(code)


@pytest.mark.parametrize("code", ["2026-320000-47-01-12345", "2026320000470112345", "", "x2026-320000-47-01-123456"])
def test_another_project_code_does_not(code):
    assert not rules.project_code_fits(code)


@pytest.mark.parametrize(
    "given",
    [
        "91320000A 同一法人\n91320000B  股东 关联 ",
        [{"uscc": "91320000A", "reason": "同一法人"}, {"uscc": " 91320000B", "reason": "股东 关联"}],
    ],
)
def test_an_avoidance_list_comes_from_lines_or_from_json(given):
    assert rules.avoidances_of(given) == [
        {"uscc": "91320000A", "reason": "同一法人"},
        {"uscc": "91320000B", "reason": "股东 关联"},
    ]


@pytest.mark.parametrize("given", ["91320000A", [{"uscc": "x"}], [["a", "b", "c"]], [{"uscc": 1, "reason": "x"}], [7]])
def test_an_avoidance_without_a_reason_is_refused(given):
    with pytest.raises((ValueError, TypeError)):
        rules.avoidances_of(given)
