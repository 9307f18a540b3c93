"""The published weights, one row each.

Source: mmpose's model zoo (open-mmlab/mmpose, configs/body_2d_keypoint). The eight hex digits before the date in
a file's name are the start of its SHA-256. Scores are mmpose's, with flip test: COCO AP on val2017 with a 56.4-AP
person detector; MPII PCKh@0.5 on val and PoseTrack18 mAP on val with ground-truth boxes.

mmpose's stacked hourglass weights are left out: the package has no hourglass network.
"""

from __future__ import annotations

_NEW = "https://download.openmmlab.com/mmpose/v1/body_2d_keypoint/topdown_heatmap/coco/"
_OLD = "https://download.openmmlab.com/mmpose/top_down/"

Row = tuple[str, str, str, float, str]  # network, input height x width, variant, score, file below the address

# data set -> (base address, rows)
PUBLISHED: dict[str, tuple[str, tuple[Row, ...]]] = {
    "posetrack18": (
        _OLD,
        (
    ("hrnet-w32", "256x192", "", 83.4, "hrnet/hrnet_w32_posetrack18_256x192-1ee951c4_20201028.pth"),
    ("hrnet-w32", "384x288", "", 83.7, "hrnet/hrnet_w32_posetrack18_384x288-806f00a3_20211130.pth"),
    ("hrnet-w48", "256x192", "", 84.6, "hrnet/hrnet_w48_posetrack18_256x192-b5d9b3f1_20211130.pth"),
    ("hrnet-w48", "384x288", "", 84.6, "hrnet/hrnet_w48_posetrack18_384x288-5fd6d3ff_20211130.pth"),
    ("simple-baseline-50", "256x192", "", 81.2, "resnet/res50_posetrack18_256x192-a62807c7_20201028.pth"),
        ),
    ),
    "coco": (
        _NEW,
        (
    ("hrnet-w32", "256x192", "", 74.6, "td-hm_hrnet-w32_8xb64-210e_coco-256x192-81c58e40_20220909.pth"),
    ("hrnet-w32", "384x288", "", 76.0, "td-hm_hrnet-w32_8xb64-210e_coco-384x288-ca5956af_20220909.pth"),
    ("hrnet-w48", "256x192", "", 75.6, "td-hm_hrnet-w48_8xb32-210e_coco-256x192-0e67c616_20220913.pth"),
    ("hrnet-w48", "384x288", "", 76.7, "td-hm_hrnet-w48_8xb32-210e_coco-384x288-c161b7de_20220915.pth"),
    ("hrnet-w32", "256x192", "fp16", 74.9, "td-hm_hrnet-w32_fp16-8xb64-210e_coco-256x192-f1e84e3b_20220914.pth"),
    ("hrnet-w32", "256x192", "dark", 75.7, "td-hm_hrnet-w32_dark-8xb64-210e_coco-256x192-0e00bf12_20220914.pth"),
    ("hrnet-w32", "384x288", "dark", 76.6, "td-hm_hrnet-w32_dark-8xb64-210e_coco-384x288-9bab4c9b_20220917.pth"),
    ("hrnet-w48", "256x192", "dark", 76.4, "td-hm_hrnet-w48_dark-8xb32-210e_coco-256x192-e1ebdd6f_20220913.pth"),
    ("hrnet-w48", "384x288", "dark", 77.2, "td-hm_hrnet-w48_dark-8xb32-210e_coco-384x288-39c3c381_20220916.pth"),
    ("hrnet-w32", "256x192", "udp", 76.2, "td-hm_hrnet-w32_udp-8xb64-210e_coco-256x192-73ede547_20220914.pth"),
    ("hrnet-w32", "384x288", "udp", 76.8, "td-hm_hrnet-w32_udp-8xb64-210e_coco-384x288-9a3f7c85_20220914.pth"),
    ("hrnet-w48", "256x192", "udp", 76.8, "td-hm_hrnet-w48_udp-8xb32-210e_coco-256x192-3feaef8f_20220913.pth"),
    ("hrnet-w48", "384x288", "udp", 77.3, "td-hm_hrnet-w48_udp-8xb32-210e_coco-384x288-70d7ab01_20220913.pth"),
    ("simple-baseline-50", "256x192", "", 71.8, "td-hm_res50_8xb64-210e_coco-256x192-04af38ce_20220923.pth"),
    ("simple-baseline-50", "384x288", "", 73.1, "td-hm_res50_8xb64-210e_coco-384x288-7b8db90e_20220923.pth"),
    ("simple-baseline-101", "256x192", "", 72.8, "td-hm_res101_8xb64-210e_coco-256x192-065d3625_20220926.pth"),
    ("simple-baseline-152", "256x192", "", 73.6, "td-hm_res152_8xb32-210e_coco-256x192-0345f330_20220928.pth"),
    ("simple-baseline-152", "384x288", "", 75.0, "td-hm_res152_8xb32-210e_coco-384x288-7fbb906f_20220927.pth"),
    ("simple-baseline-50", "256x192", "fp16", 71.6, "td-hm_res50_fp16-8xb64-210e_coco-256x192-463da051_20220927.pth"),
    ("simple-baseline-50", "256x192", "dark", 72.4, "td-hm_res50_dark-8xb64-210e_coco-256x192-c129dcb6_20220926.pth"),
    ("simple-baseline-50", "384x288", "dark", 73.5, "td-hm_res50_dark-8xb64-210e_coco-384x288-8b90b538_20220926.pth"),
    ("simple-baseline-101", "256x192", "dark", 73.3, "td-hm_res101_dark-8xb64-210e_coco-256x192-528ec248_20220926.pth"),
    ("simple-baseline-101", "384x288", "dark", 74.9, "td-hm_res101_dark-8xb64-210e_coco-384x288-487d40a4_20220926.pth"),
    ("simple-baseline-152", "256x192", "dark", 74.3, "td-hm_res152_dark-8xb32-210e_coco-256x192-f754df5f_20221031.pth"),
    ("simple-baseline-152", "384x288", "dark", 75.7, "td-hm_res152_dark-8xb32-210e_coco-384x288-329f8454_20221031.pth"),
        ),
    ),
    "mpii": (
        _OLD,
        (
    ("hrnet-w32", "256x256", "dark", 90.4, "hrnet/hrnet_w32_mpii_256x256_dark-f1601c5b_20200927.pth"),
    ("hrnet-w48", "256x256", "dark", 90.5, "hrnet/hrnet_w48_mpii_256x256_dark-0decd39f_20200927.pth"),
    ("hrnet-w32", "256x256", "", 90.0, "hrnet/hrnet_w32_mpii_256x256-6c4f923f_20200812.pth"),
    ("hrnet-w48", "256x256", "", 90.1, "hrnet/hrnet_w48_mpii_256x256-92cab7bd_20200812.pth"),
    ("simple-baseline-50", "256x256", "", 88.2, "resnet/res50_mpii_256x256-418ffc88_20200812.pth"),
    ("simple-baseline-101", "256x256", "", 88.8, "resnet/res101_mpii_256x256-416f5d71_20200812.pth"),
    ("simple-baseline-152", "256x256", "", 88.9, "resnet/res152_mpii_256x256-3ecba29d_20200812.pth"),
        ),
    ),
}  # fmt: skip
