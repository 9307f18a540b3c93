"""Open frame sources: a video, images, a PoseTrack sequence, a webcam or a stream."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import cv2

from posetrack.errors import InputError
from posetrack.io.frame_source import FrameRange, FrameSource, Images
from posetrack.io.images import IMAGE_SUFFIXES, read_image
from posetrack.io.posetrack_file import read_poses
from posetrack.io.posetrack_names import is_posetrack_name
from posetrack.io.video import VideoReader
from posetrack.io.webcam import Webcam

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_WEBCAM = re.compile(r"(?:webcam:)?(\d{1,2})")


def open_source(
    spec: str | os.PathLike[str], *, data_root: str | None = None, frames: FrameRange = (0, None),
    image_fps: float | None = None, needed: int | None = None,
) -> FrameSource:  # fmt: skip
    """Determine what ``spec`` is and open it.

    Args:
        spec: a video file; an image, or a folder or glob of images; the JSON of a PoseTrack sequence, or its name;
            ``0`` or ``webcam:0``; a URL.
        data_root: folder that the image names of a PoseTrack sequence are relative to; None = the nearest
            folder above the JSON in which the first image is found.
        frames: first index and end index (exclusive).
        image_fps: frame rate of images, which have no clock of their own; None = unknown.
        needed: a frame that must exist, counted from the first frame read; None = no such requirement.

    Raises:
        InputError: it does not exist or cannot be read, or is known in advance to have no frame in the range or to lack
            the needed one.
    """
    spec = os.fspath(spec)
    if _URL.match(spec):
        return _video(spec, _url_name(spec), frames, needed)
    kind = _kind(Path(spec))
    if kind == "nothing" and (webcam := _WEBCAM.fullmatch(spec)) is not None:
        return _webcam(int(webcam[1]), frames)
    source = _stored(spec, kind, data_root, frames, image_fps, needed)
    source.again = lambda: open_source(spec, data_root=data_root, frames=frames, image_fps=image_fps)
    return source


def _stored(
    spec: str, kind: str, data_root: str | None, frames: FrameRange, fps: float | None, needed: int | None
) -> FrameSource:
    """A source of local files, which can be read again."""
    path = Path(spec)
    if kind == "folder":
        return _images(_image_files(path), _folder_name(path), frames, f"the folder {spec}", fps, needed)
    if kind == "file":
        return _file(path, data_root, frames, fps, needed)
    if glob.has_magic(spec):
        found = [p for p in map(Path, glob.glob(spec, recursive=True)) if p.suffix.lower() in IMAGE_SUFFIXES]
        return _images(found, _folder_name(found[0].parent) if found else "", frames, f"the pattern {spec}", fps, needed)
    if data_root is not None and (annotation := _find_annotation(Path(data_root), spec)) is not None:
        return _posetrack(annotation, data_root, frames, fps, needed)
    hint = "" if data_root is None else f", and no sequence of that name below {data_root}"
    raise InputError(f"{spec}: no such file or folder{hint}")


def _kind(path: Path) -> str:
    """``file``, ``folder`` or ``nothing``; raises InputError if it is something else or cannot be determined."""
    try:
        if path.is_dir():
            return "folder"
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: is a device, pipe or socket, expected a file or folder")
        return "file" if path.exists() else "nothing"
    except ValueError as error:
        raise InputError(f"{str(path)!r}: not a valid file name: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _url_name(url: str) -> str:
    parts = urlsplit(url)
    return Path(unquote(parts.path)).stem or parts.hostname or "stream"


def _folder_name(folder: Path) -> str:
    return Path(os.path.abspath(folder)).name or "images"


def _file(
    path: Path, data_root: str | None, frames: FrameRange, fps: float | None, needed: int | None
) -> FrameSource:
    if path.suffix.lower() == ".json":
        return _posetrack(path, data_root, frames, fps, needed)
    if path.suffix.lower() in IMAGE_SUFFIXES:
        source = _images([path], path.stem, frames, str(path), fps, needed)
        if (count := cv2.imcount(str(path))) > 1:
            source.problems.append(f"{path}: holds {count} pictures, only the first is used; make a video of them")
        return source
    return _video(str(path), path.stem, frames, needed)


def _require(name: str, frames: FrameRange, needed: int | None, most: int | None) -> None:
    """Raise InputError if the range or the needed frame is past the end; ``most``: maximum number of frames."""
    first, last = frames
    if most is not None and first >= most:
        raise InputError(f"{name}: no frame between {first} and {'the end' if last is None else last}; it has {most}")
    ends = [end for end in (most, last) if end is not None]
    if needed is not None and ends and first + needed >= min(ends):
        raise InputError(
            f"{name}: frame {first + needed} is requested, counted from 0; expected {first} to {min(ends) - 1}"
        )


def _numbered(name: str) -> Callable[[int], str]:
    """Frame names of a video; for PoseTrack's sequences, as in PoseTrack."""
    folder = f"images/val/{name}" if is_posetrack_name(name) else name
    return lambda index: f"{folder}/{index:06d}.jpg"


def _video(location: str, name: str, frames: FrameRange, needed: int | None) -> FrameSource:
    reader = VideoReader(location)
    try:
        _require(name, frames, needed, reader.most_frames)
    except InputError:
        reader.close()
        raise
    return FrameSource(
        name, lambda wanted: reader.read(*wanted), _numbered(name), frames=frames, fps=reader.fps,
        total=reader.num_frames, problems=reader.problems, close=reader.close, files=_video_files(location),
    )  # fmt: skip


