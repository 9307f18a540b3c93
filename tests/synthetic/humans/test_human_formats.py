"""Readers of meshes, rigs, clothes and motions: contents read, and errors for broken files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from posetrack.errors import FormatError, InputError
from posetrack.synthetic.humans.formats import (
    read_amc, read_asf, read_bvh, read_mhclo, read_obj, read_rig, read_target,
)  # fmt: skip

OBJ = "# a square\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\ng body\nf 1/1 2/1 3/1 4/1\ng joint-x\nf 1 2 4\n"
TARGET = "# moves\n1 0 .5 0\n3 1 0 0\n"
CLOTHES = """# a garment
basemesh hm08
obj_file shirt.obj
x_scale 0 1 2.0
y_scale 0 2 1.0
z_scale 0 2 1.0
verts 0
2
0 1 2 0.5 0.25 0.25 1 0 0
delete_verts
0 - 1 3
"""
ASF = """:version 1.10
:root
  order TX TY TZ RX RY RZ
:bonedata
  begin
    name thigh
    direction 0 -1 0
    length 2
    axis 0 0 0 XYZ
    dof rx
  end
  begin
    name shin
    direction 0 -1 0
    length 3
    axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root thigh
    thigh shin
  end
"""
AMC = ":FULLY-SPECIFIED\n:DEGREES\n1\nroot 0 1 0 0 0 0\nthigh 0\n2\nroot 0 1 0 0 0 0\nthigh 90\n"
BVH = """HIERARCHY
ROOT hip
{
  OFFSET 0 1 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT knee
  {
    OFFSET 0 -1 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 0 -1 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.05
0 0 0 0 0 0 0 0 0
5 0 0 90 0 0 0 0 0
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_obj_has_triangles_by_group(tmp_path: Path) -> None:
    mesh = read_obj(write(tmp_path / "a.obj", OBJ))
    assert mesh.vertices.shape == (4, 3) and mesh.groups == ("body", "joint-x")
    assert mesh.triangles_of("body").tolist() == [[0, 1, 2], [0, 2, 3]]
    assert mesh.vertices_of("joint-x").tolist() == [0, 1, 3]
    with pytest.raises(KeyError, match="no group 'hat'"):
        mesh.triangles_of("hat")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("v 1 0 0", "v 1 x 0"), "line 3: expected numbers"),
        (("v 1 0 0", "v 1 0"), "line 3: expected 3 numbers"),
        (("v 1 0 0", "v 1 nan 0"), "line 3: expected finite numbers"),
        (("f 1 2 4", "f 1 2 9"), r"line 10: expected vertices 1 to 4, found '\[1, 2, 9\]'"),
        (("f 1 2 4", "f 1 2"), "line 10: expected a face of three"),
        (("g body", "hello there"), "line 7: expected a line of a Wavefront OBJ"),
        ((OBJ[OBJ.index("g body") :], ""), "4 vertices and no faces"),
    ],
)
def test_a_broken_obj_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = write(tmp_path / "a.obj", OBJ.replace(*change))
    with pytest.raises(FormatError, match=message) as caught:
        read_obj(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_obj(tmp_path / "none.obj")
    (tmp_path / "b.obj").write_bytes(b"v 0 0 0\n\xff\xfe\x00")
    with pytest.raises(FormatError, match="byte 8 is not UTF-8"):
        read_obj(tmp_path / "b.obj")


def test_target_moves_vertices_of_a_copy(tmp_path: Path) -> None:
    target = read_target(write(tmp_path / "a.target", TARGET), 4)
    before = np.zeros((4, 3))
    after = target.add_to(before, 2.0)
    assert after.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0], [2, 0, 0]] and not before.any()
    with pytest.raises(FormatError, match="line 3: vertex 3, expected 0 to 2"):
        read_target(tmp_path / "a.target", 3)
    with pytest.raises(FormatError, match="line 1: expected 3 numbers"):
        read_target(write(tmp_path / "b.target", "1 0 .5\n"), 4)


def test_clothes_follow_the_body(tmp_path: Path) -> None:
    fit = read_mhclo(write(tmp_path / "a.mhclo", CLOTHES), 4)
    body = np.array([[0, 0, 0], [4, 0, 0], [0, 2, 1], [0, 0, 0]], dtype=float)
    np.testing.assert_allclose(fit.fit(body), [[0, 2, 1], [1 + 2, 0.5, 0.25]])
    assert fit.hidden.tolist() == [True, True, False, True] and fit.obj_file == "shirt.obj"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("0 1 2 0.5", "0 1 7 0.5"), "line 9: expected a vertex of the body, 0 to 3, found '7'"),
        (("0.25 1 0 0", "0.25 1 0"), "line 9: expected 1 vertex, or 3 vertices"),
        (("y_scale 0 2 1.0\n", ""), "lacks y_scale"),
        (("x_scale 0 1 2.0", "x_scale 0 1 0"), "line 4: expected a distance above 0"),
        (("0 - 1 3", "0 -"), "line 11: expected an end of the range"),
        (("basemesh hm08", "<html>"), "line 2: expected a keyword"),
    ],
)
def test_broken_clothes_are_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_mhclo(write(tmp_path / "a.mhclo", CLOTHES.replace(*change)), 4)


