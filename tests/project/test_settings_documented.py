"""Every setting is documented, and the documented example is accepted."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel

from dcops.config import Settings, load

DOC = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


def _example() -> str:
    return DOC.read_text(encoding="utf-8").split("```toml")[1].split("```")[0]


def _keys(model: type[BaseModel], prefix: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        inner = [
            kind for kind in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(kind, type)
        ]
        nested = next((kind for kind in inner if issubclass(kind, BaseModel)), None)
        found |= _keys(nested, f"{name}.") if nested else {prefix + name}
    return found


def test_every_setting_is_documented() -> None:
    text = DOC.read_text(encoding="utf-8")
    missing = [key for key in _keys(Settings) if f"`{key.rsplit('.')[-1]}`" not in text]
    assert missing == []


def test_the_documented_example_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "dcops.toml"
    path.write_text(_example(), encoding="utf-8")
    assert tomllib.loads(_example())["proxmox"][0]["name"] == load(path, {}).proxmox[0].name
