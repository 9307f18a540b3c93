"""``posetrack models``: the models available by name."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from posetrack.cli.common import OutputConsole, run_command


def main(argv: Sequence[str] | None = None) -> int:
    """List the models, or show one. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="posetrack models",
        description="List the models, or show one in detail: licence, address, checksum and location of its weights "
        "(downloaded on first use). Networks for poses, detection and optical flow.",
    )
    parser.add_argument("name", nargs="?", help="model to show")
    args = parser.parse_args(argv)
    return run_command(lambda: _show(args.name) if args.name else _list())


def _list() -> int:
    from posetrack.models.zoo import entries  # imports torch, which --help does not need

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
        "\nNames end with the height and width of the input. Scores are as published, with flip test, in per cent:",
        highlight=False,
    )
    for metric in sorted({entry.metric for entry in entries() if entry.metric}):
        console.print(f"  {metric}", highlight=False)
    console.print("Licences:", highlight=False)
    for licence in sorted({entry.licence for entry in entries()}):
        console.print(f"  {licence}", highlight=False)
    console.print()
    console.print(_torchvision_table())
    console.print("\nScores are box AP on COCO val2017. For details of one model: posetrack models NAME", highlight=False)
    return 0


def _torchvision_table() -> Table:
    """Torchvision's networks for detection and optical flow."""
    from posetrack.cli.weights import TORCHVISION_DETECTORS, TORCHVISION_FLOWS
    from posetrack.models.hub import hub_weights

    table = Table(box=None, pad_edge=False)
    for title in ("of torchvision", "setting", "score", "weights"):
        table.add_column(title, no_wrap=True, justify="right" if title == "score" else "left")
    for section, names in (("detector", TORCHVISION_DETECTORS), ("flow", TORCHVISION_FLOWS)):
        for name in names:
            weights = hub_weights(name)
            score = "" if weights.box_map is None else f"{weights.box_map:.1f}"
            table.add_row(name, f"{section}.model", score, "cached" if weights.path.exists() else "download")
    return table


def _show(name: str) -> int:
    from posetrack.cli.weights import TORCHVISION_DETECTORS, TORCHVISION_FLOWS

    for section, kind, names in (("detector", "torchvision", TORCHVISION_DETECTORS), ("flow", "raft", TORCHVISION_FLOWS)):
        if name in names:
            _print_rows(_torchvision_rows(name, f"{section}.kind={kind} {section}.model={name}"))
            return 0
    _print_rows(_rows(name))
    return 0


def _torchvision_rows(name: str, settings: str) -> dict[str, str]:
    from posetrack.models.hub import hub_weights

    weights = hub_weights(name)
    score = {} if weights.box_map is None else {"score": f"{weights.box_map:.1f} (box AP on COCO val2017)"}
    return {
        "model": name,
        "settings": settings,
        **score,
        "licence": "BSD-3-Clause (torchvision), plus the terms of the training data",
        "address": weights.url,
        "size": "not stated" if weights.size_mib is None else f"{weights.size_mib:.0f} MiB",
        "sha256": f"{weights.sha256}...",
        "file": _place(weights.path),
    }


def _rows(name: str) -> dict[str, str]:
    from posetrack.cli.weights import TORCHVISION_DETECTORS, TORCHVISION_FLOWS
    from posetrack.models.zoo import get_entry

    entry = get_entry(name, (*TORCHVISION_DETECTORS, *TORCHVISION_FLOWS))
    width, height = entry.input_wh
    score = "none published" if entry.score is None else f"{entry.score:.1f} ({entry.metric}, flip test)"
    return {
        "model": entry.name,
        "network": entry.network,
        "joints": f"{entry.num_joints} ({entry.skeleton.name})",
        "input": f"{height}x{width} (height x width), RGB",
        "decode": entry.decode,
        "score": score,
        "licence": entry.licence,
        "address": entry.url or "ships with the package",
        "sha256": f"{entry.sha256}..." if entry.sha256 else "-",
        "file": _place(entry.path),
    }


def _place(path: Path) -> str:
    return f"{path}{'' if path.exists() else ' (not downloaded yet)'}"


def _print_rows(rows: dict[str, str]) -> None:
    for title, text in rows.items():
        print(f"{title:8s} {text}")
