"""The rules of docs/architecture.md that a parser can see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.test_packaging import ROOT, setup

LONGEST_FILE = 250
STORES = re.compile(r"(^|_)store$|^turns$")  # turns asks PostgreSQL for a lock, by a SELECT


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """The product's modules; migrations are written once and never read again."""
    for top in ("dcops", "inventory", "metering"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "versions" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def names_called(tree: ast.Module) -> set[str]:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(call) for call in calls}


def test_selects_are_in_the_stores_only() -> None:
    asking = [path for path, tree in modules() if "select" in names_called(tree)]
    assert [path for path in asking if not STORES.search(path.stem)] == []


def test_the_clock_is_read_in_one_place() -> None:
    reading = {"datetime.now", "date.today", "time.time"}
    assert [str(path) for path, tree in modules() if names_called(tree) & reading] == ["inventory/clock.py"]


def test_files_stay_short() -> None:
    lines = {path: len((ROOT / path).read_text(encoding="utf-8").splitlines()) for path, _ in modules()}
    assert [path for path, count in lines.items() if count > LONGEST_FILE] == []


def test_every_module_that_calls_itself_pure_is_in_the_contract_that_proves_it() -> None:
    says = {
        ".".join(path.with_suffix("").parts)
        for path, tree in modules()
        if re.search(r"; pure[.,]", (ast.get_docstring(tree) or "").split("\n")[0])
    }
    assert says
    assert says <= set(setup()["importlinter:contract:pure"]["source_modules"].split())
