"""Rendered people with exact ground truth: MakeHuman bodies, CMU motion captures, headless OpenGL.

The meshes (CC0) and motions are not part of this project; ``third_party/fetch_humans.py`` fetches them.
Rendering needs ``pip install "posetrack[synthetic]"``.
"""
