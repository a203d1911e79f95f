"""The plan of a room as an SVG drawing: racks where they stand, coloured by what they are asked to tell; pure.

A level is told by its pattern and its words, never by its colour alone; presentation attributes only, so that the
drawing works inline under a strict content policy and as a file. ``across`` wraps long rows, for narrow screens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from inventory.drawing import FONT, SIZE, cut, line, safe, width
from inventory.looks import LEVELS, band, patterns

TILE_W, TILE_H, GAP, MARGIN = 112, 74, 8, 6
HEAD, FOOT, LEGEND = 34, 26, 26
UNPLACED = "Sans emplacement"
BOLD = ' font-weight="600"'
CAGE = "#4b1d6b"


@dataclass(frozen=True, slots=True)
class Tile:
    """A rack on the plan. ``lines`` are short, ``told`` says all of it; ``cage`` is its private cage and its holder."""

    name: str
    row: str
    place: int | None
    level: str
    lines: tuple[str, ...]
    told: str
    link: str | None = None
    cage: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A room to draw: ``legend`` gives the words of each level in use, from the least to the most."""

    title: str
    tiles: Sequence[Tile]
    legend: Sequence[tuple[str, str]] = field(default=())


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the drawing: racks side by side, None where nothing stands; a title only on the first of its row."""

    title: str
    cells: tuple[Tile | None, ...]

    @property
    def caged(self) -> bool:
        return any(cell is not None and cell.cage for cell in self.cells)

    @property
    def height(self) -> int:
        return (HEAD if self.title else GAP) + TILE_H + (FOOT if self.caged else 0)


def room_plan(plan: Plan, across: int = 0, ident: str = "plan") -> str:
    """The drawing of a room; ``across``: racks on a line at most (0: as many as the longest row has)."""
    for tile in plan.tiles:
        if tile.level not in LEVELS:
            raise ValueError(f"rack {tile.name} is of an unknown level {tile.level}")
    lines = list(_lines(plan.tiles, across))
    columns = max((len(each.cells) for each in lines), default=1)
    wide = max(2 * MARGIN + columns * (TILE_W + GAP) - GAP, 320)
    legend = _legend(plan, sum(each.height for each in lines) + GAP + MARGIN, wide, ident)
    height = sum(each.height for each in lines) + 2 * MARGIN + GAP + legend[1]
    return "\n".join(
        [
            _opening(plan, wide, height, ident),
            f'<title id="{ident}-t">{safe(plan.title)}</title>',
            f'<desc id="{ident}-d">{safe(describe(plan))}</desc>',
            patterns(ident, LEVELS.values()),
            f'<rect width="{wide}" height="{height}" fill="#ffffff" aria-hidden="true"/>',
            *_drawn(lines, ident),
            f'<g aria-hidden="true">{legend[0]}</g>',
            "</svg>",
        ]
    )


def describe(plan: Plan) -> str:
    """The plan in words: what a screen reader says."""
    told = [f"{row or UNPLACED} : " + ", ".join(tile.told for tile in tiles) for row, tiles in rows_of(plan.tiles)]
    return ("; ".join(told) or "Aucune baie") + "."


def rows_of(tiles: Iterable[Tile]) -> list[tuple[str, list[Tile]]]:
    """The racks by row, in their order; those whose place nobody said, or that another one has, come last."""
    placed: dict[tuple[str, int], Tile] = {}
    others: list[Tile] = []
    for tile in sorted(tiles, key=lambda each: each.name):
        if tile.place is None or (tile.row, tile.place) in placed:
            others.append(tile)
        else:
            placed[tile.row, tile.place] = tile
    stands = groupby(sorted(placed), key=lambda where: where[0])
    found = [(_row_title(row), [placed[where] for where in group]) for row, group in stands]
    return [*found, ("", others)] if others else found


def _row_title(row: str) -> str:
    return f"Rangée {row}" if row else "Rangée sans nom"


def _lines(tiles: Iterable[Tile], across: int) -> Iterator[_Line]:
    rows = rows_of(tiles)
    longest = max((_places(each, title)[-1] for title, each in rows if title), default=0)
    limit = across or max(longest, min(8, len(rows[-1][1])) if rows else 1)
    for title, each in rows:
        standing = dict(zip(_places(each, title), each, strict=True))
        cells = [standing.get(place) for place in range(1, max(standing) + 1)]
        for first in range(0, len(cells), limit):
            yield _Line((title or UNPLACED) if first == 0 else "", tuple(cells[first : first + limit]))


def _places(tiles: Sequence[Tile], title: str) -> list[int]:
    """Where the racks of a row stand; one after the other where nobody said."""
    return [tile.place or 0 for tile in tiles] if title else list(range(1, len(tiles) + 1))


def _opening(plan: Plan, wide: int, height: int, ident: str) -> str:
    role = "group" if any(tile.link for tile in plan.tiles) else "img"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="{role}" class="room-plan" width="{wide}" height="{height}" '
        f'viewBox="0 0 {wide} {height}" aria-labelledby="{ident}-t" aria-describedby="{ident}-d" '
        f'font-family="{FONT}" font-size="{SIZE}">'
    )


def _drawn(lines: Sequence[_Line], ident: str) -> Iterator[str]:
    top = MARGIN
    for each in lines:
        if each.title:
            yield line(MARGIN, top + 20, each.title, anchor="start", more=f'{BOLD} aria-hidden="true"')
        y = top + (HEAD if each.title else GAP)
        for number, cell in enumerate(each.cells):
            yield _tile(cell, _x(number), y, ident) if cell else _nothing(_x(number), y)
        yield from _cages(each.cells, y)
        top += each.height


def _x(number: int) -> int:
    return MARGIN + number * (TILE_W + GAP)


def _nothing(x: int, y: int) -> str:
    """A place of a row where no rack stands."""
    box = f'x="{x}" y="{y}" width="{TILE_W}" height="{TILE_H}" rx="4"'
    return f'<rect {box} fill="none" stroke="#c3cad3" stroke-dasharray="3 4" aria-hidden="true"/>'


def _tile(tile: Tile, x: int, y: int, ident: str) -> str:
    look, room = LEVELS[tile.level], TILE_W - 18
    told = safe(tile.told)
    texts = [line(x + 13, y + 20, cut(tile.name, room, bold=True), look.ink, "start", BOLD + _underline(tile))]
    texts += [
        line(x + 13, y + 40 + number * 19, cut(words, room), look.ink, "start")
        for number, words in enumerate(tile.lines[:2])
    ]
    pattern = band(x + 2, y + 2, TILE_H - 4, look, ident) if look.pattern else ""
    box = f'x="{x + 1}" y="{y + 1}" width="{TILE_W - 2}" height="{TILE_H - 2}" rx="4"'
    role = "" if tile.link else ' role="img"'
    inside = (
        f'<g class="room-rack"{role}><title>{told}</title>'
        f'<rect {box} fill="{look.fill}" stroke="{look.stroke}" stroke-width="1.5"/>{pattern}{"".join(texts)}</g>'
    )
    return f'<a href="{safe(tile.link)}" aria-label="{told}">{inside}</a>' if tile.link else inside


def _underline(tile: Tile) -> str:
    return ' text-decoration="underline"' if tile.link else ""


def _cages(cells: Sequence[Tile | None], y: int) -> Iterator[str]:
    """An outline around the racks of a cage that stand side by side, its name below."""
    number = 0
    for cage, group in groupby(cells, key=lambda cell: cell.cage if cell is not None else None):
        count = len(list(group))
        if cage:
            x, wide = _x(number) - 4, count * (TILE_W + GAP) - GAP + 8
            box = f'x="{x}" y="{y - 4}" width="{wide}" height="{TILE_H + 8}" rx="6"'
            name = line(x + 4, y + TILE_H + 20, cut(cage, wide - 8, bold=True), CAGE, "start", BOLD)
            outline = f'<rect {box} fill="none" stroke="{CAGE}" stroke-width="3" stroke-dasharray="10 5"/>'
            yield f'<g aria-hidden="true">{outline}{name}</g>'
        number += count


def _legend(plan: Plan, top: int, wide: int, ident: str) -> tuple[str, int]:
    """Each level with its pattern and its words, as many to a row as fit; and how high that is."""
    drawn, x, y = [], MARGIN, top
    for level, words in plan.legend:
        look, long = LEVELS[level], 36 + width(words) + 14
        if x > MARGIN and x + long > wide:
            x, y = MARGIN, y + LEGEND
        box = f'x="{x:g}" y="{y}" width="28" height="16" rx="2" fill="{look.fill}" stroke="{look.stroke}"'
        drawn.append(f"<rect {box}/>" + (band(x + 1, y + 1, 14, look, ident) if look.pattern else ""))
        drawn.append(line(x + 36, y + 13, words, anchor="start"))
        x += int(long)
    return "".join(drawn), (y - top + LEGEND if plan.legend else 0)
