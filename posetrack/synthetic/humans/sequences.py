"""SynthTrack: sequences of rendered people with tracks in PoseTrack18 format, with fixed seeds and splits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.errors import InputError
from posetrack.io import atomic_write, write_posetrack18
from posetrack.io.atomic import output_error
from posetrack.structures import (
    POSETRACK18,
    FloatArray,
    FlowField,
    Frame,
    FramePoses,
    ImageArray,
    SequenceInfo,
    SequencePoses,
)
from posetrack.synthetic.humans.character import make_character
from posetrack.synthetic.humans.drawing import Camera, Light, Painter, ThingsBuilder
from posetrack.synthetic.humans.library import HumanLibrary
from posetrack.synthetic.humans.scene.gait import find_gait
from posetrack.synthetic.humans.scene.labels import frame_poses
from posetrack.synthetic.humans.scene.performers import Performer, act, stay, walk
from posetrack.synthetic.humans.scene.render import Rendered, render
from posetrack.synthetic.humans.scene.seating import seat_under
from posetrack.synthetic.humans.scene.stage import Composition
from posetrack.synthetic.humans.scene.surroundings import add_place, backdrop
from posetrack.synthetic.humans.shards import INDEX_NAME, VERSION, keep_index
from posetrack.synthetic.sequences import as_annotated

SPLITS = {"train": 40, "val": 12, "test": 12}  # number of sequences
BENCHMARK_SEED = 20_18
FRAMES = (30, 150)
FPS = 25.0
_JPEG_QUALITY = 92
_BACKDROP_ROOM = 0.5  # margin of the backdrop beyond each image border, as a fraction of the image size
_CLEAR_DM = 45.0  # around the centre, so that nobody walks through a near wall
_PLACES = ("street", "hall", "room", "ground")


@dataclass(frozen=True)
class SequenceConfig:
    """A sequence of the benchmark: split, number in the split, image size, and length (None = set by the seed)."""

    split: str
    number: int
    image_hw: tuple[int, int] = (480, 854)
    num_frames: int | None = None
    seed: int = BENCHMARK_SEED

    @property
    def name(self) -> str:
        """Name in PoseTrack's style, ``<number>_mpiinew_<split>``; numbers are unique across the splits."""
        return f"{900_000 + 1000 * (1 + list(SPLITS).index(self.split)) + self.number:06d}_mpiinew_{self.split}"


# The clip that ships with the package; not part of the benchmark, and never used for training.
DEMO = SequenceConfig("test", 11, (360, 640), num_frames=60, seed=77)
DEMO_NAME = "900011_mpiinew_people"


