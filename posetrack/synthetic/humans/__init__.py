"""Rendered people with exact ground truth: MakeHuman bodies, CMU motion, drawn by OpenGL without a screen.

The meshes (CC0) and motions are no part of this project: ``third_party/fetch_humans.py`` gets them.
Drawing needs ``pip install "posetrack[synthetic]"``.
"""
