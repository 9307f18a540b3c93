"""Training data: drawn and rendered people, augmentation, heatmap targets."""

from posetrack.datasets.augment import Augmentation
from posetrack.datasets.drawn import DrawnCrops, DrawnImages, drawn_images, images_with_boxes, people_crops
from posetrack.datasets.pixels import PixelAugmentation, change_pixels
from posetrack.datasets.targets import gaussian_targets, target_centers

__all__ = [
    "Augmentation",
    "DrawnCrops",
    "DrawnImages",
    "PixelAugmentation",
    "change_pixels",
    "drawn_images",
    "gaussian_targets",
    "images_with_boxes",
    "people_crops",
    "target_centers",
]