class SceneInMotion:
    """A sequence rendered frame by frame; the same configuration gives the same frames."""

    def __init__(self, library: HumanLibrary, painter: Painter, config: SequenceConfig) -> None:
        self.config = config
        self._painter = painter
        rng = np.random.default_rng([config.seed, 3, list(SPLITS).index(config.split), config.number])
        count = int(rng.integers(FRAMES[0], FRAMES[1] + 1))
        self.num_frames = config.num_frames or count
        times = np.arange(self.num_frames) / FPS
        self._cameras = _moving_camera(rng, config.image_hw, times)
        ahead = -self._cameras[0].rotation[2] * [1, 0, 1]
        ahead = ahead / np.linalg.norm(ahead)
        self.performers = _performers(library, rng, times, ahead)
        builder = ThingsBuilder()
        for performer in self.performers:
            if np.ptp(performer.transforms[:, 0, :, 3], axis=0).max() < 1:  # stays in place
                seat_under(builder, rng, performer.placed(0).points)
        self._place = str(rng.choice(_PLACES))
        add_place(builder, rng, self._place, np.zeros(3), ahead, _CLEAR_DM)
        self._things = builder.result()
        self._light = Light.random(rng, ahead)
        room = [round(side * (1 + 2 * _BACKDROP_ROOM)) for side in config.image_hw]
        horizon = self._cameras[0].horizon_y() + _BACKDROP_ROOM * config.image_hw[0]
        self._backdrop = backdrop(rng, (room[0], room[1]), horizon, [], self._place)
        self._gain = np.exp(rng.normal(0, 0.12)) * np.exp(rng.normal(0, 0.04, 3))
        self._noise, self._blur = float(rng.uniform(0, 5)), float(rng.choice((0.0, rng.uniform(0.4, 1.0))))
        self._noise_seed = int(rng.integers(2**31))

    def frame(self, index: int) -> tuple[ImageArray, FramePoses, npt.NDArray[np.uint8]]:
        """Render a frame: image (H, W, 3) uint8 RGB, ground truth, mask (H, W) uint8 (track id + 1; 255 = object).

        Raises:
            IndexError: there is no such frame.
        """
        if not 0 <= index < self.num_frames:
            raise IndexError(f"frame {index}, expected 0 to {self.num_frames - 1}")
        camera = self._cameras[index]
        people = tuple(performer.placed(index) for performer in self.performers)
        scene = Composition(people, self._things, self._light, camera, self._place, 45.0)
        rng = np.random.default_rng([self._noise_seed, index])
        drawn = render(self._painter, scene, camera, rng, [], 1.0, self._scenery(camera))
        poses = frame_poses(index, people, camera, drawn.picture)
        return self._developed(drawn, rng), poses, drawn.picture.owners

    def frames(self) -> Iterator[tuple[Frame, FramePoses]]:
        """All frames with their ground truth, in order."""
        for index in range(self.num_frames):
            image, poses, _ = self.frame(index)
            yield Frame(index, image, index / FPS, f"{index:06d}"), poses

    def flow(self, index: int) -> FlowField:
        """Exact flow from frame ``index`` to the next, for everything except the backdrop, where it is invalid.

        Raises:
            IndexError: there is no such frame, or none after it.
        """
        if not 0 <= index < self.num_frames - 1:
            raise IndexError(f"flow of frame {index}, expected 0 to {self.num_frames - 2}")
        actors = [performer.placed(index).actor for performer in self.performers]
        later = [performer.transforms[index + 1] for performer in self.performers]
        return self._painter.flow(actors, later, self._things, self._cameras[index], self._cameras[index + 1])

    def _scenery(self, camera: Camera) -> ImageArray:
        """The part of the backdrop that the camera sees, as if at the distance of the sky."""
        far = self._cameras[0].position - 1e5 * self._cameras[0].rotation[2]
        shift = camera.project(far)[0] - self._cameras[0].center_xy
        height, width = camera.image_hw
        room = np.array([width, height]) * _BACKDROP_ROOM
        x, y = np.clip(np.round(room - shift), 0, 2 * room).astype(int)
        return self._backdrop[y : y + height, x : x + width]

    def _developed(self, drawn: Rendered, rng: np.random.Generator) -> ImageArray:
        picture = drawn.image.astype(np.float32) * self._gain.astype(np.float32)
        if self._blur:
            picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), self._blur), dtype=np.float32)
        picture += np.float32(self._noise) * rng.standard_normal((*picture.shape[:2], 1), dtype=np.float32)
        return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


def _moving_camera(rng: np.random.Generator, image_hw: tuple[int, int], times: FloatArray) -> list[Camera]:
    """Sample a camera that stands still, pans, travels or shakes."""
    distance, lift = np.exp(rng.uniform(np.log(28), np.log(80))), float(rng.choice((rng.uniform(0.0, 0.12), rng.uniform(0.12, 0.5)), p=(0.6, 0.4)))
    focal = image_hw[0] * rng.uniform(1.1, 1.9)
    start = np.array([0, 9 + distance * np.sin(lift), distance * np.cos(lift)])
    travel = rng.normal(0, 1, 3) * [4, 0.7, 2] if rng.random() < 0.5 else np.zeros(3)
    pan = rng.normal(0, 1, 3) * [5, 0.7, 0] if rng.random() < 0.6 else np.zeros(3)
    shake = cv2.GaussianBlur(rng.normal(0, 1, (len(times), 3)), (1, 15), 3.0).reshape(-1, 3)
    shake = shake * float(rng.choice((0.0, rng.uniform(0.1, 1.0)))) * distance / 80
    roll, middle = float(rng.normal(0, 0.03)), np.array([0, rng.uniform(6, 10), 0])
    seconds = times - times.mean()
    return [
        Camera.looking_at(start + travel * t, middle + pan * t + s, roll, focal, image_hw)
        for t, s in zip(seconds, shake, strict=True)
    ]


