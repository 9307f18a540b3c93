"""The body, clothes and motion files in use, with their sources and checksums."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from urllib.parse import quote

RAW_HOST = "https://raw.githubusercontent.com"
# Commits the manifest's files were taken from; each file is also pinned by its SHA-256.
COMMITS = {
    "makehumancommunity/makehuman": "a8bc2d54ff0ac92e78ff71431b1023eda42bf482",
    "makehumancommunity/makehuman-assets": "8cf9645b975a98eea056b140df11a1d278da0d10",
    "cyun9601/CMU-MOCAP-Data": "2bedcd3b002488f7053d2b8c42690beddbf6620a",
}


@dataclass(frozen=True)
class AssetFile:
    """An asset file.

    Attributes:
        path: path relative to the asset folder, with forward slashes.
        num_bytes: size in bytes.
        sha256: 64 lower-case hex digits.
        repository: owner/name on GitHub.
        source_path: path in that repository.
    """

    path: str
    num_bytes: int
    sha256: str
    repository: str
    source_path: str

    def url(self, host: str = RAW_HOST) -> str:
        """Download URL of the file."""
        return f"{host}/{self.repository}/{COMMITS[self.repository]}/{quote(self.source_path)}"


@cache
def asset_files() -> tuple[AssetFile, ...]:
    """All files, sorted by path."""
    text = (resources.files(__package__) / "manifest.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return tuple(AssetFile(path, int(size), digest, repo, source) for path, size, digest, repo, source in rows)
