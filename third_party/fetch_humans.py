"""Fetch the meshes and motions of people; see ``python third_party/fetch_humans.py --help``."""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from posetrack.cli.common import run_command
from posetrack.synthetic.humans.fetch import HUMANS_VARIABLE, check_assets, copy_assets, download_assets, humans_cache
from posetrack.synthetic.humans.manifest import RAW_HOST, asset_files

SHARED = Path(__file__).resolve().parents[2] / "shared" / "humans"
DESCRIPTION = f"""\
Bodies, clothes, hair and poses of MakeHuman (CC0 1.0) and motion captures of the CMU Graphics Lab
(mocap.cs.cmu.edu, created with funding from NSF EIA-0196217): 209 files, 94 MB, none of which is kept in
this repository. They are copied from --from DIR ({SHARED} where it exists), else downloaded from their
public repositories at a fixed commit, and checked. {HUMANS_VARIABLE}=DIR uses a folder in place, without a copy.
"""


def main() -> int:
    """Run the command and return the exit status."""
    parser = argparse.ArgumentParser(description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", metavar="DIR", type=Path, help="copy from here")
    parser.add_argument("--to", metavar="DIR", type=Path, help=f"keep them here (default: {humans_cache()})")
    parser.add_argument("--download", action="store_true", help="from the network, also where a folder is near")
    parser.add_argument("--host", metavar="URL", default=RAW_HOST, help="a mirror of raw.githubusercontent.com")
    parser.add_argument("--check", action="store_true", help="only check what is there")
    return run_command(lambda: _fetch(parser.parse_args()))


def _fetch(arguments: argparse.Namespace) -> int:
    target: Path = arguments.to or humans_cache()
    source: Path | None = arguments.source or (SHARED if SHARED.is_dir() and not arguments.download else None)
    files = asset_files()
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("assets", total=sum(file.num_bytes for file in files))

        def advance(file) -> None:  # type: ignore[no-untyped-def]
            progress.update(task, advance=file.num_bytes)

        if arguments.check:
            check_assets(target, advance)
            done = "checked"
        elif source is not None:
            done = f"{copy_assets(source, target, advance)} copied from {source}"
        else:
            done = f"{download_assets(target, arguments.host, advance)} downloaded"
    print(f"{target}: {len(files)} files, {done}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
