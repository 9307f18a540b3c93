"""Networks: torch modules, their weights, and where the weights come from."""

from posetrack.models.build import create
from posetrack.models.checkpoint import LoadReport, load_checkpoint
from posetrack.models.hrnet import HRNET_COMPACT, HRNET_SMALL, HRNet, HRNetBody, HRNetConfig
from posetrack.models.hrnetv2p import HRNetV2p, create_fcos_backbone, create_rcnn_backbone
from posetrack.models.simple_baseline import SimpleBaseline
from posetrack.models.zoo import ZooEntry, entries, get_entry

__all__ = [
    "HRNET_COMPACT",
    "HRNET_SMALL",
    "HRNet",
    "HRNetBody",
    "HRNetConfig",
    "HRNetV2p",
    "LoadReport",
    "SimpleBaseline",
    "ZooEntry",
    "create",
    "create_fcos_backbone",
    "create_rcnn_backbone",
    "entries",
    "get_entry",
    "load_checkpoint",
]
