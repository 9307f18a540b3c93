"""``posetrack models``: what can be had by name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.table import Table

from posetrack.cli.common import OutputConsole, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """List the models, or show one. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="posetrack models",
        description="List the models, or with a name say all about one: licence, address, checksum and the place "
        "of its weights (they are downloaded on first use).",
    )
    parser.add_argument("name", nargs="?", help="show this model")
    args = parser.parse_args(argv)
    return run_command(lambda: _show(args.name) if args.name else _list())


def _list() -> int:
    from posetrack.models.zoo import entries  # brings torch in, which --help does not need

    table = Table(box=None, pad_edge=False)
    for title in ("model", "joints", "decode", "score", "weights"):
        table.add_column(title, no_wrap=True, justify="right" if title == "score" else "left")
    for entry in entries():
        place = "bundled" if entry.file else "cached" if entry.path.exists() else "download"
        score = "" if entry.score is None else f"{entry.score:.1f}"
        table.add_row(entry.name, entry.skeleton.name, entry.decode, score, place)
    console = OutputConsole()
    console.print(table)
    console.print(
        "\nNames end with the height and width of the input. Scores are the publishers', with flip test, in per cent:",
        highlight=False,
    )
    for metric in sorted({entry.metric for entry in entries() if entry.metric}):
        console.print(f"  {metric}", highlight=False)
    console.print("Licences:", highlight=False)
    for licence in sorted({entry.licence for entry in entries()}):
        console.print(f"  {licence}", highlight=False)
    console.print("posetrack models NAME says more about one.", highlight=False)
    return 0


def _show(name: str) -> int:
    from posetrack.models.zoo import get_entry

    entry = get_entry(name)
    width, height = entry.input_wh
    score = "none published" if entry.score is None else f"{entry.score:.1f} ({entry.metric}, flip test)"
    rows = {
        "model": entry.name,
        "network": entry.network,
        "joints": f"{entry.num_joints} ({entry.skeleton.name})",
        "input": f"{height}x{width} (height x width), RGB",
        "decode": entry.decode,
        "score": score,
        "licence": entry.licence,
        "address": entry.url or "ships with the package",
        "sha256": f"{entry.sha256}..." if entry.sha256 else "-",
        "file": f"{entry.path}{'' if entry.path.exists() else ' (not there yet)'}",
    }
    for title, text in rows.items():
        print(f"{title:8s} {text}")
    return 0