def _performers(
    library: HumanLibrary, rng: np.random.Generator, times: FloatArray, ahead: FloatArray
) -> list[Performer]:
    """Create two walkers who cross near the centre of the scene, and others who walk, stay or act."""
    right = np.array([-ahead[2], ahead[0]])
    depth = ahead[[0, 2]]
    facing = float(np.arctan2(-ahead[0], -ahead[2]))
    gaits = [find_gait(motion) for motion in library.motions if motion.travels()]
    acts = [motion for motion in library.motions if len(motion) > 60 and not motion.travels() and motion.name[:2] != "01"]
    performers = []
    for number in range(int(rng.integers(3, 9))):
        character = make_character(library, rng)
        place = right * rng.normal(0, 14) + depth * rng.uniform(-14, 34)
        kind = "walk" if number < 2 else str(rng.choice(("walk", "stay", "act"), p=(0.6, 0.22, 0.18)))
        if kind == "walk":
            across = facing + np.pi / 2 * (1 if number % 2 else -1) + rng.normal(0, 0.4)
            yaw = float(across if rng.random() < 0.75 else rng.uniform(-np.pi, np.pi))
            # The first two meet; the others have lanes of their own.
            lane = right * rng.normal(0, 4) + depth * (4 * number - 2) if number < 2 else place
            moment = float(times[-1] * rng.uniform(0.35, 0.65))
            bend = float(rng.normal(0, 0.25)) if rng.random() < 0.4 else 0.0
            gait = gaits[int(rng.integers(len(gaits)))]
            performers.append(walk(library, character, rng, gait, times, (lane, moment, yaw), bend))
        elif kind == "stay":
            performers.append(stay(library, character, rng, times, place, facing + float(rng.normal(0, 1.5))))
        else:
            motion = acts[int(rng.integers(len(acts)))]
            performers.append(act(library, character, rng, motion, times, place, facing + float(rng.normal(0, 1.2))))
    return performers


def open_data_root(
    folder: Path, image_hw: tuple[int, int], num_frames: int | None, *, masks: bool, flow: bool
) -> None:  # fmt: skip
    """Create the benchmark folder, or check that its sequences were made with the same settings.

    Sequences without an index, from versions that wrote none, are rejected, since their settings are unknown.

    Args:
        folder: the folder passed to ``write_sequence``.
        image_hw: height and width of the frames.
        num_frames: length of each sequence; None = set by its seed.
        masks, flow: whether masks and flow are written too.

    Raises:
        InputError: it holds sequences with other settings, of another version, or with unknown settings.
        OutputError: it cannot be written.
    """
    known = [annotation_path(folder, SequenceConfig(split, n)) for split, count in SPLITS.items() for n in range(count)]
    there = [path for path in known if path.exists()]
    if there and not (folder / INDEX_NAME).exists():
        raise InputError(
            f"{there[0]}: exists, but no {INDEX_NAME} that tells the settings it was made with; "
            f"name another folder, or remove {folder / 'annotations'}"
        )
    config = {"seed": BENCHMARK_SEED, "image_hw": list(image_hw), "num_frames": num_frames, "masks": masks, "flow": flow}
    keep_index(folder, {"version": VERSION, "kind": "sequences", "config": config})


def write_sequence(
    scene: SceneInMotion, folder: str | os.PathLike[str], *, masks: bool = False,
    write_flow: Callable[[Path, FlowField], None] | None = None,
) -> Iterator[int]:  # fmt: skip
    """Write a sequence in PoseTrack18's layout; the annotation file comes last and marks it as complete.

    Args:
        scene: the sequence.
        folder: receives ``images/<split>/<name>/000000.jpg`` etc. and ``annotations/<split>/<name>.json``.
        masks: also write ``masks/<split>/<name>/000000.png`` etc.
        write_flow: if given, also writes the flow to the next frame, ``flow/<split>/<name>/000000.png`` etc.

    Yields:
        The index of each completed frame.

    Raises:
        OutputError: a file cannot be written.
    """
    root, config = Path(folder), scene.config
    annotations = annotation_path(root, config)
    names = tuple(f"images/{config.split}/{config.name}/{i:06d}.jpg" for i in range(scene.num_frames))
    extra = [_beside("masks", names[0])] * masks + [_beside("flow", names[0])] * (write_flow is not None)
    for path in (annotations, root / names[0], *(root / name for name in extra)):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise output_error(path.parent, error) from error
    truths = []
    for index, name in enumerate(names):
        image, poses, mask = scene.frame(index)
        _write(root / name, ".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if masks:
            _write(root / _beside("masks", name), ".png", mask, [])
        if write_flow and index + 1 < scene.num_frames:
            write_flow(root / _beside("flow", name), scene.flow(index))
        truths.append(as_annotated(poses))
        yield index
    times = tuple(i / FPS for i in range(scene.num_frames))
    info = SequenceInfo(config.name, names, config.image_hw, FPS, timestamps_s=times)
    write_posetrack18(annotations, SequencePoses(info, POSETRACK18, tuple(truths)))


def annotation_path(root: Path, config: SequenceConfig) -> Path:
    """Path of a sequence's annotation file."""
    return root / "annotations" / config.split / f"{config.name}.json"


def _beside(what: str, image_name: str) -> str:
    return what + image_name.removeprefix("images").removesuffix(".jpg") + ".png"


def _write(path: Path, kind: str, image: ImageArray, options: list[int]) -> None:
    _, data = cv2.imencode(kind, image, options)
    with atomic_write(path) as file:
        file.write(data.tobytes())
