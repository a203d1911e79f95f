"""What is packaged is what is on disk."""

from __future__ import annotations

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def setup() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_the_package_list_is_what_is_on_disk() -> None:
    on_disk = {
        ".".join(init.parent.relative_to(ROOT).parts)
        for top in ("dcops", "inventory", "metering")
        for init in (ROOT / top).rglob("__init__.py")
    }
    listed = set(setup()["options"]["packages"].split())
    assert listed == on_disk | {"dcops.templates"}


def test_every_data_file_is_covered_by_a_pattern() -> None:
    patterns = {
        package: [pattern.strip() for pattern in value.replace("\n", ",").split(",") if pattern.strip()]
        for package, value in setup()["options.package_data"].items()
    }
    folders = {"dcops": ROOT / "dcops", "dcops.templates": ROOT / "templates", "metering": ROOT / "metering"}
    for package, folder in folders.items():
        covered = {path for pattern in patterns[package] for path in folder.glob(pattern)}
        data = {
            path
            for path in folder.rglob("*")
            if path.is_file() and path.suffix != ".py" and "__pycache__" not in path.parts
        }
        missing = {path for path in data if path not in covered and not any(p in covered for p in path.parents)}
        assert not missing, f"{package}: {sorted(map(str, missing))}"


def test_every_module_says_what_it_knows() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for top in ("dcops", "inventory", "metering", "tests")
        for path in (ROOT / top).rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []
