"""Headless OpenGL rendering of people and objects."""

from posetrack.synthetic.humans.drawing.camera import Camera
from posetrack.synthetic.humans.drawing.light import Light
from posetrack.synthetic.humans.drawing.material import Material
from posetrack.synthetic.humans.drawing.painter import Actor, Painter, Picture
from posetrack.synthetic.humans.drawing.things import Things, ThingsBuilder

__all__ = ["Actor", "Camera", "Light", "Material", "Painter", "Picture", "Things", "ThingsBuilder"]
