"""Bodies that get past the first check: from the OpenAPI document for JSON, from the form itself for pages."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

TEXT = "说明文字不少于十个字，供测试使用"
BY_FORMAT = {"date": "2026-04-20", "date-time": "2026-04-20T10:00:00+08:00", "email": "a@b.example"}


BY_ENDING = {
    ("_from", "_on", "_until", "until", "day"): "2026-03-20",
    ("_to",): "2027-03-20",
    ("_at",): "2026-05-20T10:00:00+08:00",
    ("_fen", "amount"): "1000.00",
    ("phone",): "13912345678",
    ("region",): "320000",
    ("item_code",): "ZJ-01",
}


def _by_name(name: str) -> str:
    return next((value for ends, value in BY_ENDING.items() if name.endswith(ends)), "")


class Shapes:
    """The API's request bodies by path and method; `text` makes the value of a plain text field."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def schema(self, rule: str, method: str) -> dict[str, Any] | None:
        """The schema of a route's JSON body, if it takes one."""
        path = rule.replace("<", "{").replace(">", "}")
        operation = self.document["paths"].get(path, {}).get(method.lower(), {})
        content = operation.get("requestBody", {}).get("content", {})
        found: dict[str, Any] | None = content.get("application/json", {}).get("schema")
        return found

    def _shape(self, schema: dict[str, Any]) -> dict[str, Any]:
        """What a reference or the first choice stands for."""
        for choice in ("allOf", "anyOf", "oneOf"):
            if choice in schema:
                schema = schema[choice][0]
        if "$ref" in schema:
            return self._shape(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        return schema

    def fill(self, schema: dict[str, Any], text: Callable[[], Any] = lambda: TEXT, name: str = "") -> Any:
        """A value of a schema; every field is filled."""
        schema = self._shape(schema)
        if words := [word for word in schema.get("enum", []) if word is not None]:
            return words[0]
        kind = schema.get("type", "string")
        kind = next((k for k in kind if k != "null"), "string") if isinstance(kind, list) else kind
        if kind == "object":
            return {name: self.fill(part, text, name) for name, part in schema.get("properties", {}).items()}
        if kind == "array":
            return [self.fill(schema.get("items", {}), text, name)]
        if kind == "string" and (known := _by_name(name)):
            return known
        if kind == "string":
            return BY_FORMAT.get(schema.get("format", "")) or text()
        return {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True}.get(kind, TEXT)


class _Forms(HTMLParser):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.inside, self.select, self.area = path, False, "", ""
        self.fields: dict[str, str] = {}
        self.texts: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = names.get("method", "").lower() == "post" and names.get("action", self.path) in {
                self.path, "",
            }  # fmt: skip
        elif self.inside and tag in {"input", "select", "textarea", "option"}:
            getattr(self, f"_{tag}")(names)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False

    def _input(self, names: dict[str, str]) -> None:
        name, kind = names.get("name", ""), names.get("type", "text")
        by_kind = {"date": "2026-04-20", "datetime-local": "2026-04-20T10:00", "number": "1", "tel": "13912345678"}
        if not name or kind == "file" or (kind in {"radio", "checkbox"} and name in self.fields):
            return
        if kind in {"text", "search", ""}:
            self.texts.add(name)
        self.fields[name] = names.get("value") or by_kind.get(kind, TEXT)

    def _select(self, names: dict[str, str]) -> None:
        self.select = names.get("name", "")

    def _option(self, names: dict[str, str]) -> None:
        if names.get("value") and not self.fields.get(self.select):
            self.fields[self.select] = names["value"]

    def _textarea(self, names: dict[str, str]) -> None:
        self.fields[names.get("name", "")] = TEXT
        self.texts.add(names.get("name", ""))


def form_in(page: str, path: str) -> tuple[dict[str, str], set[str]]:
    """The fields of the form on a page that posts to `path`, filled in, and which of them are free text."""
    parser = _Forms(path)
    parser.feed(page)
    return parser.fields, parser.texts
