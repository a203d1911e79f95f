"""Every command that a document, a page or a message tells people to run exists, with its options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dcops.cli import cli

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = [
    path for top in ("dcops", "inventory", "metering", "templates") for path in sorted((ROOT / top).rglob("*.*"))
]
QUOTED = re.compile(r"«[  ](dcops [a-z][^»]*?)[  ]»|\((dcops [a-z][a-z ]*)\)|`+(dcops [a-z][^`]*)`")


def told() -> Iterator[str]:
    """The commands of the documents, then those of messages and pages."""
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        for block in re.findall(r"```\n(.*?)```", text, re.DOTALL):
            yield from re.findall(r"(?:^|-u dcops |&& )(dcops [a-z].*)", block, re.MULTILINE)
        yield from quoted(re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    for path in SOURCES:
        if path.suffix in (".py", ".html") and "versions" not in path.parts:
            yield from quoted(path.read_text(encoding="utf-8"))


def quoted(text: str) -> Iterator[str]:
    return (next(filter(None, found)) for found in QUOTED.findall(text))


def words_of(line: str) -> list[str]:
    return line.split("#")[0].replace("\n", " ").split()[1:]


@pytest.mark.parametrize("line", sorted(set(told())))
def test_the_command_exists(line: str) -> None:
    context, command = click.Context(cli), cli
    words = words_of(line)
    while words and isinstance(command, click.Group):
        name = words.pop(0)
        if "|" in name or not name.islower():
            return
        found = command.get_command(context, name)
        assert found is not None, line
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if re.fullmatch(r"--[a-z0-9-]+", word)} <= known


def test_there_is_something_to_look_at() -> None:
    assert {"dcops db upgrade", "dcops reconcile"} <= set(told())
