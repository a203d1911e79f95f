"""The API keeps to its own OpenAPI document under generated requests, good and bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory.clock import FixedClock
from tests.dcops.api.conftest import ISSUER, NOW, Api, application, billed

PATHS = [
    "/customers", "/customers/{code}", "/customers/{code}/hours", "/customers/{code}/energy",
    "/customers/{code}/subscriptions", "/customers/{code}/invoices", "/findings", "/contracts/ending",
    "/racks", "/racks/{name}", "/machines", "/nas", "/antivirus", "/tariffs", "/tariffs/{year}", "/tariffs/quote",
    "/invoices/{number}", "/invoices/{number}/lines/{position}/why", "/invoices/{number}/pdf",
    "/invoices/{number}/xml", "/billing/runs", "/billing/runs/{name}", "/findings/{number}", "/plans",
    "/plans/{number}", "/placements", "/meters", "/meters/{name}/readings", "/meters/{name}/energy",
    "/racks/{name}/energy", "/shares/{share}/energy", "/site/energy",
    "/meters/exceptions", "/meters/exceptions/{number}", "/alerts",
]  # fmt: skip

MOVES = [
    "/findings/{number}/acknowledge", "/findings/{number}/ignore", "/findings/{number}/done", "/plans",
    "/plans/{number}/apply", "/plans/{number}/abandon", "/racks/{name}/shares",
    "/meters/exceptions/{number}/decision",
]  # fmt: skip

# A cursor, a state or a period may be well formed and mean nothing; an object written into a query string may be
# well formed again. Which parameters are refused is said value by value in test_resources.
JUDGED_ELSEWHERE = [positive_data_acceptance, negative_data_rejection]


@pytest.fixture(scope="module")
def schema(sqlite_template: Path) -> OpenApiSchema:
    """The document, read once: it is the same in every world."""
    parts = Parts(Settings(operator=ISSUER), Database(f"sqlite:///{sqlite_template}"), FixedClock(NOW), {})
    return schemathesis.openapi.from_wsgi("/api/openapi.json", application(parts))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize(("method", "path"), [("GET", path) for path in PATHS] + [("POST", path) for path in MOVES])
def test_answers_conform(world: Api, schema: OpenApiSchema, method: str, path: str, mode: GenerationMode) -> None:
    """No failure, and answers as described: statuses, media types, headers, bodies, tokens asked for."""
    world.app.config["API_RATE"] = "100000/second"
    if path.startswith(("/billing", "/customers/{code}/invoices")):
        billed(world.parts)
    schema.app = world.app
    operation = schema[f"/api/v1{path}"][method]
    headers = {"Authorization": f"Bearer {world.secrets['technician']}"}

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def conforms(case: Case) -> None:
        case.call_and_validate(headers=headers, excluded_checks=JUDGED_ELSEWHERE)

    conforms()
