"""Render people and objects: the image, an owner map and a depth map."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.structures import FloatArray, FlowField, ImageArray
from posetrack.synthetic.humans.character import VERTEX_DTYPE, Character
from posetrack.synthetic.humans.drawing import flow_shaders, shaders
from posetrack.synthetic.humans.drawing.camera import FAR, NEAR, Camera
from posetrack.synthetic.humans.drawing.gl import create_context
from posetrack.synthetic.humans.drawing.light import Light
from posetrack.synthetic.humans.drawing.material import Material
from posetrack.synthetic.humans.drawing.things import THING_DTYPE, Things
from posetrack.synthetic.humans.rotations import unit

LINEAR, LINEAR_MIPMAP_NEAREST = 0x2601, 0x2701  # OpenGL constants; moderngl itself is imported where a context is created
SHADOW_PX = 384
_KEPT_CHARACTERS = 64  # whose buffers stay on the GPU
_PERSON_FORMAT = ("3f4 3f4 4u1 4f4 1f4 2f4 4f1 1f4", VERTEX_DTYPE.names or ())
_THING_FORMAT = ("3f4 3f4 3f4 3f4 3f4 2f4 1f4", THING_DTYPE.names or ())


@dataclass(frozen=True, eq=False)
class Actor:
    """A posed person: bone transforms (B, 3, 4), material, and number (1 and up) in the owner map."""

    character: Character
    transforms: FloatArray
    material: Material
    number: int = 1


@dataclass(frozen=True, eq=False)
class Picture:
    """A rendered picture.

    Attributes:
        image: (H, W, 3) uint8 RGB; nothing was drawn where ``owners`` is 0.
        owners: (H, W) uint8: 0 nothing, 1 and up the actors by number, ``THING_OWNER`` an object.
        depth: (H, W) float32 decimetres along the line of sight; 0 where nothing was drawn.
    """

    image: ImageArray
    owners: npt.NDArray[np.uint8]
    depth: npt.NDArray[np.float32]


class Painter:
    """Renderer, one per process; pictures have the size of the camera's image."""

    def __init__(self, num_bones: int) -> None:
        self._gl = create_context()
        self._gl.front_face = "cw"  # counter-clockwise triangles are clockwise in an upside-down picture
        program = self._gl.program
        self._person = program(shaders.person_vertex(num_bones), shaders.PERSON_FRAGMENT)
        self._thing = program(shaders.THING_VERTEX, shaders.THING_FRAGMENT)
        self._person_shadow = program(shaders.person_shadow_vertex(num_bones), shaders.PERSON_SHADOW_FRAGMENT)
        self._thing_shadow = program(shaders.THING_SHADOW_VERTEX, shaders.THING_SHADOW_FRAGMENT)
        self._person_flow = program(flow_shaders.person_flow_vertex(num_bones), flow_shaders.PERSON_FLOW_FRAGMENT)
        self._thing_flow = program(flow_shaders.THING_FLOW_VERTEX, flow_shaders.THING_FLOW_FRAGMENT)
        self._shadow_map = self._gl.depth_texture((SHADOW_PX, SHADOW_PX))
        self._shadow_map.compare_func = ""
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow_frame = self._gl.framebuffer(depth_attachment=self._shadow_map)
        self._noise = self._gl.texture((256, 256), 4, noise_texture().tobytes())
        self._noise.build_mipmaps()
        self._noise.filter = (LINEAR_MIPMAP_NEAREST, LINEAR)
        self._frames: dict[tuple[int, int], Any] = {}
        self._flow_frames: dict[tuple[int, int], Any] = {}
        self._kept: OrderedDict[int, tuple[Character, list[Any], list[Any]]] = OrderedDict()

    def draw(self, actors: Sequence[Actor], things: Things | None, light: Light, camera: Camera,
             focus: tuple[FloatArray, float]) -> Picture:  # fmt: skip
        """Render a scene.

        Args:
            actors: up to 250 people with distinct numbers.
            things: all other objects, or None.
            light: the light of the scene.
            camera: the camera; its ``image_hw`` is the picture's size.
            focus: centre (3,) and radius, decimetres, of the region in which shadows are cast.
        """
        thing = self._upload(things)
        to_shadow = shadow_matrix(light.towards, *focus)
        if light.shadows:
            self._draw_shadows(actors, thing, to_shadow)
        frame = self._frame(camera.image_hw)
        frame.use()
        frame.clear()
        self._noise.use(0)
        self._shadow_map.use(1)
        for program in (self._person, self._thing):
            _set_view(program, camera)
            _set_light(program, light, to_shadow, camera.position)
        for actor in actors:
            self._set_actor(self._person, actor)
            _set_surfaces(self._person, actor)
            self._draw_person(self._vertex_arrays(actor.character)[0], actor.character)
        if thing:  # last: parts hidden behind people need not be shaded
            thing[1].render()
            for resource in thing:
                resource.release()
        return _read(frame)

    def flow(self, actors: Sequence[Actor], later: Sequence[FloatArray], things: Things | None, camera: Camera,
             next_camera: Camera) -> FlowField:  # fmt: skip
        """Compute the exact flow from a picture to the next one.

        Args:
            actors: the people in this picture.
            later: bone transforms (B, 3, 4) of each actor in the next picture.
            things: objects; they do not move.
            camera, next_camera: cameras of this picture and the next, with equal image sizes.

        Returns:
            Exact for everything drawn, even if occluded in the next picture; invalid where nothing is drawn.
        """
        thing = self._upload(things)
        frame = self._flow_frame(camera.image_hw)
        frame.use()
        frame.clear()
        for program in (self._person_flow, self._thing_flow):
            _set_view(program, camera)
            _set_view(program, next_camera, "next_")
            program["size"].value = (camera.image_hw[1], camera.image_hw[0])
        for actor, transforms in zip(actors, later, strict=True):
            self._set_actor(self._person_flow, actor)
            self._person_flow["next_rows"].write(transforms.reshape(-1, 4).astype("f4").tobytes())
            self._draw_person(self._vertex_arrays(actor.character)[2], actor.character)
        if thing:
            thing[3].render()
            for resource in thing:
                resource.release()
        data = np.frombuffer(frame.read(components=4, dtype="f4"), dtype=np.float32).reshape(*camera.image_hw, 4)
        valid = (data[..., 2] > 0) & np.isfinite(data[..., :2]).all(axis=2)
        return FlowField(data[..., :2].copy(), valid)

    def _flow_frame(self, image_hw: tuple[int, int]) -> Any:
        if image_hw not in self._flow_frames:
            size = (image_hw[1], image_hw[0])
            layer = self._gl.renderbuffer(size, 4, dtype="f4")
            self._flow_frames[image_hw] = self._gl.framebuffer([layer], self._gl.depth_renderbuffer(size))
        return self._flow_frames[image_hw]

    def _draw_shadows(self, actors: Sequence[Actor], thing: list[Any] | None, to_shadow: FloatArray) -> None:
        self._shadow_frame.use()
        self._shadow_frame.clear(depth=1.0)
        for program in (self._person_shadow, self._thing_shadow):
            program["to_shadow"].write(to_shadow.T.astype("f4").tobytes())
        if thing:
            thing[2].render()
        for actor in actors:
            self._set_actor(self._person_shadow, actor)
            self._draw_person(self._vertex_arrays(actor.character)[1], actor.character)

    def _draw_person(self, array: Any, character: Character) -> None:
        """Draw closed surfaces from outside only, which halves their cost; skirt, hair and hat from both sides."""
        self._gl.enable(self._gl.CULL_FACE)
        array.render(vertices=3 * character.num_solid)
        self._gl.disable(self._gl.CULL_FACE)
        if len(character.triangles) > character.num_solid:
            array.render(vertices=3 * (len(character.triangles) - character.num_solid), first=3 * character.num_solid)

    def _set_actor(self, program: Any, actor: Actor) -> None:
        program["bone_rows"].write(actor.transforms.reshape(-1, 4).astype("f4").tobytes())
        outfit = actor.character.outfit
        for name in ("sleeve", "hem", "waist", "neckline", "skirt_hem", "looseness", "bare_chest", "gloves"):
            if name in program:
                program[name].value = getattr(outfit, name)

    def _frame(self, image_hw: tuple[int, int]) -> Any:
        if image_hw not in self._frames:
            size = (image_hw[1], image_hw[0])
            layers = [self._gl.renderbuffer(size, 4), self._gl.renderbuffer(size, 2, dtype="f4")]
            self._frames[image_hw] = self._gl.framebuffer(layers, self._gl.depth_renderbuffer(size))
        return self._frames[image_hw]

    def _vertex_arrays(self, character: Character) -> list[Any]:
        """GPU buffers of a character for rendering, shadows and flow."""
        key = id(character)
        if key not in self._kept:
            vertices = self._gl.buffer(character.vertices.tobytes())
            triangles = self._gl.buffer(character.triangles.tobytes())
            arrays = [
                self._gl.vertex_array(program, [(vertices, *_layout(program, *_PERSON_FORMAT))], triangles)
                for program in (self._person, self._person_shadow, self._person_flow)
            ]
            self._kept[key] = (character, arrays, [vertices, triangles])
            if len(self._kept) > _KEPT_CHARACTERS:
                _, (_, old, buffers) = self._kept.popitem(last=False)
                for resource in (*old, *buffers):
                    resource.release()
        self._kept.move_to_end(key)
        return self._kept[key][1]

    def _upload(self, things: Things | None) -> list[Any] | None:
        if things is None:
            return None
        vertices, triangles = (self._gl.buffer(a.tobytes()) for a in (things.vertices, things.triangles))
        drawn, shadow, flow = (
            self._gl.vertex_array(program, [(vertices, *_layout(program, *_THING_FORMAT))], triangles)
            for program in (self._thing, self._thing_shadow, self._thing_flow)
        )
        return [vertices, drawn, shadow, flow, triangles]


