"""How control pictures are drawn: segments in the colours of ADE20K, people as OpenPose draws them.

These are what control models were taught with, and so are fixed. Pixels are RGB uint8 (h, w, 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

# The colours in which the 150 kinds of the ADE20K data set are published, as hexadecimal RGB.
_ADE20K = """
787878 b47878 06e6e6 503232 04c803 787850 8c8c8c cc05ff e6e6e6 04fa07 e005ff ebff07 96053d 787846 08ff33 ff0652 8fff8c
ccff04 ff3307 cc4603 0066c8 3de6fa ff0633 0b66ff ff0747 ff09e0 0907e6 dcdcdc ff095c 7009ff 08ffd6 07ffe0 ffb806 0aff47
ff290a 07ffff e0ff08 6608ff ff3d06 ffc207 ff7a08 00ff14 ff0829 ff0599 0633ff eb0cff a09614 00a3ff 8c8c8c fa0a0f 14ff00
1fff00 ff1f00 ffe000 99ff00 0000ff ff4700 00ebff 00adff 1f00ff 0bc8c8 ff5200 00fff5 003dff 00ff70 00ff85 ff0000 ffa300
ff6600 c2ff00 008fff 33ff00 0052ff 00ff29 00ffad 0a00ff adff00 00ff99 ff5c00 ff00ff ff00f5 ff0066 ffad00 ff0014 ffb8b8
001fff 00ff3d 0047ff ff00cc 00ffc2 00ff52 000aff 0070ff 3300ff 00c2ff 007aff 00ffa3 ff9900 00ff0a ff7000 8fff00 5200ff
a3ff00 ffeb00 08b8aa 8500ff 00ff5c b800ff ff001f 00b8ff 00d6ff ff0070 5cff00 00e0ff 70e0ff 46b8a0 a300ff 9900ff 47ff00
ff00a3 ffcc00 ff008f 00ffeb 85ff00 ff00eb f500ff ff007a fff500 0abed4 d6ff00 00ccff 1400ff ffff00 0099ff 0029ff 00ffcc
2900ff 29ff00 ad00ff 00f5ff 4700ff 7a00ff 00ffb8 005cff b8ff00 0085ff ffd600 19c2c2 66ff00 5c00ff
"""
PALETTE = np.array([list(bytes.fromhex(colour)) for colour in _ADE20K.split()], np.uint8)

# OpenPose's joints are COCO's, the right side first, the neck (-1) between the shoulders; numbers are COCO's.
_JOINTS = (0, -1, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
_SHOULDERS = (5, 6)
_LIMBS = ((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7), (1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13), (1, 0),
          (0, 14), (14, 16), (0, 15), (15, 17))  # fmt: skip
_RAINBOW = ((255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
            (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
            (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85))  # fmt: skip
_LIMB_SHARE = 0.6  # of its colour that a limb is drawn with
_SURE = 0.3  # from this score on a joint is drawn


def segments(kinds: np.ndarray) -> np.ndarray:
    """The numbers of the kinds (h, w) in their colours; further kinds than those of ADE20K begin from the first."""
    return np.ascontiguousarray(PALETTE[kinds.astype(np.int64) % len(PALETTE)])


def people(found: Sequence[tuple[np.ndarray, np.ndarray]], height: int, width: int) -> np.ndarray:
    """Each person's 17 joints of COCO, (17, 2) as x and y with scores (17,), as limbs on black."""
    picture = np.zeros((height, width, 3), np.uint8)
    thickness = max(1, round(4 * min(height, width) / 512))
    for places, scores in found:
        joints = [_joint(places, scores, number) for number in _JOINTS]
        for (begin, end), colour in zip(_LIMBS, _RAINBOW, strict=False):
            first, second = joints[begin], joints[end]
            if first is not None and second is not None:
                shade = [round(_LIMB_SHARE * part) for part in colour]
                cv2.line(picture, first, second, shade, 2 * thickness, cv2.LINE_AA)
        for joint, colour in zip(joints, _RAINBOW, strict=True):
            if joint is not None:
                cv2.circle(picture, joint, thickness, colour, -1, cv2.LINE_AA)
    return picture


def _joint(places: np.ndarray, scores: np.ndarray, number: int) -> tuple[int, int] | None:
    """Where it is, in whole pixels; None when that is not sure."""
    numbers = list(_SHOULDERS) if number < 0 else [number]
    if scores[numbers].min() < _SURE:
        return None
    x, y = places[numbers].mean(axis=0)
    return round(float(x)), round(float(y))
