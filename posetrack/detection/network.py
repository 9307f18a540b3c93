"""Detectors that run a network with torchvision's detection interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from posetrack.detection.config import BundledDetectorConfig, TorchvisionDetectorConfig
from posetrack.detection.detector import clean_boxes
from posetrack.models.detectors import PERSON_LABEL
from posetrack.runtime import resolve_device
from posetrack.structures import FloatArray, Frame, FrameBoxes, ImageArray

MAX_ASPECT = 32  # torchvision scales by the long side; in a more elongated image the short side would vanish
_ALL = 1_000_000  # boxes per image, over all classes


class NetworkDetector:
    """Runs a torchvision detection module and keeps the persons.

    Args:
        module: takes a list of (3, H, W) float RGB in 0..1, returns boxes, labels and scores.
        config: thresholds, batch size and stride.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<number>``.
        bf16: compute convolutions in bfloat16; the module must still return its outputs in full precision.
    """

    def __init__(
        self, module: nn.Module, config: BundledDetectorConfig | TorchvisionDetectorConfig, device: str = "auto",
        *, bf16: bool = False,
    ) -> None:  # fmt: skip
        self._device = resolve_device(device)
        _let_through(module, config)
        self._module = module.eval().to(device=self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._config, self._bf16 = config, bf16
        self._last: FrameBoxes | None = None
        self._looked_at: int | None = None  # index of the last frame given to the network

    def detect(self, frames: Sequence[Frame]) -> list[FrameBoxes]:
        """See ``Detector``; frames skipped by the stride keep the last boxes of their shot."""
        looked_at = [frame for frame in frames if self._looks_at(frame)]
        found = {boxes.frame_index: boxes for boxes in self._run(looked_at)}
        results = []
        for frame in frames:
            if frame.index in found:
                self._last = found[frame.index]
            assert self._last is not None
            # Images of a folder may differ in size, so boxes carried over are clipped to the new one.
            results.append(self._clean(frame, self._last.xyxy, self._last.scores))
        return results

    def forget(self) -> None:
        """Reset before another video."""
        self._last = self._looked_at = None

    def _looks_at(self, frame: Frame) -> bool:
        stride, last = self._config.stride, self._looked_at
        # The caller may pick frames of which none has an index divisible by the stride.
        looks = last is None or frame.begins_shot or frame.index % stride == 0 or frame.index - last >= stride
        if looks:
            self._looked_at = frame.index
        return looks

    def _run(self, frames: list[Frame]) -> list[FrameBoxes]:
        results = []
        for start in range(0, len(frames), self._config.batch_size):
            chunk = frames[start : start + self._config.batch_size]
            for frame, output in zip(chunk, self._forward(chunk), strict=True):
                person = (output["labels"] == PERSON_LABEL).cpu().numpy()
                boxes = output["boxes"].double().cpu().numpy()[person]
                scores = output["scores"].double().cpu().numpy()[person]
                results.append(self._clean(frame, boxes, scores))
        return results

    def _clean(self, frame: Frame, boxes_xyxy: FloatArray, scores: FloatArray) -> FrameBoxes:
        config = self._config
        return clean_boxes(frame, boxes_xyxy, scores, config.score_threshold, config.nms_iou, config.max_people)

    def _forward(self, frames: list[Frame]) -> list[dict[str, torch.Tensor]]:
        with torch.inference_mode(), torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            outputs: list[dict[str, torch.Tensor]] = self._module([self._input(frame.image) for frame in frames])
            return outputs

    def _input(self, image: ImageArray) -> torch.Tensor:
        """The (3, H, W) input tensor of an image; a very elongated one is padded with black at the right or bottom."""
        pixels = torch.tensor(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1).float().div_(255)
        height, width = image.shape[:2]
        side = -(-max(height, width) // MAX_ASPECT)
        missing = (0, max(side - width, 0), 0, max(side - height, 0))
        return nn.functional.pad(pixels, missing) if any(missing) else pixels


def _let_through(module: nn.Module, config: BundledDetectorConfig | TorchvisionDetectorConfig) -> None:
    """Replace torchvision's own box limits, which count all classes, by the configured ones."""
    limits: Any = getattr(module, "roi_heads", module)
    limits.score_thresh, limits.nms_thresh = config.score_threshold, config.nms_iou
    limits.detections_per_img = _ALL
