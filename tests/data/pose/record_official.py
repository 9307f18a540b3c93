"""Record the official pose code's output for ``tests/pose/pose_cases.py`` in ``official.npz`` beside this file.

    python tests/data/pose/record_official.py --hrnet DIR --dark DIR --mmpose DIR

Each DIR is a checkout of
    leoxiaobin/deep-high-resolution-net.pytorch 6f69e46, ilovepose/DarkPose 0185b42, open-mmlab/mmpose 759b39c.
Their code is run from there; none is copied. Only what is not installed is stubbed: the compiled NMS (not used),
mmpose's registry, and ``np.float`` (removed from NumPy).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import sys
import tempfile
import types
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from torchvision import transforms

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "pose"))
import pose_cases as cases  # noqa: E402

PIXEL_STD = 200
NAMES = ("utils", "core", "nms", "dataset")


def official(root: Path, *modules: str) -> list[ModuleType]:
    """Import modules from a checkout's ``lib``, after unloading another checkout's modules of the same names."""
    for name in [n for n in sys.modules if n.split(".")[0] in NAMES]:
        del sys.modules[name]
    for name, function in (("nms.cpu_nms", "cpu_nms"), ("nms.gpu_nms", "gpu_nms")):
        sys.modules[name] = types.ModuleType(name)
        setattr(sys.modules[name], function, None)
    sys.modules.setdefault("json_tricks", json)
    np.float = float  # type: ignore[attr-defined]
    sys.path.insert(0, str(root / "lib"))
    try:
        return [importlib.import_module(name) for name in modules]
    finally:
        sys.path.pop(0)


def mmpose_file(root: Path, path: str, package: str) -> ModuleType:
    """Import one file of mmpose without its package (which needs mmcv)."""
    spec = importlib.util.spec_from_file_location(package, root / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[package] = module
    spec.loader.exec_module(module)
    return module


def center_scale(coco: Any, box: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    loader = SimpleNamespace(aspect_ratio=aspect, pixel_std=PIXEL_STD)
    return coco._xywh2cs(loader, *box[:2], *(box[2:] - box[:2]))


def record_affine(coco: Any, warp: ModuleType, udp: ModuleType, out: dict[str, Any]) -> None:
    rows: dict[str, list[Any]] = {k: [] for k in ("center", "scale", "there", "back", "udp")}
    for width, height in cases.INPUT_SIZES_WH:
        for i, box in enumerate(cases.boxes_xyxy()):
            center, scale = center_scale(coco, box, width / height)
            rotation = cases.ROTATIONS_DEG[i % len(cases.ROTATIONS_DEG)]
            rows["center"].append(center)
            rows["scale"].append(scale)
            rows["there"].append(warp.get_affine_transform(center, scale, rotation, (width, height)))
            rows["back"].append(warp.get_affine_transform(center, scale, rotation, (width, height), inv=1))
            rows["udp"].append(udp.get_udp_warp_matrix(center, scale * PIXEL_STD, rotation, (width, height)))
    out.update({f"affine/{k}": np.array(v) for k, v in rows.items()})


def record_crops(coco: Any, warp: ModuleType, udp: ModuleType, out: dict[str, Any]) -> None:
    """Record the crop, and the result of ToTensor and Normalize (every 7th value)."""
    normal = transforms.Normalize(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
    prepare = transforms.Compose([transforms.ToTensor(), normal])
    image, plain, aligned, tensors = cases.image(), [], [], []
    for box in cases.crop_boxes_xyxy():
        center, scale = center_scale(coco, box, cases.CROP_WH[0] / cases.CROP_WH[1])
        plain.append(warp.crop(image, center, scale, cases.CROP_WH))
        matrix = udp.get_udp_warp_matrix(center, scale * PIXEL_STD, 0, cases.CROP_WH)
        aligned.append(cv2.warpAffine(image, matrix, cases.CROP_WH, flags=cv2.INTER_LINEAR))
        tensors.append(prepare(plain[-1]).numpy())
    out["crop/plain"], out["crop/udp"] = np.array(plain), np.array(aligned)
    out["crop/tensor"] = np.array(tensors).ravel()[::7]


def record_quarter(coco: Any, inference: ModuleType, out: dict[str, Any]) -> None:
    config = SimpleNamespace(TEST=SimpleNamespace(POST_PROCESS=True))
    for name in cases.HEATMAP_CASES:
        maps = cases.heatmaps(name)
        boxes = cases.heatmap_boxes_xyxy(len(maps))
        pairs = [center_scale(coco, box, maps.shape[3] / maps.shape[2]) for box in boxes]
        center, scale = (np.array(values) for values in zip(*pairs, strict=True))
        xy, scores = inference.get_final_preds(config, maps.copy(), center, scale)
        out[f"quarter/{name}/xy"], out[f"quarter/{name}/scores"] = xy, scores[..., 0]
        if name == "people":
            identity = dict(
                center=np.array([[24.0, 32]] * len(maps)), scale=np.array([[48 / 200, 64 / 200]] * len(maps))
            )
            out["quarter/people/heatmap_xy"] = inference.get_final_preds(config, maps.copy(), **identity)[0]


def record_dark(inference: ModuleType, out: dict[str, Any]) -> None:
    """Record DARK's coordinates in heatmap pixels, before mapping back to the image."""
    for name in cases.HEATMAP_CASES:
        maps = cases.heatmaps(name)
        coords, _ = inference.get_max_preds(maps)
        log = np.log(np.maximum(inference.gaussian_blur(maps.copy(), 11), 1e-10))
        found = [
            [inference.taylor(log[n, k], coords[n, k].copy()) for k in range(coords.shape[1])] for n in range(len(maps))
        ]
        out[f"dark/{name}/xy"] = np.array(found)


