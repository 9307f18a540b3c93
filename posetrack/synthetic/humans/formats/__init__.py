"""Readers for body, clothes and motion files; numpy only, and every error names file and line."""

from posetrack.synthetic.humans.formats.asf_amc import AsfBone, AsfSkeleton, read_amc, read_asf
from posetrack.synthetic.humans.formats.bvh import BvhJoint, BvhMotion, read_bvh
from posetrack.synthetic.humans.formats.mhclo import ClothesFit, read_mhclo
from posetrack.synthetic.humans.formats.mhskel import Rig, read_rig
from posetrack.synthetic.humans.formats.obj import ObjMesh, read_obj
from posetrack.synthetic.humans.formats.target import Target, read_target

__all__ = [
    "AsfBone",
    "AsfSkeleton",
    "BvhJoint",
    "BvhMotion",
    "ClothesFit",
    "ObjMesh",
    "Rig",
    "Target",
    "read_amc",
    "read_asf",
    "read_bvh",
    "read_mhclo",
    "read_obj",
    "read_rig",
    "read_target",
]
