"""What the make-believe NetBox has besides its world: its tags and its custom field, and objects still blank; pure."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
_STAMP = "2024-01-01T00:00:00.000000Z"


def extra_lists(tags: tuple[str, ...], base: str) -> dict[str, list[Row]]:
    """The lists of tags and of custom fields: "vmid" of the virtual machines."""
    return {
        "/api/extras/tags/": [_tag(id, name, base) for id, name in enumerate(tags, 1)],
        "/api/extras/custom-fields/": [_custom_field(1, "vmid", base)],
    }


def _row(path: str, id: int, name: str, base: str) -> Row:
    urls = {"url": f"{base}/api/{path}/{id}/", "display_url": f"{base}/{path}/{id}/"}
    stamps = {"created": _STAMP, "last_updated": _STAMP, "owner": None}
    return {"id": id, "display": name, "name": name, "description": "", **urls, **stamps}


def _tag(id: int, name: str, base: str) -> Row:
    own = {"slug": name, "color": "9e9e9e", "weight": 1000, "object_types": [], "tagged_items": 0}
    return _row("extras/tags", id, name, base) | own


def _custom_field(id: int, name: str, base: str) -> Row:
    kind = {"type": {"value": "integer", "label": "Integer"}, "data_type": "integer", "required": False}
    shown = {"ui_visible": {"value": "always", "label": "Always"}, "ui_editable": {"value": "yes", "label": "Yes"}}
    shown |= {"filter_logic": {"value": "loose", "label": "Loose"}}
    own = {"object_types": ["virtualization.virtualmachine"], "related_object_type": None, "choice_set": None}
    return _row("extras/custom-fields", id, name, base) | kind | shown | own
