"""Codes, passwords, permissions, pauses: pure questions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.identity import errors, masks, rules

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
REAL = ["9144030071526726XG", "91110108551385082Q", "91310000775785552L"]
SEEDS = st.text(min_size=1, max_size=8)


@pytest.mark.parametrize("code", REAL)
def test_a_real_code_is_its_own_canonical_form(code):
    assert rules.canonical_uscc(code) == code


@given(SEEDS, st.sampled_from(["91", "92", "11", "12", "52", "93"]))
def test_a_made_code_is_valid_and_the_same_for_the_same_seed(seed, register):
    code = rules.make_uscc(seed, register=register)
    assert rules.canonical_uscc(code) == code == rules.make_uscc(seed, register=register)


def canonical_or_refused(text):
    try:
        return rules.canonical_uscc(text)
    except errors.UsccInvalid:
        return "refused"


@given(SEEDS, st.integers(0, 17), st.characters())
def test_every_change_of_one_character_is_refused_or_means_the_same_code(seed, place, letter):
    code = rules.make_uscc(seed)
    changed = code[:place] + letter + code[place + 1 :]
    assert canonical_or_refused(changed) in {code, "refused"}


@given(SEEDS, st.integers(0, 16))
def test_two_neighbours_that_change_places_are_refused(seed, place):
    code = rules.make_uscc(seed)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(errors.UsccInvalid):
            rules.canonical_uscc(swapped)


@pytest.mark.parametrize(
    "written",
    ["91440300 71526726 xg", "９１４４０３００７１５２６７２６ＸＧ", "\t9144030071526726xg\u3000"],
)
def test_width_case_and_spaces_do_not_make_another_code(written):
    assert rules.canonical_uscc(written) == REAL[0]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "18位"),
        ("9144030071526726X", "18位"),
        ("9144030071526726XGG", "18位"),
        ("000000000000000000", "不允许"),
        ("B144030071526726XG", "不允许"),
        ("9144O30071526726XG", "不允许"),
        ("914403007152672I0G", "不允许"),
        ("913200000000000000", "全为零"),
        ("9144030071526726XH", "第18位"),
    ],
)
def test_a_wrong_code_is_refused_with_the_reason(code, why):
    with pytest.raises(errors.UsccInvalid) as refused:
        rules.canonical_uscc(code)
    assert why in refused.value.text


def test_a_code_whose_outer_digit_is_right_but_whose_inner_digit_is_wrong_is_refused():
    wrong = REAL[0][:16] + "1"
    letter = next(c for c in rules.USCC_LETTERS if rules._outer_check(wrong) == c)
    with pytest.raises(errors.UsccInvalid) as refused:
        rules.canonical_uscc(wrong + letter)
    assert "第9至17位" in refused.value.text


MATRIX = [
    ("agency", "bid.place", True),
    ("agency", "tender.publish", False),
    ("agency", "review.write", False),
    ("buyer", "tender.publish", True),
    ("buyer", "bid.place", False),
    ("buyer", "payment.make", False),
    ("buyer", "budget.read", False),
    ("department", "tender.publish", True),
    ("department", "payment.make", True),
    ("department", "payment.approve", False),
    ("department", "budget.write", False),
    ("finance", "payment.approve", True),
    ("finance", "budget.write", True),
    ("finance", "tender.publish", False),
    ("authority", "complaint.decide", True),
    ("authority", "bid.place", False),
    ("operator", "organisation.create", True),
    ("operator", "bid.place", False),
    ("operator", "complaint.decide", False),
    ("operator", "payment.approve", False),
    ("settlement", "reconcile.approve", True),
    ("settlement", "payment.approve", False),
    ("settlement", "bid.place", False),
    ("assessor", "tender.score", True),
    ("assessor", "tender.publish", False),
    ("auditor", "ledger.read", True),
    ("auditor", "budget.write", False),
    ("sysadmin", "system.configure", True),
    ("sysadmin", "login.create", False),
    ("sysadmin", "audit.read", False),
    ("secadmin", "membership.grant", True),
    ("secadmin", "system.configure", False),
    ("auditadmin", "audit.read", True),
    ("auditadmin", "membership.grant", False),
]


@pytest.mark.parametrize(("role", "permission", "may"), MATRIX)
def test_the_permission_table_says_who_may_do_what(role, permission, may):
    assert (permission in rules.permissions_of([role])) is may


def test_every_role_stands_in_the_permission_matrix_and_belongs_to_a_kind():
    assert {role for role, _, _ in MATRIX} == set(rules.PERMISSIONS)
    assert frozenset().union(*rules.ROLES_OF_KIND.values()) == set(rules.PERMISSIONS)


def test_nobody_both_bids_and_buys_and_nobody_both_pays_and_audits():
    for role, allowed in rules.PERMISSIONS.items():
        assert not {"bid.place", "tender.publish"} <= allowed, role
        assert not {"payment.approve", "audit.read"} <= allowed, role


def test_permission_names_are_noun_and_verb():
    for allowed in rules.PERMISSIONS.values():
        assert all(len(name.split(".")) == 2 and name.islower() for name in allowed)


@pytest.mark.parametrize("held", sorted(rules.ADMINISTRATORS))
@pytest.mark.parametrize("role", sorted(rules.ADMINISTRATORS))
def test_the_three_administrators_are_never_one_person(held, role):
    if held == role:
        rules.check_role(role, "operator", [held])
        assert role in rules.ROLES_OF_KIND["operator"]
    else:
        with pytest.raises(errors.AdministratorsApart):
            rules.check_role(role, "operator", [held])


def test_a_role_outside_its_kind_of_organisation_is_refused():
    with pytest.raises(errors.RoleNotForKind):
        rules.check_role("authority", "agency", [])
    with pytest.raises(errors.RoleUnknown):
        rules.check_role("king", "operator", [])


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("short-pw-11", errors.PasswordTooShort),
        ("x" * 257, errors.PasswordTooLong),
        ("password1234", errors.PasswordTooCommon),
        ("P@ssw0rd2026", errors.PasswordTooCommon),
        ("1q2w3e4r5t6y", errors.PasswordTooCommon),
        ("qwertyuiop123", errors.PasswordTooCommon),
        ("aaaaaaaaaaaaaaaa", errors.PasswordTooCommon),
        ("123456789012345", errors.PasswordTooCommon),
        ("abcdefghijklmno", errors.PasswordTooCommon),
        ("abababababababab", errors.PasswordTooCommon),
        ("woaini1314woaini", errors.PasswordTooCommon),
        ("网上中介服务超市2026", errors.PasswordTooCommon),
        ("恒信实业有限公司888888", errors.PasswordTooCommon),
        ("lixiaomei-2026", errors.PasswordTooCommon),
    ],
)
def test_a_weak_password_is_refused(password, error):
    with pytest.raises(error):
        rules.check_password(password, context=["lixiaomei", "恒信实业有限公司"])


@pytest.mark.parametrize(
    "password",
    [
        "juniper-violin-4417",
        "correct horse battery staple",
        "梧桐更兼细雨，到黄昏点点滴滴",
        "🦆" + "tangled kite 9",
        "x7!qPz#m2LwT",
    ],
)
def test_a_long_password_of_any_letters_is_taken(password):
    rules.check_password(password, context=["lixiaomei"])
    known = rules.hash_password(password, b"0123456789abcdef")
    assert known.startswith("$argon2id$")
    assert rules.password_matches(known, password)
    assert not rules.password_matches(known, password + " ")


def test_without_a_hash_no_password_matches_not_even_the_empty_one():
    assert not rules.password_matches(None, "")
    assert not rules.password_matches(None, "anything at all")


def test_a_hash_with_weaker_parameters_is_known_to_be_outdated():
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("juniper-violin-4417")
    assert rules.is_outdated(weak)
    assert not rules.is_outdated(rules.hash_password("juniper-violin-4417", b"0123456789abcdef"))


@given(st.text(max_size=40))
def test_a_user_name_has_one_spelling(text):
    once = rules.canonical_username(text)
    assert rules.canonical_username(rules.canonical_username(once)) == rules.canonical_username(once)
    assert rules.canonical_username("  ＪＩＡ ") == "jia"


@pytest.mark.parametrize("name", ["", "a", "1abc", "_abc", "a b c", "x" * 33, "<script>"])
def test_an_odd_user_name_is_refused(name):
    with pytest.raises(errors.UsernameInvalid):
        rules.check_username(name)


def test_failures_slow_down_from_the_fifth_and_pause_at_the_tenth():
    failures, last, waits = 0, None, []
    for _ in range(10):
        failures, retry = rules.after_failure(failures, last, NOW)
        last = NOW
        waits.append(int((retry - NOW).total_seconds()) if retry else 0)
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 32, 900]


def test_a_quarter_of_an_hour_without_failure_forgets():
    assert rules.after_failure(9, NOW - timedelta(minutes=15), NOW) == (1, None)
    assert rules.after_failure(9, NOW - timedelta(minutes=14), NOW)[0] == 10


@given(st.integers(0, 800), st.integers(0, 800))
def test_a_sign_in_lives_only_within_both_limits(began, idle):
    seen = NOW - timedelta(minutes=min(began, idle))
    alive = rules.is_alive(NOW - timedelta(minutes=began), seen, None, NOW)
    assert alive == (min(began, idle) < 30 and began < 720)


def test_an_ended_sign_in_is_over():
    assert not rules.is_alive(NOW, NOW, NOW, NOW)


def test_personal_data_is_masked():
    assert masks.mask_phone("13812345678") == "138****5678"
    assert masks.mask_phone("110") == "***"
    assert masks.mask_id_number("320102199001011234") == "3" + "*" * 16 + "4"
    assert masks.mask_person("李晓梅") == "李**"
    assert masks.mask_address("203.0.113.7") == "203.0.*.*"
    assert masks.mask_address("2001:db8:7:1::9") == "2001:db8:7::*"
    assert masks.mask_address("unknown") == ""
