"""What the network should answer, cell by cell of all heads, and the loss."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from detect.geometry import Quad, size_of, width_of
from detect.network import HEADS, REACH, cells

NEAR_RANGE = 1.25
"""A plate beyond a head's range by less than this factor is neither right nor wrong for it."""

CORNER_WEIGHT = 25.0

CORNERS_ABOVE = 0.4
"""Cells with more heat than that answer for the corners too."""


def centres(rows: int, columns: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Centres [cells, 2] in pixels and strides [cells] of all heads' cells, in the output's order."""
    points, strides = [], []
    for head, (high, wide) in zip(HEADS, cells(rows, columns), strict=True):
        y, x = np.mgrid[:high, :wide].astype(np.float32)
        points.append(np.stack([x.ravel() + 0.5, y.ravel() + 0.5], 1) * head.stride)
        strides.append(np.full(high * wide, head.stride, np.float32))
    return np.concatenate(points), np.concatenate(strides)


@dataclass
class Target:
    heat: NDArray[np.float32]
    """[cells], 1 at the cell nearest to a plate's centre, falling off around it."""
    counts: NDArray[np.float32]
    """[cells], 0 where the heat is neither right nor wrong."""
    corners: NDArray[np.float32]
    """[8, cells] in pixels from the cell's centre."""
    weights: NDArray[np.float32]
    """[cells], how much the corners count, relative to the plate's width: weight / width."""
    two_lines: NDArray[np.float32]
    """[cells], 0 or 1; -1 where not known."""


def target_of(quads: Quad, lines: NDArray[np.float32], corners: NDArray[np.float32], sure: NDArray[np.bool_], rows: int, columns: int) -> Target:
    points, strides = centres(rows, columns)
    count = len(points)
    nothing = np.zeros(count, np.float32)
    target = Target(nothing.copy(), nothing + 1, np.zeros((8, count), np.float32), nothing.copy(), nothing - 1)
    begins = np.cumsum([0] + [high * wide for high, wide in cells(rows, columns)])
    for index in np.argsort(sure, kind="stable"):  # unsure ones first: a marked plate beside one counts
        quad, line, corner, certain = quads[index], lines[index], corners[index], sure[index]
        size = size_of(quad)
        centre = quad.mean(0)
        across = (quad[1] + quad[2] - quad[0] - quad[3]) / 4
        down = (quad[2] + quad[3] - quad[0] - quad[1]) / 4
        basis = np.stack([across, down], 1).astype(np.float64)
        if abs(np.linalg.det(basis)) < 1e-6:
            continue
        uv = (points - centre) @ np.linalg.inv(basis).T
        wide, high = float(np.linalg.norm(across)), float(np.linalg.norm(down))
        for number, head in enumerate(HEADS):
            part = slice(begins[number], begins[number + 1])
            inside = head.smallest <= size <= head.largest
            near = head.smallest / NEAR_RANGE <= size <= head.largest * NEAR_RANGE
            spread_u, spread_v = max(0.22, 0.6 * head.stride / wide), max(0.4, 0.6 * head.stride / high)
            bump = np.exp(-0.5 * ((uv[part, 0] / spread_u) ** 2 + (uv[part, 1] / spread_v) ** 2)).astype(np.float32)
            if not certain or (near and not inside):
                reach = (np.abs(uv[part, 0]) < 1.2 + head.stride / wide) & (np.abs(uv[part, 1]) < 1.2 + head.stride / high)
                target.counts[part][reach if not certain else bump > 0.1] = 0.0
                continue
            if not inside:
                continue
            nearest = int(np.argmin(np.abs(points[part] - centre).max(1)))
            if np.abs(points[part][nearest] - centre).max() > head.stride:
                continue  # the centre is outside the picture
            bump[nearest] = 1.0
            mine = bump > target.heat[part]
            np.maximum(target.heat[part], bump, out=target.heat[part])
            target.counts[part][bump > 0.1] = 1.0
            answering = mine & (bump > CORNERS_ABOVE)
            cell = np.nonzero(answering)[0] + begins[number]
            target.corners[:, cell] = (quad[None] - points[cell, None]).reshape(len(cell), 8).T
            target.weights[cell] = bump[answering] * corner / max(width_of(quad), 0.3 * size)
            target.two_lines[cell] = line - 1 if line > 0 else -1
    return target


@dataclass
class Losses:
    heat: Tensor
    corners: Tensor
    lines: Tensor

    @property
    def total(self) -> Tensor:
        return self.heat + self.corners + 0.3 * self.lines


def loss_of(
    output: Tensor, heat: Tensor, counts: Tensor, corners: Tensor, weights: Tensor, two_lines: Tensor, strides: Tensor, complete: Tensor
) -> Losses:
    """`output` [N, 10, cells]; `complete` [N]: where it is false, a confident answer at the smallest stride, where nothing is
    marked, does not count: distant cars have plates that nobody marked."""
    logits = output[:, 0]
    chance = logits.sigmoid()
    plate = heat == 1.0
    doubtful = (~complete[:, None]) & (strides == HEADS[0].stride) & (heat < 0.1) & (chance.detach() > 0.5)
    counts = counts * (~doubtful)
    right = F.logsigmoid(logits) * (1 - chance) ** 2 * plate
    wrong = F.logsigmoid(-logits) * chance**2 * (1 - heat) ** 4 * ~plate
    found = plate.sum().clamp(min=1)
    heat_loss = -((right + wrong) * counts).sum() / found

    relative = (output[:, 2:] * (REACH * strides) - corners) * weights[:, None]
    away = F.smooth_l1_loss(relative, torch.zeros_like(relative), reduction="none", beta=0.01).mean(1)
    corner_loss = away.sum() / (weights > 0).sum().clamp(min=1) * CORNER_WEIGHT

    known = two_lines >= 0
    line_each = F.binary_cross_entropy_with_logits(output[:, 1], two_lines.clamp(min=0), reduction="none")
    line_loss = (line_each * known).sum() / known.sum().clamp(min=1)
    return Losses(heat_loss, corner_loss, line_loss)