def rig_files(tmp_path: Path, parent: str | None = "root", vertex: int = 1, bone: str = "leg") -> tuple[Path, Path]:
    bones = {"leg": {"head": "b", "tail": "a", "parent": parent}, "root": {"head": "a", "tail": "b", "parent": None}}
    skeleton = {"bones": bones, "joints": {"a": [0], "b": [0, vertex]}}
    weights = {"weights": {bone: [[0, 1.0], [1, 0.5]], "root": [[1, 0.5]]}}
    return (write(tmp_path / "a.mhskel", json.dumps(skeleton)), write(tmp_path / "a.mhw", json.dumps(weights)))


def test_rig_puts_parents_first_and_weights_sum_to_one(tmp_path: Path) -> None:
    rig = read_rig(*rig_files(tmp_path), num_vertices=3)
    assert rig.bones == ("root", "leg") and rig.parents.tolist() == [-1, 0]
    assert rig.weights.tolist() == [[0, 1], [0.5, 0.5], [1, 0]]
    assert rig.heads(np.array([[0.0, 0, 0], [2, 0, 0], [9, 9, 9]])).tolist() == [[0, 0, 0], [1, 0, 0]]


def test_a_broken_rig_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="bones not connected to the root: leg"):
        read_rig(*rig_files(tmp_path, parent="arm"), num_vertices=3)
    with pytest.raises(FormatError, match="bone 'leg': its head needs vertices 0 to 2"):
        read_rig(*rig_files(tmp_path, vertex=5), num_vertices=3)
    with pytest.raises(FormatError, match="bone 'tail', which the rig lacks"):
        read_rig(*rig_files(tmp_path, bone="tail"), num_vertices=3)
    skeleton, weights = rig_files(tmp_path)
    with pytest.raises(FormatError, match="line 1: not JSON"):
        read_rig(write(skeleton, "{cut"), weights, num_vertices=3)


def test_mocap_bends_the_leg(tmp_path: Path) -> None:
    skeleton = read_asf(write(tmp_path / "a.asf", ASF))
    _, places = skeleton.solve(read_amc(write(tmp_path / "a.amc", AMC), skeleton))
    np.testing.assert_allclose(places["shin"][0], [[0, -1, 0], [0, -4, 0]], atol=1e-12)
    np.testing.assert_allclose(places["shin"][1], [[0, 1, -2], [0, 1, -5]], atol=1e-12)
    assert len(read_amc(tmp_path / "a.amc", skeleton, every=2)["root"]) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("thigh 90\n", ""), "the frame at the end lacks thigh"),
        (("thigh 90", "thigh 90 1"), "line 8: expected 1 numbers"),
        (("thigh 90", "head 90"), "line 8: expected a bone of the skeleton"),
        (("2\n", "4\n"), "line 6: expected frame 2, found '4'"),
        ((AMC[12:], ""), "no frames"),
    ],
)
def test_a_broken_motion_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    skeleton = read_asf(write(tmp_path / "a.asf", ASF))
    with pytest.raises(FormatError, match=message):
        read_amc(write(tmp_path / "a.amc", AMC.replace(*change)), skeleton)


def test_a_broken_acclaim_skeleton_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="bones without length or direction: shin"):
        read_asf(write(tmp_path / "a.asf", ASF.replace("length 3", "")))
    with pytest.raises(FormatError, match="line 21: expected bones of :bonedata, found 'arm'"):
        read_asf(write(tmp_path / "a.asf", ASF.replace("thigh shin", "thigh arm")))


def test_bvh_moves_root_and_turns_joints(tmp_path: Path) -> None:
    motion = read_bvh(write(tmp_path / "a.bvh", BVH))
    turns, places = motion.solve()
    assert list(places) == ["hip", "knee"] and motion.seconds_per_frame == 0.05
    np.testing.assert_allclose(places["knee"], [[0, 0, 0], [6, 1, 0]], atol=1e-12)
    np.testing.assert_allclose(turns["hip"][1], [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("5 0 0 90 0 0 0 0 0\n", ""), "has 1 frames, expected 2"),
        (("5 0 0 90", "5 0 90"), "line 20: expected 9 numbers"),
        (("JOINT knee", "JOIN knee"), "line 6: expected ROOT, JOINT"),
        (("CHANNELS 3", "CHANNELS 4"), "line 9: expected 4 channels"),
        (("MOTION", "MOTIO"), "line 1: expected a BVH file"),
    ],
)
def test_a_broken_bvh_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        read_bvh(write(tmp_path / "a.bvh", BVH.replace(*change)))
