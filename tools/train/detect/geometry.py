"""Quadrilaterals: [..., 4, 2] float, corners from the top left clockwise, in pixels (pixel centres at .5)."""

import cv2
import numpy as np
from numpy.typing import NDArray

Quad = NDArray[np.float32]
Matrix = NDArray[np.float64]


def mapped(matrix: Matrix, quads: Quad) -> Quad:
    """Quads through a perspective map."""
    flat = quads.reshape(-1, 2).astype(np.float64)
    to = flat @ matrix[:2, :2].T + matrix[:2, 2]
    depth = flat @ matrix[2, :2] + matrix[2, 2]
    return (to / depth[:, None]).reshape(quads.shape).astype(np.float32)


def warp_matrix(matrix: Matrix) -> Matrix:
    """The same map for cv2, in which pixel centres are whole numbers."""
    shift = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    return np.linalg.inv(shift) @ matrix @ shift


def size_of(quad: Quad) -> float:
    """The size that decides which head finds a plate: the width of a plate of 3:1 with that area."""
    return float(np.sqrt(3.0 * max(area(quad), 1e-6)))


def width_of(quad: Quad) -> float:
    """Mean length of the upper and the lower edge."""
    return float((np.linalg.norm(quad[1] - quad[0]) + np.linalg.norm(quad[2] - quad[3])) / 2)


def area(quad: Quad) -> float:
    x, y = quad[:, 0].astype(float), quad[:, 1].astype(float)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def box(x0: float, y0: float, x1: float, y1: float) -> Quad:
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], np.float32)


def overlap(a: Quad, b: Quad) -> float:
    """Intersection over union of two convex quads."""
    if (a.min(0) > b.max(0)).any() or (b.min(0) > a.max(0)).any():
        return 0.0
    hull_a, hull_b = (cv2.convexHull(q.astype(np.float32))[:, 0] for q in (a, b))
    both, _ = cv2.intersectConvexConvex(hull_a, hull_b)
    return float(both / max(area(hull_a) + area(hull_b) - both, 1e-6))
