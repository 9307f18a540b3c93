"""Where frames come from: a video, images, a PoseTrack sequence, a webcam or a stream."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from posetrack.errors import InputError
from posetrack.io.images import IMAGE_SUFFIXES, read_image
from posetrack.io.posetrack_file import read_poses
from posetrack.io.posetrack_names import is_posetrack_name
from posetrack.io.video import VideoReader
from posetrack.io.webcam import Webcam
from posetrack.structures import Frame, ImageArray

FrameRange = tuple[int, "int | None"]
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_WEBCAM = re.compile(r"(?:webcam:)?(\d{1,2})")


class FrameSource:
    """Frames in order; iterate once.

    Args:
        name: of the sequence.
        images: gives (image, presentation time or None) for each frame.
        frame_name: the name of the frame at an index of the whole source.
        frames: first index and the one after the last, None = to the end.
        fps: mean frame rate, or None where the source has no clock.
        total: frames of the whole source, or None where it is not known before.
        problems: what was lost; the list grows while the frames are read.
        close: lets go of the source.
    """

    def __init__(
        self,
        name: str,
        images: Callable[[FrameRange], Iterator[tuple[ImageArray, float | None]]],
        frame_name: Callable[[int], str],
        *,
        frames: FrameRange = (0, None),
        fps: float | None = None,
        total: int | None = None,
        problems: list[str] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.fps = fps
        self.problems: list[str] = [] if problems is None else problems
        self._images = images
        self._frame_name = frame_name
        self._frames = frames
        self._total = total
        self.close = close

    @property
    def num_frames(self) -> int | None:
        """How many frames there should be, as far as is known."""
        first, last = self._frames
        if self._total is None:
            return None if last is None else last - first
        return max(min(self._total, self._total if last is None else last) - first, 0)

    def __iter__(self) -> Iterator[Frame]:
        """The frames of the range; ``index`` counts from 0 at its start, ``name`` keeps the source's number.

        Raises:
            InputError: an image cannot be read, or the range holds no frame.
        """
        count = 0
        for image, timestamp_s in self._images(self._frames):
            position = self._frames[0] + count
            yield Frame(count, image, timestamp_s, self._frame_name(position), position)
            count += 1
        if count == 0:
            first, last = self._frames
            raise InputError(f"{self.name}: no frame between {first} and {'the end' if last is None else last}")


def open_source(spec: str, *, data_root: str | None = None, frames: FrameRange = (0, None)) -> FrameSource:
    """Find out what ``spec`` is and open it.

    Args:
        spec: a video file; a folder or glob of images; the JSON of a PoseTrack sequence, or its name;
            ``0`` or ``webcam:0``; a URL.
        data_root: folder that the image names of a PoseTrack sequence start from; None = the nearest
            folder above the JSON in which they are found.
        frames: first index and the one after the last.

    Raises:
        InputError: there is no such thing, or it cannot be read.
    """
    path = Path(spec)
    if _URL.match(spec):
        return _video(spec, Path(spec.rsplit("/", 1)[-1] or "stream").stem or "stream", frames)
    if path.is_dir():
        return _images(sorted(_image_files(path), key=_natural), path.resolve().name, frames, f"the folder {spec}")
    if path.is_file():
        return _file(path, data_root, frames)
    if (webcam := _WEBCAM.fullmatch(spec)) is not None:
        return _webcam(int(webcam[1]), frames)
    if any(c in spec for c in "*?["):
        found = sorted((Path(p) for p in glob.glob(spec, recursive=True)), key=_natural)
        files = [p for p in found if p.suffix.lower() in IMAGE_SUFFIXES]
        return _images(files, files[0].resolve().parent.name if files else "", frames, f"the pattern {spec}")
    if data_root is not None and (annotation := _find_annotation(Path(data_root), spec)) is not None:
        return _posetrack(annotation, data_root, frames)
    hint = "" if data_root is None else f", and no sequence of that name below {data_root}"
    raise InputError(f"{spec}: no such file or folder{hint}")


def _file(path: Path, data_root: str | None, frames: FrameRange) -> FrameSource:
    if path.suffix.lower() == ".json":
        return _posetrack(path, data_root, frames)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return _images([path], path.stem, frames, str(path))
    return _video(str(path), path.stem, frames)


def _numbered(name: str) -> Callable[[int], str]:
    """Frame names of a video; those of PoseTrack's sequences are where PoseTrack has them."""
    folder = f"images/val/{name}" if is_posetrack_name(name) else name
    return lambda index: f"{folder}/{index:06d}.jpg"


def _video(location: str, name: str, frames: FrameRange) -> FrameSource:
    reader = VideoReader(location)

    def images(wanted: FrameRange) -> Iterator[tuple[ImageArray, float | None]]:
        for index, item in enumerate(reader):
            if wanted[1] is not None and index >= wanted[1]:
                return
            if index >= wanted[0]:
                yield item

    return FrameSource(
        name, images, _numbered(name), frames=frames, fps=reader.fps, total=reader.num_frames,
        problems=reader.problems, close=reader.close,
    )  # fmt: skip


def _images(files: list[Path], name: str, frames: FrameRange, what: str) -> FrameSource:
    if not files:
        raise InputError(f"{what} holds no images; expected files ending in {', '.join(IMAGE_SUFFIXES)}")
    names = [f"{path.resolve().parent.name}/{path.name}" for path in files]
    return _listed(files, names, name, frames)


def _listed(files: list[Path], names: list[str], name: str, frames: FrameRange) -> FrameSource:
    def images(wanted: FrameRange) -> Iterator[tuple[ImageArray, float | None]]:
        for path in files[slice(*wanted)]:
            yield read_image(path), None

    return FrameSource(name, images, lambda index: names[index], frames=frames, total=len(files))


def _posetrack(path: Path, data_root: str | None, frames: FrameRange) -> FrameSource:
    names = list(read_poses(path).info.frame_names)
    if not names:
        raise InputError(f"{path}: no image is listed in this sequence")
    outside = [n for n in names if Path(n).is_absolute() or ".." in Path(n).parts]
    if outside:
        raise InputError(f"{path}: image {outside[0]!r} lies outside the data's folder; expected a name below it")
    root = Path(data_root) if data_root is not None else _find_root(path, names[0])
    missing = [n for n in names if not (root / n).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise InputError(f"{path}: image {missing[0]!r}{more} is not below {root}; name its folder with data_root=DIR")
    return _listed([root / n for n in names], names, path.stem, frames)


def _find_root(annotation: Path, frame_name: str) -> Path:
    folders = annotation.resolve().parents
    return next((folder for folder in folders if (folder / frame_name).is_file()), folders[0])


def _find_annotation(data_root: Path, name: str) -> Path | None:
    found = sorted(data_root.glob(f"annotations/*/{name}.json")) + sorted(data_root.glob(f"annotations/{name}.json"))
    return found[0] if found else None


def _webcam(number: int, frames: FrameRange) -> FrameSource:
    camera = Webcam(number)
    name = f"webcam{number}"
    return FrameSource(name, camera.images, _numbered(name), frames=frames, fps=camera.fps, close=camera.close)


def _image_files(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".")]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """A key by which frame2 comes before frame10."""
    pieces = re.split(r"(\d+)", str(path))
    return [(0, int(p), "") if p.isdigit() else (1, 0, p) for p in pieces]