def _layout(program: Any, layout: str, names: Sequence[str]) -> tuple[str, ...]:
    """Buffer layout and attribute names for a program; attributes its compiler removed become padding."""
    pieces = [
        piece if name in program else f"{int(piece[0]) * int(piece[2])}x"
        for piece, name in zip(layout.split(), names, strict=True)
    ]
    return (" ".join(pieces), *(name for name in names if name in program))


def _set_view(program: Any, camera: Camera, prefix: str = "") -> None:
    height, width = camera.image_hw
    f, (cx, cy) = camera.focal_px, camera.center_xy + 0.5
    program[f"{prefix}view"].write(camera.rotation.T.astype("f4").tobytes())
    program[f"{prefix}eye"].value = tuple(camera.position)
    # x = f X / z + cx in pixels becomes 2 x / W - 1, in homogeneous form: lens.x X + lens.y z; y likewise, downwards.
    program[f"{prefix}lens"].value = (2 * f / width, 2 * cx / width - 1, 2 * f / height, 2 * cy / height - 1)
    if not prefix:
        program["planes"].value = (NEAR, FAR)


def _set_light(program: Any, light: Light, to_shadow: FloatArray, eye: FloatArray) -> None:
    for name, value in (("sun", light.towards), ("sun_color", light.color), ("sky", light.sky),
                        ("ground", light.ground), ("eye_at", eye)):  # fmt: skip
        program[name].value = tuple(value)
    program["to_shadow"].write(to_shadow.T.astype("f4").tobytes())
    program["shadows"].value = light.shadows
    program["shadow_size"].value = SHADOW_PX
    program["softness"].value = light.softness
    program["noise_map"].value, program["shadow_map"].value = 0, 1


