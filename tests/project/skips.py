"""Fails when a browser or PostgreSQL test was skipped: ``python -m tests.project.skips results.xml``."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

MUST_RUN = ("browser", "journeys", "postgres")


def skipped(report: Path) -> list[str]:
    """The tests of a JUnit report that had to run and were skipped, with the reason."""
    found = []
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        for skip in case.iter("skipped"):
            if any(word in name for word in MUST_RUN):
                found.append(f"{name}: {skip.get('message')}")
    return found


def ran(report: Path, word: str) -> int:
    """How many tests with this word in their name ran."""
    cases = ElementTree.parse(report).iter("testcase")
    return sum(word in f"{case.get('classname')}.{case.get('name')}" and case.find("skipped") is None for case in cases)


if __name__ == "__main__":
    path = Path(sys.argv[1])
    problems = skipped(path) + [f"no test of {word} ran" for word in MUST_RUN if not ran(path, word)]
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201
    sys.exit(bool(problems))
