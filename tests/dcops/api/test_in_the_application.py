"""The API inside the whole application: its gate, its errors and the web's do not mix."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from dcops.app import create_app
from dcops.auth.tokens import create_token
from dcops.auth.users import add_user
from dcops.config import Settings
from dcops.db import Database
from dcops.wiring import Parts
from inventory.clock import FixedClock
from tests.dcops.api.conftest import NOW

PASSWORD = "quatre mots pris au hasard"


@pytest.fixture
def browser(sqlite_database: Database, tmp_path: Path) -> FlaskClient:
    settings = Settings.model_validate({"web": {"secret_file": tmp_path / "key"}})
    with sqlite_database.transaction() as tx:
        add_user(tx, "alex", "Alex Dubois", "technician", PASSWORD, NOW)
    return create_app(Parts(settings, sqlite_database, FixedClock(NOW), {})).test_client()


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nowhere", 404), ("/api/nowhere", 404), ("/api/v1/racks", 401)])
def test_errors_under_api_are_problems(browser: FlaskClient, path: str, status: int) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_web_session_is_not_a_token(browser: FlaskClient) -> None:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get("/connexion").get_data(as_text=True))
    assert found is not None
    data = {"csrf_token": found[1], "login": "alex", "password": PASSWORD}
    assert browser.post("/connexion", data=data).status_code == 302
    assert "connexion" not in browser.get("/").headers["Location"]
    assert browser.get("/api/v1/racks").status_code == 401


def test_a_token_needs_no_csrf_and_opens_no_page(browser: FlaskClient, sqlite_database: Database) -> None:
    with sqlite_database.transaction() as tx:
        bearer = {"Authorization": f"Bearer {create_token(tx, 'essai', 'technician', NOW)}"}
    assert browser.get("/api/v1/racks", headers=bearer).status_code == 200
    assert browser.post("/api/v1/racks", headers=bearer).status_code == 405
    assert "connexion" in browser.get("/", headers=bearer).headers["Location"]


def test_monitoring_and_the_description_are_open(browser: FlaskClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert browser.get(path).status_code == 200
    spec = browser.get("/api/openapi.json").get_json()
    validate(spec)
    assert all(path.startswith("/api/v1/") for path in spec["paths"])
