"""The form pieces keep their contract: hint, error and control belong together, in words and in attributes."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from werkzeug.datastructures import MultiDict

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FORMS = '{% from "marketplace/_macros/forms.html" import error_summary, field, select, radios, checkboxes, checkbox, textarea, file, submit, button_form, post_form with context %}'


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    return parser.found


def one(html: str, tag: str) -> dict[str, str | None]:
    return next(attrs for name, attrs in tags(html) if name == tag)


@pytest.fixture
def macro():
    env = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(), undefined=StrictUndefined)

    def rendered(call: str, **facts: object) -> str:
        given = {"t": lambda text, **named: text.format(**named) if named else text, "form": {}, "errors": {}}
        return env.from_string(FORMS + call).render({**given, **facts})

    return rendered


CONTROLS = [
    ('{{ field("price", "报价", form, errors, hint="单位为元") }}', "input"),
    ('{{ textarea("price", "报价", form, errors, hint="单位为元") }}', "textarea"),
    ('{{ select("price", "报价", [("1", "一")], form, errors, hint="单位为元") }}', "select"),
    ('{{ checkbox("price", "报价", form, errors, hint="单位为元") }}', "input"),
    ('{{ file("price", "报价", errors, hint="单位为元") }}', "input"),
]


@pytest.mark.parametrize(("call", "tag"), CONTROLS)
def test_a_wrong_control_is_described_by_its_hint_and_then_by_its_error(macro, call, tag):
    html = macro(call, errors={"price": ["报价应当大于零"]})
    control = one(html, tag)
    assert control["aria-describedby"] == "f-price-hint f-price-error"
    assert control["aria-invalid"] == "true"
    assert html.index('id="f-price-hint"') < html.index('id="f-price-error"') < html.index(f"<{tag}")


@pytest.mark.parametrize(("call", "tag"), CONTROLS)
def test_a_right_control_says_nothing_about_being_wrong(macro, call, tag):
    html = macro(call)
    control = one(html, tag)
    assert control["aria-describedby"] == "f-price-hint"
    assert "aria-invalid" not in control
    assert "mk-error" not in html


@pytest.mark.parametrize(("call", "tag"), CONTROLS)
def test_the_label_points_at_the_control_that_the_summary_links_to(macro, call, tag):
    html = macro("{{ error_summary(errors) }}" + call, errors={"price": ["报价应当大于零"]})
    control = one(html, tag)
    assert one(html, "label")["for"] == control["id"] == "f-price"
    assert one(html, "a")["href"] == "#f-price"


def test_without_a_hint_and_an_error_there_is_no_describing_attribute(macro):
    assert "aria-describedby" not in one(macro('{{ field("price", "报价", form, errors) }}'), "input")


def test_the_summary_repeats_the_very_words_of_the_field_and_takes_the_focus(macro):
    html = macro(
        '{{ error_summary(errors) }}{{ field("price", "报价", form, errors) }}', errors={"price": ["报价应当大于零"]}
    )
    assert html.count("报价应当大于零") == 2
    summary = one(html, "div")
    assert summary["tabindex"] == "-1"
    assert "autofocus" in summary
    assert summary["role"] == "alert"


def test_the_summary_shows_a_message_of_no_field_as_plain_words(macro):
    html = macro("{{ error_summary(errors) }}", errors={"_": ["采购项目已经截止"]})
    assert "采购项目已经截止" in html
    assert not [tag for tag, _ in tags(html) if tag == "a"]


def test_without_errors_there_is_no_summary(macro):
    assert macro("{{ error_summary(errors) }}").strip() == ""


def test_what_was_typed_comes_back_escaped(macro):
    html = macro('{{ field("name", "名称", form, errors) }}', form=MultiDict({"name": '"><script>'}))
    assert one(html, "input")["value"] == '"><script>'
    assert "<script>" not in html


def test_a_password_never_comes_back(macro):
    html = macro('{{ field("word", "密码", form, errors, type="password") }}', form={"word": "correct horse"})
    assert "correct horse" not in html


def test_an_empty_value_is_never_written_as_none(macro):
    html = macro(
        '{{ field("a", "甲", form, errors) }}{{ textarea("b", "乙", form, errors) }}', form={"a": None, "b": None}
    )
    assert "None" not in html


def test_required_and_optional_are_both_said_in_words_or_attributes(macro):
    assert "required" in one(macro('{{ field("a", "甲", form, errors, required=true) }}'), "input")
    assert "选填" in macro('{{ field("a", "甲", form, errors) }}')


def test_radios_are_one_group_with_a_legend_and_the_summary_reaches_the_first(macro):
    html = macro(
        '{{ error_summary(errors) }}{{ radios("method", "选取方式", [("lowest", "最低价"), ("random", "随机", "摇号")], form, errors, hint="公告后不可更改") }}',
        form={"method": "random"},
        errors={"method": ["请选择选取方式"]},
    )
    inputs = [attrs for tag, attrs in tags(html) if tag == "input"]
    assert one(html, "fieldset")["aria-describedby"] == "f-method-hint f-method-error"
    assert inputs[0]["id"] == "f-method"
    assert [("checked" in attrs) for attrs in inputs] == [False, True]
    assert all(attrs["aria-invalid"] == "true" for attrs in inputs)
    assert re.search(r"<legend[^>]*>选取方式", html)


def test_checkboxes_keep_every_choice(macro):
    html = macro(
        '{{ checkboxes("reach", "范围", [("1", "甲"), ("2", "乙"), ("3", "丙")], form, errors) }}',
        form=MultiDict([("reach", "1"), ("reach", "3")]),
    )
    assert [("checked" in attrs) for tag, attrs in tags(html) if tag == "input"] == [True, False, True]


def test_a_form_leaves_judging_to_the_server(macro):
    assert "novalidate" in one(macro("{% call post_form('/x') %}{{ submit('提交') }}{% endcall %}"), "form")
    assert "novalidate" in one(macro('{{ button_form("/x", "确认") }}'), "form")


def test_the_pieces_use_no_inline_style_or_script():
    for path in (TEMPLATES / "marketplace" / "_macros").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(style|script)|\sstyle=|\son\w+=", text), path.name