def record_udp(coco: Any, refine: ModuleType, post: ModuleType, out: dict[str, Any]) -> None:
    """Record mmpose's ``UDPHeatmap.decode`` and its estimator's mapping back to the image, step by step."""
    for name in cases.HEATMAP_CASES:
        maps = cases.heatmaps(name)
        height, width = maps.shape[2:]
        size = np.array([width * 4, height * 4])
        found, placed = [], []
        for one, box in zip(maps, cases.heatmap_boxes_xyxy(len(maps)), strict=True):
            keypoints, scores = post.get_heatmap_maximum(one)
            blank = scores <= 0
            keypoints[blank] = 0  # mmpose's -1 would index outside the map; such joints are not compared
            xy = refine.refine_keypoints_dark_udp(keypoints[None], one.copy(), blur_kernel_size=11)[0]
            center, scale = center_scale(coco, box, width / height)
            found.append(xy)
            placed.append(
                xy / [width - 1, height - 1] * size / size * (scale * PIXEL_STD) + center - scale * PIXEL_STD / 2
            )
        out[f"udp/{name}/xy"], out[f"udp/{name}/image_xy"] = np.array(found), np.array(placed)


def record_flip(warp: ModuleType, tta: ModuleType, pairs: list[list[int]], out: dict[str, Any]) -> None:
    maps = cases.heatmaps("noise")
    straight, mirrored = maps[:1, :, :8, :6], maps[1:, :, :8, :6]
    back = torch.from_numpy(warp.flip_back(mirrored.copy(), pairs).copy())
    out["flip/plain"] = ((torch.from_numpy(straight.copy()) + back) * 0.5).numpy()
    order = np.arange(cases.NUM_JOINTS)
    for a, b in pairs:
        order[[a, b]] = b, a
    shifted = tta.flip_heatmaps(torch.from_numpy(mirrored.copy()), order.tolist(), shift_heatmap=True)
    back[:, :, :, 1:] = back.clone()[:, :, :, 0:-1]  # the shift of the official lib/core/function.py
    assert torch.equal(back, shifted), "HRNet and mmpose disagree on the flip"
    out["flip/shift"] = ((torch.from_numpy(straight.copy()) + back) * 0.5).numpy()


def record_scoring(coco: Any, out: dict[str, Any]) -> None:
    """Record the official ``COCODataset.evaluate`` up to where it writes the kept poses."""
    for case in cases.PEOPLE_CASES:
        people = cases.people(case)
        for threshold in cases.OKS_THRESHOLDS:
            for soft in (False, True):
                kept: list[Any] = []
                loader = SimpleNamespace(
                    num_joints=cases.NUM_JOINTS, in_vis_thre=0.2, oks_thre=threshold, soft_nms=soft, image_set="test",
                    _write_coco_keypoint_results=lambda poses, _, kept=kept: kept.extend(poses[0]),
                )  # fmt: skip
                count = len(people.box_scores)
                boxes = np.zeros((count, 6))
                for i, box in enumerate(people.boxes_xyxy):
                    center, scale = center_scale(coco, box, 192 / 256)
                    boxes[i] = [*center, *scale, np.prod(scale * 200), people.box_scores[i]]
                poses = np.concatenate([people.joints_xy, people.joint_scores[..., None]], axis=2)
                with tempfile.TemporaryDirectory() as folder:
                    coco.evaluate(
                        loader, SimpleNamespace(RANK=0), poses, folder, boxes, ["x" * 3 + "000000000001.jpg"] * count
                    )
                key = f"nms/{case}/{threshold}/{'soft' if soft else 'hard'}"
                out[key] = np.array([int(np.argmax(boxes[:, 4] == pose["area"])) for pose in kept])
                out[f"nms/{case}/areas"] = boxes[:, 4]
                scores = {int(index): pose["score"] for index, pose in zip(out[key], kept, strict=True)}
                if soft and count <= 20:
                    out[f"nms/{case}/scores"] = np.array([scores[i] for i in range(count)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("hrnet", "dark", "mmpose"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    out: dict[str, Any] = {}

    udp = mmpose_file(args.mmpose, "mmpose/structures/bbox/transforms.py", "mm_bbox")
    sys.modules["mm_utils"] = types.ModuleType("mm_utils")
    post = mmpose_file(args.mmpose, "mmpose/codecs/utils/post_processing.py", "mm_utils.post_processing")
    refine = mmpose_file(args.mmpose, "mmpose/codecs/utils/refinement.py", "mm_utils.refinement")
    tta = mmpose_file(args.mmpose, "mmpose/models/utils/tta.py", "mm_tta")

    warp, inference, dataset = official(args.hrnet, "utils.transforms", "core.inference", "dataset.coco")
    coco = dataset.COCODataset
    record_affine(coco, warp, udp, out)
    record_crops(coco, warp, udp, out)
    record_quarter(coco, inference, out)
    pairs = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10], [11, 12], [13, 14], [15, 16]]  # COCO's, as dataset/coco.py
    record_flip(warp, tta, pairs, out)
    record_scoring(coco, out)
    record_udp(coco, refine, post, out)
    (dark,) = official(args.dark, "core.inference")
    record_dark(dark, out)
    np.savez_compressed(HERE / "official.npz", **out)
    print(f"{len(out)} arrays, {(HERE / 'official.npz').stat().st_size} bytes, OpenCV {cv2.__version__}")


if __name__ == "__main__":
    main()
