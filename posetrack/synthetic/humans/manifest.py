"""Which files of bodies, clothes and motions are used: where they come from, and their checksums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import quote

RAW_HOST = "https://raw.githubusercontent.com"
# The commits from which the files of the manifest were taken; each file's content is fixed by its SHA-256 besides.
COMMITS = {
    "makehumancommunity/makehuman": "a8bc2d54ff0ac92e78ff71431b1023eda42bf482",
    "makehumancommunity/makehuman-assets": "8cf9645b975a98eea056b140df11a1d278da0d10",
    "cyun9601/CMU-MOCAP-Data": "2bedcd3b002488f7053d2b8c42690beddbf6620a",
}


@dataclass(frozen=True)
class AssetFile:
    """One file.

    Attributes:
        path: relative to the folder of assets, with forward slashes.
        num_bytes: its size.
        sha256: 64 lower-case hex digits.
        repository: owner/name on GitHub.
        source_path: where it is in that repository.
    """

    path: str
    num_bytes: int
    sha256: str
    repository: str
    source_path: str

    def url(self, host: str = RAW_HOST) -> str:
        """Where the file can be fetched."""
        return f"{host}/{self.repository}/{COMMITS[self.repository]}/{quote(self.source_path)}"


@cache
def asset_files() -> tuple[AssetFile, ...]:
    """All files, in order of their paths."""
    text = (resources.files(__package__) / "manifest.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(AssetFile(path, int(size), digest, repo, source) for path, size, digest, repo, source in rows)
