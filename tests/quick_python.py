"""What Python does again for each of five thousand tests and need do once: the routes' builders, the standing heap."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing.rules import Rule

from dcops.cli import YOUNG


def compile_routes_once() -> None:
    """Hundreds of tests build the application: what Werkzeug compiles for a route only depends on what is written."""
    compile_builder: Callable[..., Any] | None = getattr(Rule, "_compile_builder", None)
    if compile_builder is None:  # a Werkzeug that does it otherwise
        return
    known: dict[tuple[object, ...], Any] = {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Any:
        written = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown
        if written not in known:
            known[written] = compile_builder(rule, append_unknown)
        return known[written]

    Rule._compile_builder = compiled  # type: ignore[method-assign, assignment]


def pytest_collection_finish(session: pytest.Session) -> None:
    """All modules and tests are there until the end: garbage is not sought among them over and over."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
