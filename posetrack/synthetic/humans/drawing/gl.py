"""An OpenGL context without a screen, and clear words where there cannot be one."""

from __future__ import annotations

import os
from typing import Any

from posetrack.errors import InputError, MissingDependencyError

DEBIAN_PACKAGES = "libegl1 libgl1-mesa-dri"
GLSL_VERSION = 330


def create_context() -> Any:
    """A moderngl context on EGL: a graphics card where there is one, else Mesa's software renderer.

    Raises:
        MissingDependencyError: moderngl is not installed.
        InputError: EGL or a driver for it is missing.
    """
    try:
        import moderngl
    except ModuleNotFoundError as error:
        raise MissingDependencyError('drawing people needs moderngl: pip install "posetrack[synthetic]"') from error
    # Several processes draw side by side; more threads in each only get in each other's way.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    try:
        context = moderngl.create_context(standalone=True, require=GLSL_VERSION, backend="egl")  # type: ignore[arg-type]
    except Exception as error:  # the driver's faults come as bare Exception
        raise InputError(
            f"no OpenGL {GLSL_VERSION / 100:.1f} without a screen (EGL): {error}. On Debian or Ubuntu: "
            f"apt-get install {DEBIAN_PACKAGES}. The drawn figures (tools/make_demo_clip.py) work without it"
        ) from error
    context.enable(moderngl.DEPTH_TEST)
    return context