def _set_surfaces(program: Any, actor: Actor) -> None:
    material, outfit = actor.material, actor.character.outfit
    for name in ("colors", "second", "patterns"):
        program[name].write(np.ascontiguousarray(getattr(material, name), dtype="f4").tobytes())
    program["iris"].value = tuple(material.iris)
    program["seed"].value = tuple(material.seed)
    program["creases"].value = material.creases
    program["socks"].value, program["scalp"].value, program["beard"].value = outfit.socks, outfit.scalp, outfit.beard
    program["person"].value = float(actor.number)


def _read(frame: Any) -> Picture:
    width, height = frame.size
    color = np.frombuffer(frame.read(components=3, alignment=1), dtype=np.uint8).reshape(height, width, 3)
    owner = np.frombuffer(frame.read(components=2, attachment=1, dtype="f4"), dtype=np.float32)
    owner = owner.reshape(height, width, 2)
    return Picture(color, np.round(owner[..., 0]).astype(np.uint8), owner[..., 1])


def shadow_matrix(towards: FloatArray, middle: FloatArray, radius: float) -> FloatArray:
    """(4, 4) from the world to the light's view; maps a box around ``middle`` to -1..1."""
    side = unit(np.cross(towards, [0.1, 1.0, 0.2] if abs(towards[1]) < 0.95 else [1.0, 0, 0]))
    up = np.cross(towards, side)
    rows = np.stack([side / radius, up / radius, -towards / (2.5 * radius)])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rows, -rows @ middle
    return matrix


def noise_texture(size: int = 256) -> ImageArray:
    """(size, size, 4) uint8 smooth noise in four independent channels, seamlessly tileable."""
    rng = np.random.default_rng(7)
    total = np.zeros((size, size, 4), dtype=np.float32)
    for cells, strength in ((16, 1.0), (32, 0.6), (64, 0.35), (128, 0.2)):
        coarse = np.pad(rng.normal(0, 1, (cells, cells, 4)).astype(np.float32), ((4, 4), (4, 4), (0, 0)), mode="wrap")
        scale = size // cells
        fine = cv2.resize(coarse, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += strength * fine[4 * scale : -4 * scale, 4 * scale : -4 * scale]
    total = (total - total.mean()) / total.std()
    return np.asarray(np.clip(127.5 + 52 * total, 0, 255), dtype=np.uint8)
