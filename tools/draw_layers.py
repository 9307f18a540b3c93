"""Draw docs/layers.svg from the code: the packages of posetrack/, what each is for, and what it imports.

    python tools/draw_layers.py

Rows are the layers of the import-linter contract in setup.cfg, texts the first line of each package's docstring, and
the lists below them the imports found in the files.
"""

from __future__ import annotations

import ast
import configparser
import re
import textwrap
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "layers.svg"
WIDTH, ROW, GAP = 1100, 92, 12
FILLS = ("#e8eef7", "#dbe6f4")


def layers() -> list[list[str]]:
    """Rows of package names, lowest layer (imports nothing) first."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    rows = parser["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [[name.strip().removeprefix("posetrack.") for name in row.split("|")] for row in reversed(rows)]


def _files(room: str) -> list[Path]:
    folder = ROOT / "posetrack" / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]


def purpose(room: str) -> str:
    """First line of the package's docstring."""
    folder = ROOT / "posetrack" / room
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return docstring.split("\n", 1)[0].rstrip(".")


def imports(room: str) -> list[str]:
    """The other packages that the files of this one import, sorted."""
    found: set[str] = set()
    for path in _files(room):
        found |= set(re.findall(r"^\s*(?:from|import) posetrack\.(\w+)", path.read_text(encoding="utf-8"), re.M))
    return sorted(found - {room, "_version"})


def draw() -> str:
    """The SVG text."""
    rows = layers()
    height = len(rows) * (ROW + GAP) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="{WIDTH}" height="{height}" fill="white"/>',
        '<text x="12" y="22" fill="#444">A package imports only from packages above it; '
        "packages in one row never import each other.</text>",
    ]
    for index, row in enumerate(rows):
        width = (WIDTH - GAP * (len(row) + 1)) / len(row)
        for column, room in enumerate(row):
            x, y = GAP + column * (width + GAP), 34 + index * (ROW + GAP)
            parts.append(_box(room, x, y, width, FILLS[index % 2]))
    return "\n".join([*parts, "</svg>", ""])


def _box(room: str, x: float, y: float, width: float, fill: str) -> str:
    chars = int(width / 6.3)
    uses = ", ".join(imports(room)) or "no other package"
    lines = textwrap.wrap(purpose(room), chars)[:2] + textwrap.wrap(f"imports {uses}", chars)[:3]
    text = [f'<text x="{x + 10:.0f}" y="{y + 18:.0f}" font-weight="bold" font-size="14">{escape(room)}</text>']
    for number, line in enumerate(lines):
        grey = "#667" if number >= len(textwrap.wrap(purpose(room), chars)[:2]) else "#222"
        text.append(f'<text x="{x + 10:.0f}" y="{y + 35 + number * 15:.0f}" fill="{grey}">{escape(line)}</text>')
    frame = f'<rect x="{x:.0f}" y="{y:.0f}" width="{width:.0f}" height="{ROW}" rx="6" fill="{fill}" stroke="#9ab"/>'
    return "\n".join([frame, *text])


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(draw(), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} drawn")
