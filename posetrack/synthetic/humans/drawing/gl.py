"""Headless OpenGL contexts, with a clear error where none can be created."""

from __future__ import annotations

import os
from typing import Any

from posetrack.errors import InputError, MissingDependencyError

DEBIAN_PACKAGES = "libegl1 libgl1-mesa-dri"
GLSL_VERSION = 330


def create_context() -> Any:
    """Create a moderngl context on EGL: on a GPU if there is one, else on Mesa's software renderer.

    Raises:
        MissingDependencyError: moderngl is not installed.
        InputError: EGL or a driver for it is missing.
    """
    try:
        import moderngl
    except ModuleNotFoundError as error:
        raise MissingDependencyError('drawing people needs moderngl: pip install "posetrack[synthetic]"') from error
    # Several processes render in parallel; more threads in each would only compete.
    os.environ.setdefault("LP_NUM_THREADS", "1")
    try:
        context = moderngl.create_context(standalone=True, require=GLSL_VERSION, backend="egl")  # type: ignore[arg-type]
    except Exception as error:  # driver errors are raised as bare Exception
        raise InputError(
            f"no OpenGL {GLSL_VERSION / 100:.1f} without a screen (EGL): {error}. On Debian or Ubuntu: "
            f"apt-get install {DEBIAN_PACKAGES}. The drawn figures (tools/make_demo_clip.py) work without it"
        ) from error
    context.enable(moderngl.DEPTH_TEST)
    return context
