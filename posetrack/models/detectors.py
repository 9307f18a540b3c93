"""Detectors with an HRNet body: the bundled detector.

FCOS itself (head, targets, losses, post-processing) is torchvision's.
"""

from __future__ import annotations

from torch import Tensor
from torchvision.models.detection import FCOS
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.fcos import FCOSHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform

from posetrack.errors import ConfigError
from posetrack.models.hrnet import HRNET_COMPACT
from posetrack.models.hrnetv2p import create_fcos_backbone

NAMES = ("fcos-hrnet-compact",)
PERSON_LABEL = 1  # as in torchvision's COCO models; label 0 is never output
_CHANNELS = 64  # in the pyramid and the head; 256 in the paper
_LEVELS = 4  # strides 8 to 64
_HEAD_CONVS = 2  # 4 in the paper


class _Transform(GeneralizedRCNNTransform):  # type: ignore[misc]
    """torchvision's transform, but normalising after resizing: fewer pixels, the same result up to rounding."""

    def normalize(self, image: Tensor) -> Tensor:
        """Do nothing; ``resize`` normalises."""
        return image

    def resize(
        self, image: Tensor, target: dict[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor] | None]:
        """Resize and normalise the image."""
        image, target = super().resize(image, target)
        return super().normalize(image), target


def create_detector(name: str, min_size: int = 288, max_size: int = 512) -> FCOS:
    """A person detector with fresh weights.

    Args:
        name: ``fcos-hrnet-compact``.
        min_size: length the short side is resized to, pixels.
        max_size: limit for the long side, pixels.

    Returns:
        torchvision's FCOS: takes a list of (3, H, W) float RGB in 0..1, returns boxes, labels
        (``PERSON_LABEL``) and scores. In training mode.

    Raises:
        ConfigError: no such detector.
    """
    if name not in NAMES:
        raise ConfigError(f"no detector is called {name!r}; known: {', '.join(NAMES)}")
    backbone = create_fcos_backbone(HRNET_COMPACT, _CHANNELS, _LEVELS)
    # FCOS has one point per location; its "anchor" is a square of one stride.
    anchors = AnchorGenerator(tuple((stride,) for stride in backbone.strides), ((1.0,),) * _LEVELS)
    num_classes = PERSON_LABEL + 1
    network = FCOS(
        backbone,
        num_classes,
        min_size=min_size,
        max_size=max_size,
        anchor_generator=anchors,
        head=FCOSHead(_CHANNELS, 1, num_classes, num_convs=_HEAD_CONVS),
        score_thresh=0.05,
        detections_per_img=100,
    )
    given = network.transform
    # Training images already come at their final size.
    network.transform = _Transform(min_size, max_size, given.image_mean, given.image_std, _skip_resize=True)
    # Losses and boxes in full precision, whatever the precision of the convolutions.
    network.head.register_forward_hook(lambda _m, _in, out: {name: value.float() for name, value in out.items()})
    return network
