"""Every route says who may use it, and the permission is one that some role holds."""

import re
from pathlib import Path

from marketplace.identity.rules import PERMISSIONS

ROOT = Path(__file__).parents[2]


def views(app):
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if not rule.endpoint.startswith("marketplace_"):
            continue
        for method in rule.methods - {"OPTIONS", "HEAD"}:
            yield rule, method, marker(view, method)


def marker(view, method):
    direct = getattr(view, "marketplace_permission", None)
    if direct is None and (cls := getattr(view, "view_class", None)) is not None:
        direct = getattr(getattr(cls, method.lower(), None), "marketplace_permission", None)
    return direct


def test_every_route_has_a_permission_marker(app):
    assert [f"{method} {rule}" for rule, method, mark in views(app) if mark is None] == []


def test_every_permission_of_a_route_belongs_to_some_role(app):
    held = set().union(*PERMISSIONS.values())
    wanted = {mark for _, _, mark in views(app)} - {"public", "signed_in"}
    assert wanted - held == set()


def test_no_unsafe_route_is_public_without_being_listed(app):
    found = {
        f"{method} {re.sub('<[^>]+>', '*', rule.rule)}"
        for rule, method, mark in views(app)
        if mark == "public" and method != "GET"
    }
    listed = set((Path(__file__).parent / "public_writes.txt").read_text().split("\n")) - {""}
    assert found == listed
