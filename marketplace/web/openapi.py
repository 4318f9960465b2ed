"""flask-smorest without its app-wide error handler: a host's 404 stays the host's."""

from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api
from marshmallow import Schema


class ScopedApi(Api):
    """The OpenAPI document of our doors only."""

    def _register_error_handlers(self) -> None:
        """Doors carry their own handlers."""


def _name(schema: Any) -> str:
    """A component's name: the class, and what was left out of it, so that two shapes never share a name."""
    cls = schema if isinstance(schema, type) else type(schema)
    name = cls.__name__.removesuffix("Schema")
    if isinstance(schema, Schema):
        for word, fields in (("Only", schema.only), ("Without", schema.exclude)):
            if fields:
                name += word + "".join(part.title().replace("_", "") for part in sorted(fields))
        name += "Partial" if schema.partial else ""
    return name


def open_api(app: Flask, doors: list[Any], prefix: str, title: str) -> ScopedApi:
    """Register all JSON doors under `prefix`/api/v1 and serve the document at …/openapi.json."""
    base = f"{prefix}/api/v1"
    app.config.update(
        MARKETPLACE_SPEC_API_TITLE=title,
        MARKETPLACE_SPEC_API_VERSION="v1",
        MARKETPLACE_SPEC_OPENAPI_VERSION="3.1.0",
        MARKETPLACE_SPEC_OPENAPI_URL_PREFIX=base,
        MARKETPLACE_SPEC_OPENAPI_JSON_PATH="openapi.json",
    )
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    api = ScopedApi(app, spec_kwargs={"marshmallow_plugin": plugin}, config_prefix="MARKETPLACE_SPEC_")
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"bearer": []}]
    for door in doors:
        api.register_blueprint(door, url_prefix=base)
    return api