def _video_files(location: str) -> list[Path]:
    """The file of a path or ``file:`` URL, which FFmpeg takes literally, without decoding ``%20``."""
    if _URL.match(location) is None:
        return [Path(location)]
    return [Path(location[len("file:") :])] if location.lower().startswith("file:") else []


def _images(
    files: list[Path], name: str, frames: FrameRange, what: str, fps: float | None, needed: int | None
) -> FrameSource:
    """Image files in natural order; an unreadable one is skipped and reported in ``problems``."""
    if not files:
        raise InputError(f"{what} holds no images; expected files ending in {', '.join(IMAGE_SUFFIXES)}")
    _require(name, frames, needed, len(files))
    files = sorted(files, key=_natural)
    problems = [] if fps is None else _skipped_numbers(files)
    known = len(problems)

    def images(wanted: FrameRange) -> Images:
        some = False
        for index, path in _part(files, wanted):
            try:
                image = read_image(path)
            except InputError as error:
                problems.append(str(error))
                continue
            some = True
            yield index, image, _time(index, fps)
        unreadable = problems[known:]
        if unreadable and not some:
            raise InputError(unreadable[0] if len(files) == 1 else f"{what}: no image can be read ({unreadable[0]})")

    names = [_image_name(path) for path in files]
    return FrameSource(
        name, images, names.__getitem__, frames=frames, fps=fps, total=len(files), problems=problems, files=files
    )


def _image_name(path: Path) -> str:
    """The image's name in files: folder and file name, links not followed; for PoseTrack's frames, as in PoseTrack."""
    parts = Path(os.path.abspath(path)).parts
    if not is_posetrack_name(parts[-2]):
        return "/".join(parts[-2:]).lstrip("/")
    split = parts[-3] if len(parts) > 4 and parts[-4] == "images" else "val"
    return f"images/{split}/{parts[-2]}/{parts[-1]}"


def _part(files: list[Path], wanted: FrameRange) -> Iterator[tuple[int, Path]]:
    return islice(enumerate(files), *wanted)


def _posetrack(
    path: Path, data_root: str | None, frames: FrameRange, fps: float | None, needed: int | None
) -> FrameSource:
    """The images a PoseTrack file lists; all must exist and be readable, as the result has an entry for each."""
    names = list(read_poses(path).info.frame_names)
    if not names:
        raise InputError(f"{path}: no image is listed in this sequence")
    _require(path.stem, frames, needed, len(names))
    for index, name in enumerate(names):
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise InputError(
                f"{path}: image {index}, {name!r}, lies outside the data's folder; expected a name below it, "
                "such as 'images/val/000001_mpii_test/000000.jpg'"
            )
    root = Path(data_root) if data_root is not None else _find_root(path, names[0])
    missing = [index for index, name in enumerate(names) if _kind(root / name) != "file"]
    if missing:
        first = f"image {missing[0]}, {names[missing[0]]!r},"
        more = f" (nor are {len(missing) - 1} others)" if len(missing) > 1 else ""
        raise InputError(f"{path}: {first} is not below {root}{more}; name its folder with data_root=DIR")
    files = [root / name for name in names]

    def images(wanted: FrameRange) -> Images:
        for index, file in _part(files, wanted):
            yield index, read_image(file), _time(index, fps)

    return FrameSource(
        path.stem, images, names.__getitem__, frames=frames, fps=fps, total=len(files), files=[path, *files]
    )


def _time(index: int, fps: float | None) -> float | None:
    return None if fps is None else index / fps


def _find_root(annotation: Path, frame_name: str) -> Path:
    folders = Path(os.path.abspath(annotation)).parents
    return next((folder for folder in folders if (folder / frame_name).is_file()), folders[0])


def _find_annotation(data_root: Path, name: str) -> Path | None:
    if "/" in name:  # a path, not a name
        return None
    found = sorted(data_root.glob(f"annotations/*/{name}.json")) + sorted(data_root.glob(f"annotations/{name}.json"))
    return found[0] if found else None


def _webcam(number: int, frames: FrameRange) -> FrameSource:
    camera = Webcam(number)
    name = f"webcam{number}"
    return FrameSource(name, camera.images, _numbered(name), frames=frames, fps=camera.fps, close=camera.close)


def _image_files(folder: Path) -> list[Path]:
    try:
        inside = list(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder}: the folder cannot be read: {error.strerror or error}") from error
    return [p for p in inside if p.suffix.lower() in IMAGE_SUFFIXES and not p.name.startswith(".") and not p.is_dir()]


def _skipped_numbers(files: Sequence[Path]) -> list[str]:
    """A warning if the last numbers in the file names increase unevenly: frames are taken as evenly spaced in time."""
    numbers = [int(found[-1]) if (found := re.findall(r"[0-9]+", path.stem)) else -1 for path in files]
    steps = [after - before for before, after in pairwise(numbers)]
    least = min(steps, default=0)
    gaps = [i for i, step in enumerate(steps) if step > least]
    if least < 1 or min(numbers) < 0 or not gaps:
        return []
    at = gaps[0]
    return [
        f"{files[at + 1]}: follows {files[at].name}, and {len(gaps)} such {'gap is' if len(gaps) == 1 else 'gaps are'} in the image "
        "numbers; frames are taken as evenly spaced in time, so times and speeds are wrong from here on"
    ]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key that puts frame2 before frame10."""
    pieces = re.split(r"([0-9]+)", str(path))
    return [(0, int(p), p) if p.isdecimal() else (1, 0, p) for p in pieces]
