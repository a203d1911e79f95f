"""What the framework does not write into the OpenAPI document: bearer security and problem answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcops.api import shapes
from dcops.api.problems import MEDIA_TYPE, TITLES

if TYPE_CHECKING:
    from apiflask import APIFlask

ALWAYS = (401, 403, 404, 422, 429, 503)
WITH_A_BODY = (400, 409)
"""What may be answered to a request that changes something."""


def complete(app: APIFlask) -> None:
    """Describe tokens and errors once, for every operation."""
    app.config["SECURITY_SCHEMES"] = {"token": {"type": "http", "scheme": "bearer"}}
    app.spec_processor(_complete)


def _complete(spec: Any) -> Any:
    schemas = spec.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = shapes.Problem.model_json_schema()
    for path in spec["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation["security"] = [{"token": []}]
                statuses = ALWAYS + (WITH_A_BODY if "requestBody" in operation else ())
                operation["responses"].update({str(status): _problem(status) for status in statuses})
                for parameter in operation.get("parameters", ()):
                    parameter["schema"] = _without_null(parameter["schema"])
    for name in ("HTTPError", "ValidationError"):
        schemas.pop(name, None)
    return spec


def _problem(status: int) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Problem"}
    return {"description": TITLES[status], "content": {MEDIA_TYPE: {"schema": reference}}}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is absent or has a value: a query string writes no null."""
    others = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(others) != 1:
        return schema
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kept, **others[0]}
