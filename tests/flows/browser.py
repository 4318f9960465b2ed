"""A person at a browser without script: reads a page, fills in its form, presses its button."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

from marketplace.testing.identity import PASSWORD

PRESSED = "_pressed"


@dataclass
class Form:
    """A form as it stands in the page, with what it already holds."""

    method: str
    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)

    def put(self, name: str, value: str) -> None:
        self.values.setdefault(name, []).append(value)


class Forms(HTMLParser):
    """All forms of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.inside: Form | None = None
        self.area = self.choice = self.button = None
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.inside = Form((given.get("method") or "get").upper(), given.get("action") or "")
            self.found.append(self.inside)
        elif self.inside is not None and tag in {"input", "textarea", "select", "option", "button"}:
            getattr(self, f"_{tag}")(given)

    def _input(self, given):
        name, kind = given.get("name", ""), given.get("type", "text")
        self.inside.names.add(name)
        if kind in {"radio", "checkbox"} and "checked" not in given:
            return
        if name and kind not in {"file", "submit"} and given.get("value") is not None:
            self.inside.put(name, given["value"])

    def _textarea(self, given):
        self.area, self.text = given["name"], ""
        self.inside.names.add(self.area)

    def _select(self, given):
        self.choice = given["name"]
        self.inside.names.add(self.choice)

    def _option(self, given):
        if "selected" in given and self.choice:
            self.inside.put(self.choice, given.get("value") or "")

    def _button(self, given):
        self.button, self.text = given, ""

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.inside:
            self.inside.put(self.area, self.text)
        elif tag == "button" and self.inside and self.button is not None:
            pressed = (self.button.get("name") or "", self.button.get("value") or "")
            self.inside.buttons[self.text.strip()] = pressed
            self.button = None
        elif tag == "form":
            self.inside = None


class Person:
    """Somebody with a browser. Signs in by the form, again whenever the sign-in has run out."""

    def __init__(self, app, username="", password=PASSWORD):
        self.client = app.test_client()
        self.username, self.password = username, password

    def read(self, path, *, status=200):
        """The text of a page."""
        answer = self._open("GET", path)
        assert answer.status_code == status, f"{self.username} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.text

    def fetch(self, path):
        """A file behind a link."""
        answer = self._open("GET", path)
        assert answer.status_code == 200, f"{self.username} {path}: {answer.status_code}"
        return answer

    def press(self, path, button, *, status=200, page="", **answers):
        """Fill in the form with this button and send it; follow to the next page.

        page: a page that is already on the screen, as an answer to a form. Returns the page one arrives at.
        """
        page = page or self.read(path)
        form = _with(button, page)
        if form is None and self.username:  # a public page does not ask whether one is still signed in
            self.sign_in()
            form = _with(button, self.read(path))
        assert form is not None, f"{path} has no button {button}"
        assert set(answers) <= form.names, f"{path} does not ask for {set(answers) - form.names}"
        name, value = form.buttons[button]
        sent = {**form.values, **({name: [value]} if name else {}), **_lists(answers)}
        return self._send(form.method, form.action or urlsplit(path).path, sent, status)

    def _send(self, method, action, sent, status):
        if method == "GET":
            answer = self._open("GET", action, query_string=sent)
        else:
            answer = self._open("POST", action, data={name: _one(values) for name, values in sent.items()})
        for _ in range(3):
            if answer.status_code != 303:
                break
            self.at = answer.location
            answer = self._open("GET", answer.location)
        assert answer.status_code == status, f"{self.username} {action}: {answer.status_code} {answer.text[-3000:]}"
        return answer.text

    def _open(self, method, path, **more):
        answer = self._request(method, path, **more)
        if answer.status_code == 303 and urlsplit(answer.location).path == "/sign-in" and self.username:
            self.sign_in()
            answer = self._request(method, path, **more)
        return answer

    def _request(self, method, path, **more):
        headers = {"Sec-Fetch-Site": "same-origin"}
        return self.client.open(path, method=method, headers=headers, buffered=True, **more)

    def sign_in(self):
        """By the form."""
        sent = {"username": self.username, "password": self.password, "next": ""}
        answer = self._request("POST", "/sign-in", data=sent)
        assert answer.status_code == 303, f"{self.username} cannot sign in: {answer.text[-1500:]}"


def _with(button, page):
    return next((form for form in Forms(page).found if button in form.buttons), None)


def _lists(answers):
    return {name: value if isinstance(value, list) else [value] for name, value in answers.items()}


def _one(values):
    return values[0] if len(values) == 1 else values
