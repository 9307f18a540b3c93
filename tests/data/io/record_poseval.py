"""Record the official converter's output for PoseTrack files in ``poseval_convert.json.gz``.

    python tests/data/io/record_poseval.py POSEVAL_CHECKOUT

POSEVAL_CHECKOUT is github.com/leonid-pishchulin/poseval at 4258a15; use an environment in which it runs. The inputs
are the parity files packed in ``tests/data/evaluation/golden.json.gz``. No official code is kept.
"""

import gzip
import json
import logging
import sys
from pathlib import Path

INPUTS = ("gt18_seq_ign", "pred18_seq_noisy", "pred18_seq_nopred_frame2")
HERE = Path(__file__).parent


def main() -> None:
    """Convert each input to the 2017 format and back to the 2018 format."""
    sys.path.insert(0, sys.argv[1])
    from poseval.convert import Video, json_default

    logging.disable(logging.WARNING)
    with gzip.open(HERE.parent / "evaluation" / "golden.json.gz") as stream:
        files = json.load(stream)["files"]
    recorded = {}
    for name, content in files.items():
        if name.split("/")[0] in INPUTS:
            as_17 = json.loads(json.dumps(Video.from_new(content)[0].to_old(), default=json_default))
            as_18 = json.loads(json.dumps(Video.from_old(as_17)[0].to_new(), default=json_default))
            recorded[name] = {"posetrack17": as_17, "posetrack18": as_18}
    data = json.dumps(recorded, sort_keys=True, separators=(",", ":")).encode()
    (HERE / "poseval_convert.json.gz").write_bytes(gzip.compress(data, mtime=0))
    print(f"{len(recorded)} files recorded")


if __name__ == "__main__":
    main()
