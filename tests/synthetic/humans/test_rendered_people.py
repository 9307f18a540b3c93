"""Rendered people: bodies, poses, labels and images are consistent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from posetrack.errors import InputError, MissingDependencyError
from posetrack.synthetic.humans.drawing import Camera
from posetrack.synthetic.humans.drawing.gl import create_context
from posetrack.synthetic.humans.drawing.painter import noise_texture, shadow_matrix
from posetrack.synthetic.humans.drawing.things import ThingsBuilder
from posetrack.synthetic.humans.fetch import HUMANS_VARIABLE
from posetrack.synthetic.humans.landmarks import LABELS, POINTS
from posetrack.synthetic.humans.limits import perturbed, within_limits
from posetrack.synthetic.humans.posture import FOREARM, PELVIS, SHIN, THIGH, UPPER_ARM, Posture, blend
from posetrack.synthetic.humans.postures import KINDS, random_posture
from posetrack.synthetic.humans.rig import bone_transforms
from posetrack.synthetic.humans.rotations import about, between, jitter, part_of, rotation_vector, swing, unit

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "humans"


def _assets() -> Path | None:
    named = os.environ.get(HUMANS_VARIABLE)
    return Path(named) if named else SHARED if SHARED.is_dir() else None


needs_assets = pytest.mark.skipif(_assets() is None, reason="neither $POSETRACK_HUMANS nor ../shared/humans is there")


@pytest.fixture(scope="module")
def library():  # type: ignore[no-untyped-def]
    from posetrack.synthetic.humans.library import load_library

    return load_library(_assets())


@pytest.fixture(scope="module")
def maker(library) -> Iterator:  # type: ignore[no-untyped-def, type-arg]
    from posetrack.synthetic.humans.crops import CropConfig, CropMaker

    try:
        create_context().release()
    except (InputError, MissingDependencyError) as error:
        pytest.skip(str(error))
    yield CropMaker(library, CropConfig(seed=5, image_hw=(128, 96)))


def test_rotations_are_rotations() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        a, b = unit(rng.normal(size=3)), unit(rng.normal(size=3))
        turn = swing(a, b)
        np.testing.assert_allclose(turn @ a, b, atol=1e-6)
        np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-6)
        np.testing.assert_allclose(about(a, 1.2) @ a, a, atol=1e-6)
        np.testing.assert_allclose(part_of(about(a, 1.2), 0.5), about(a, 0.6), atol=1e-5)
        np.testing.assert_allclose(between(turn, jitter(rng, 20) @ turn, 0.0), turn, atol=1e-6)
    np.testing.assert_allclose(swing(np.array([0, 1.0, 0]), np.array([0, -1.0, 0])) @ [0, 1, 0], [0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(rotation_vector(about(np.array([1.0, 0, 0]), np.pi))), np.pi, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_postures_by_program_are_within_limits(kind: str) -> None:
    rng = np.random.default_rng(1)
    for _ in range(30):
        posture = random_posture(rng, kind)
        np.testing.assert_allclose(np.linalg.norm(posture.limbs, axis=-1), 1, atol=1e-6)
        again = within_limits(posture)
        np.testing.assert_allclose(again.limbs, posture.limbs, atol=0.2 if kind == "lie" else 2e-2)
        moved = perturbed(posture, rng, 20)
        bend = np.degrees(np.arccos((moved.limbs[[UPPER_ARM, THIGH]] * moved.limbs[[FOREARM, SHIN]]).sum(-1).clip(-1, 1)))
        assert bend.max() < 151
    assert moved.limbs is not posture.limbs


def test_knees_bend_backwards() -> None:
    rng = np.random.default_rng(2)
    for kind in ("stand", "sit", "crouch", "jump"):
        for _ in range(20):
            posture = perturbed(random_posture(rng, kind), rng, 25)
            for side in range(2):
                thigh, shin = (posture.trunk[PELVIS].T @ posture.limbs[part, side] for part in (THIGH, SHIN))
                assert np.cross(thigh, shin)[0] >= -0.05  # bent about the left-pointing axis


def test_mirror_twice_is_the_same_and_blend_has_its_ends() -> None:
    posture = random_posture(np.random.default_rng(3))
    twice = posture.mirrored().mirrored()
    np.testing.assert_allclose(twice.limbs, posture.limbs)
    np.testing.assert_allclose(twice.trunk, posture.trunk)
    other = perturbed(posture, np.random.default_rng(4), 5)
    np.testing.assert_allclose(blend(posture, other, 0.0).limbs, posture.limbs, atol=1e-9)
    np.testing.assert_allclose(blend(posture, other, 1.0).trunk, other.trunk, atol=1e-9)


def test_camera_windows_and_enlargement_agree_with_projection() -> None:
    camera = Camera.looking_at(np.array([3.0, 12, 40]), np.array([0, 8.0, 0]), 0.2, 700.0, (400, 600))
    points = np.random.default_rng(0).normal(0, 5, (20, 3)) + [0, 8, 0]
    xy, depth = camera.project(points)
    np.testing.assert_allclose(camera.project(np.array([[0, 8.0, 0]]))[0][0], camera.center_xy, atol=1e-9)
    assert (depth > 0).all()
    window = camera.window(np.array([100.0, 50, 400, 250]), (100, 150))
    np.testing.assert_allclose(window.project(points)[0], (xy + 0.5 - [100, 50]) * 0.5 - 0.5)
    np.testing.assert_allclose(camera.enlarged(2).project(points)[0], (xy + 0.5) * 2 - 0.5)
    assert np.isnan(camera.project(camera.position + camera.rotation[2])[0]).all()  # behind the camera


def test_shadows_fit_and_noise_has_no_seam() -> None:
    matrix = shadow_matrix(unit(np.array([1.0, 2, 0.5])), np.array([4.0, 5, 6]), 10.0)
    np.testing.assert_allclose(matrix @ [4, 5, 6, 1], [0, 0, 0, 1], atol=1e-9)
    noise = noise_texture().astype(int)
    assert np.abs(noise[0] - noise[-1]).mean() < 2 * np.abs(noise[1] - noise[0]).mean() + 1


def test_things_have_outward_unit_normals() -> None:
    from posetrack.synthetic.humans.drawing.things import Surface

    builder = ThingsBuilder()
    assert builder.result() is None
    surface = Surface(np.zeros(3, np.float32), np.ones(3, np.float32))
    builder.box(np.zeros(3), np.array([1.0, 2, 3]), np.eye(3), surface)
    builder.ball(np.zeros(3), np.array([1.0, 2, 3]), np.eye(3), surface)
    builder.pole(np.array([0, -1.0, 0]), np.array([0, 1.0, 0]), 0.5, surface)
    things = builder.result()
    assert things is not None and things.triangles.max() < len(things.vertices)
    normals, places = things.vertices["normal"], things.vertices["position"]
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)
    assert ((normals * places).sum(axis=1) >= -1e-6).all()


def test_close_points_are_merged_and_flat_triangles_go() -> None:
    from posetrack.synthetic.humans.character import merge_close, vertex_normals

    points = np.array([[0.01, 0, 0], [0.02, 0, 0], [1.0, 0, 0], [0, 1.0, 0]])
    faces = np.array([[0, 2, 3], [0, 1, 2], [1, 2, 3]])
    kept, merged = merge_close(points, faces, np.full(4, 0.1))
    assert len(kept) == 3 and len(merged) == 2 and merged.max() < 3
    fine, same = merge_close(points, faces, np.full(4, 0.001))
    assert len(fine) == 4 and len(same) == 3
    np.testing.assert_allclose(vertex_normals(points, faces[:1])[[0, 2, 3]], [[0, 0, 1]] * 3)


@needs_assets
def test_lips_are_at_the_mouth_and_brows_above_the_eyes(library) -> None:  # type: ignore[no-untyped-def]
    from posetrack.synthetic.humans.paint import BEARD, BROW, LIP, SCALP, face_paint

    base = library.base
    paint, at = face_paint(base, library.rig, base.vertices), base.vertices
    skin_only = np.isin(np.arange(len(at)), base.vertices_of("body"))
    eyes, nose = 7.28, 6.91  # heights on the base mesh, decimetres
    middle = {part: at[skin_only & (paint[:, part] > 0.5), 1].mean() for part in (BROW, LIP, BEARD, SCALP)}
    assert eyes < middle[BROW] < eyes + 0.5 and nose - 0.5 < middle[LIP] < nose - 0.1
    assert middle[BEARD] < nose and middle[SCALP] > eyes


def test_cut_away_is_what_cloth_hides() -> None:
    from posetrack.synthetic.humans.character import SKIN, TIGHTS, cut_away
    from posetrack.synthetic.humans.outfit import Outfit

    outfit = Outfit(None, None, None, None, False, 0.5, 1.5, 2.2, 3.0, 1.0, 0.05, False, False, -1, 0, 0)
    along = np.array([[0.2, 2.8], [0.9, 2.8], [-1, 2.6], [-1, 1.8], [-1, 1.0], [-1, 3.5]])
    covered = [True, False, True, True, False, False]  # upper arm, forearm, chest, hip, knee, head
    assert cut_away(SKIN, along, np.ones(6), outfit).tolist() == covered
    assert cut_away(TIGHTS, along, np.zeros(6), outfit).tolist() == [not c for c in covered]


@needs_assets
def test_a_body_has_its_joints_in_order(library) -> None:  # type: ignore[no-untyped-def]
    from posetrack.synthetic.humans.character import build_character
    from posetrack.synthetic.humans.outfit import Outfit
    from posetrack.synthetic.humans.shape import BodyShape

    rng = np.random.default_rng(0)
    man = BodyShape(True, 2.0, (1.0, 0, 0), 0.2, 0.0)
    character = build_character(library, man, Outfit.random(rng, library, True))
    at = dict(zip(POINTS, character.landmarks.points, strict=True))
    assert 14 < character.height < 20
    heights = [at[n][1] for n in ("head_top", "left_eye", "nose", "head_bottom", "left_shoulder", "left_hip", "left_knee",
                                  "left_ankle")]  # fmt: skip
    assert heights == sorted(heights, reverse=True)
    assert all(at[f"left_{p}"][0] > 0 > at[f"right_{p}"][0] for p in ("eye", "ear", "shoulder", "hip", "knee", "ankle"))
    assert at["nose"][2] > at["left_eye"][2] > at["left_ear"][2]
    child = build_character(library, BodyShape(True, 1.0, (0, 1.0, 0), 0.0, 0.0), character.outfit)
    assert child.height < 0.9 * character.height


@needs_assets
def test_a_posed_body_points_where_the_posture_says(library) -> None:  # type: ignore[no-untyped-def]
    from posetrack.synthetic.humans.character import make_character
    from posetrack.synthetic.humans.retarget import bone_rotations

    rng = np.random.default_rng(0)
    character = make_character(library, rng)
    rig = library.rig
    for kind in ("stand", "sit", "jump", "lie"):
        posture = random_posture(rng, kind)
        turns = bone_rotations(rig, character.heads, character.toes, posture, rng)
        np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turns.shape), atol=1e-6)
        moved = bone_transforms(rig, character.heads, turns, np.zeros(3))
        at = {b: moved[i, :, :3] @ character.heads[i] + moved[i, :, 3] for i, b in enumerate(rig.bones)}
        for part, start, end in ((FOREARM, "lowerarm01", "wrist"), (SHIN, "lowerleg01", "foot")):
            for side, name in enumerate("LR"):
                found = unit(at[f"{end}.{name}"] - at[f"{start}.{name}"])
                assert found @ posture.limbs[part, side] > 0.97


@needs_assets
def test_captures_stand_upright_and_walk(library) -> None:  # type: ignore[no-untyped-def]
    walk = next(m for m in library.motions if m.name == "02_01")
    assert walk.travels() and walk.postures.trunk[:, PELVIS, 1, 1].min() > 0.9
    standing = next(m for m in library.motions if m.name == "standing01").postures[0]
    assert standing.trunk[PELVIS, 1, 1] > 0.9 and (standing.limbs[THIGH, :, 1] < -0.8).all()
    assert isinstance(walk.postures[3], Posture) and len(library.motions) > 40


@needs_assets
def test_a_crop_can_be_made_again(maker) -> None:  # type: ignore[no-untyped-def]
    first, again = maker.make(7), maker.make(7)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.truth.joints_xy, again.truth.joints_xy)
    assert not np.array_equal(first.image, maker.make(8).image)


@needs_assets
def test_labels_agree_with_the_mask(maker) -> None:  # type: ignore[no-untyped-def]
    for index in range(12):
        crop = maker.make(index)
        assert crop.image.shape == (128, 96, 3) and crop.image.dtype == np.uint8 and crop.mask.shape == (128, 96)
        truth = crop.truth
        assert truth.joints_xy.shape == (len(LABELS), 2) and (truth.visibility == 2).sum() >= 5
        seen = truth.joints_xy[truth.visibility == 2]
        column, row = np.round(seen).astype(int).clip(0, [95, 127]).T
        around = [crop.mask[max(r - 2, 0) : r + 3, max(c - 2, 0) : c + 3] == 1 for r, c in zip(row, column, strict=True)]
        assert np.mean([part.any() for part in around]) > 0.95
        assert ((seen >= -1) & (seen <= [96, 128])).all()
        rows, columns = np.nonzero(crop.mask == 1)
        box = truth.visible_box_xyxy
        assert abs(columns.min() - box[0]) < 6 and abs(rows.max() - box[3]) < 6
        assert (box[:2] >= truth.box_xyxy[:2]).all() and (box[2:] <= truth.box_xyxy[2:]).all()


def test_without_egl_the_message_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    moderngl = pytest.importorskip("moderngl")

    def fail(**_: object) -> None:
        raise Exception("libEGL.so not loaded")  # as raised by glcontext

    monkeypatch.setattr(moderngl, "create_context", fail)
    with pytest.raises(InputError, match=r"libEGL.so not loaded.*apt-get install libegl1 libgl1-mesa-dri"):
        create_context()
