"""A program at the JSON door, with an API token; what it says and hears is kept in docs/api."""

import json
import os
import re
from io import BytesIO
from itertools import count
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "api"
WRITE = "MARKETPLACE_WRITE_DOCS"
_SECRETS = (
    (re.compile(r"\bmkt_[A-Za-z0-9_-]+"), "mkt_…"),
    (re.compile(r"\b[0-9a-f]{128}\b"), "<signature>"),
    (re.compile(r"\b(ZF-[0-9]{4}-[0-9]{6})-[0-9A-F]{6}\b"), r"\1-XXXXXX"),
)
_NAMES = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32})\b")
_CODE = re.compile(r"\b[A-Z0-9]{4}(?:-[A-Z0-9]{4}){3}\b")


class Exchanges:
    """Request and response pairs by name, in the order of the story."""

    def __init__(self):
        self.kept: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.numbers = count(1)

    def keep(self, name, sent, answer):
        """Keep the first exchange of a name as text, with ids, keys and signatures made the same in every run."""
        if name in self.kept:
            return
        head = [f"{sent['method']} {sent['path']} HTTP/1.1", "Host: localhost"]
        head += ["Authorization: Bearer mkt_…"] if sent["token"] else []
        head += [f"Content-Type: {sent['type']}"] if sent["type"] else []
        parts = ["\n".join(head), sent["text"], f"HTTP/1.1 {answer.status}\nContent-Type: {answer.mimetype}"]
        parts.append(_shown(answer.json) if answer.is_json else "")
        self.kept[name] = self._same("\n\n".join(part for part in parts if part)) + "\n"

    def _same(self, text):
        for found, instead in _SECRETS:
            text = found.sub(instead, text)
        text = _CODE.sub("XXXX-XXXX-XXXX-XXXX", text)
        return _NAMES.sub(lambda match: self._named(match[0]), text)

    def _named(self, name):
        if name not in self.names:
            self.names[name] = f"{next(self.numbers):0{len(name)}x}"
        return self.names[name]

    def compare(self):
        """What differs between this run and docs/api: files, status lines, sets of JSON keys. Writes them when asked."""
        now = {f"{place:02d}-{name}.http": text for place, (name, text) in enumerate(self.kept.items(), 1)}
        if os.environ.get(WRITE) == "1":
            for path in FOLDER.glob("*.http"):
                path.unlink()
            for name, text in now.items():
                (FOLDER / name).write_text(text, encoding="utf-8")
        before = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.http")}
        gone = [f"{name}: only on one side" for name in sorted(now.keys() ^ before.keys())]
        shared = now.keys() & before.keys()
        return gone + [f"{name}: another shape" for name in sorted(shared) if shape(now[name]) != shape(before[name])]


def shape(text):
    """Method, status line and the set of JSON keys of a pair, with their places."""
    lines = text.splitlines()
    bodies = [json.loads(part) for part in text.split("\n\n") if part.lstrip().startswith(("{", "["))]
    return (
        lines[0].split(" ")[0],
        next(line for line in lines if re.match(r"HTTP/1.1 \d", line)),
        sorted({key for body in bodies for key in _keys(body, "")}),
    )


def _keys(value, above):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{above}.{key}"
            yield from _keys(inner, f"{above}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _keys(inner, f"{above}[]")


def _shown(value):
    return json.dumps(value, ensure_ascii=False, indent=2)


class Program:
    """Calls the JSON door; without a token it is the public."""

    def __init__(self, app, exchanges, token=""):
        self.client, self.exchanges, self.token = app.test_client(), exchanges, token

    def get(self, path, *, name="", status=200):
        """Read."""
        return self._call("GET", path, None, name, status)

    def post(self, path, body=None, *, name="", status=200):
        """Do."""
        return self._call("POST", path, body, name, status)

    def put(self, path, body, *, name="", status=200):
        """Set."""
        return self._call("PUT", path, body, name, status)

    def upload(self, path, filename, content, *, name="", status=201, **fields):
        """Send a file with fields as multipart/form-data."""
        headers = {"Authorization": f"Bearer {self.token}"}
        data = {**fields, "file": (BytesIO(content), filename)}
        answer = self.client.post(f"/api/v1{path}", data=data, headers=headers)
        parts = [f'Content-Disposition: form-data; name="{key}"\n\n{value}' for key, value in fields.items()]
        parts.append(f'Content-Disposition: form-data; name="file"; filename="{filename}"\n\n({len(content)} bytes)')
        text = "--part\n" + "\n--part\n".join(parts) + "\n--part--"
        return self._heard("POST", path, "multipart/form-data; boundary=part", text, name, status, answer)

    def _call(self, method, path, body, name, status):
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)
        kind = "application/json" if body is not None else ""
        return self._heard(method, path, kind, "" if body is None else _shown(body), name, status, answer)

    def _heard(self, method, path, kind, text, name, status, answer):
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        if name:
            sent = {"method": method, "path": f"/api/v1{path}", "token": self.token, "type": kind, "text": text}
            self.exchanges.keep(name, sent, answer)
        return answer.json
