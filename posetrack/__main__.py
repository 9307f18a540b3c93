"""``python -m posetrack``: the same as the ``posetrack`` command."""

import sys

from posetrack.cli.main import main

sys.exit(main())
