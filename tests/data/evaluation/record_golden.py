"""Pack the parity inputs and official outputs supplied with the project into one file.

    python tests/data/evaluation/record_golden.py ../shared/parity

The outputs are poseval's own (4258a15, motmetrics 1.4.0). Writes ``golden.json.gz`` beside this file:
``{"files": {"gt18_seq/003418_mpii_test.json": {...}}, "golden": {"<gt>__<pred>/<file>": {...}}}``.
"""

import gzip
import json
import sys
from pathlib import Path


def main(parity):
    golden = {str(p.relative_to(parity / "golden")): p for p in sorted((parity / "golden").rglob("*.json"))}
    files = {str(p.relative_to(parity)): p for p in sorted(parity.glob("*18_seq*/*.json"))}
    packed = {
        "files": {name: json.loads(path.read_text()) for name, path in files.items()},
        "golden": {name: json.loads(path.read_text()) for name, path in golden.items()},
    }
    with gzip.GzipFile(Path(__file__).parent / "golden.json.gz", "wb", mtime=0) as stream:
        stream.write(json.dumps(packed).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
