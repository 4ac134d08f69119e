"""What light, lens and file do to a picture: uneven light, night, blur, noise, JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from picture import Image

Floats = NDArray[np.float32]


def _light(rng: np.random.Generator, picture: Floats) -> Floats:
    height, width = picture.shape[:2]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None, None]
    if rng.random() < 0.3:
        slope = rng.normal(0, 0.2, 2)
        picture = picture * np.clip(1 + slope[0] * x + slope[1] * y, 0.2, 2.0)
    if rng.random() < 0.15:  # a shadow with a straight edge
        direction = rng.uniform(0, 2 * np.pi)
        distance = np.cos(direction) * x + np.sin(direction) * y - rng.uniform(-0.6, 0.6)
        picture = picture * (1 - rng.uniform(0.3, 0.7) / (1 + np.exp(-np.clip(distance * rng.uniform(8, 100), -30, 30))))
    if rng.random() < 0.12:  # glare
        spot = ((x - rng.uniform(-1, 1)) / rng.uniform(0.05, 0.4)) ** 2 + ((y - rng.uniform(-1, 1)) / rng.uniform(0.05, 0.5)) ** 2
        picture = picture + rng.uniform(60, 220) * np.exp(-spot)
    return picture.astype(np.float32)


def _expose(rng: np.random.Generator, picture: Floats) -> Floats:
    what = rng.random()
    cast = rng.normal(1.0, 0.05, 3) if rng.random() < 0.8 else rng.uniform(0.7, 1.2, 3)
    if what < 0.18:  # night
        gain, lift = np.exp(rng.uniform(np.log(0.15), np.log(0.6))), rng.uniform(0, 15)
    elif what < 0.28:  # too bright
        gain, lift = rng.uniform(1.15, 1.9), rng.uniform(0, 40)
    elif what < 0.38:  # haze
        gain, lift = rng.uniform(0.35, 0.8), rng.uniform(30, 110)
    else:
        gain, lift = rng.uniform(0.7, 1.25), rng.uniform(-15, 20)
    picture = picture * (gain * cast).astype(np.float32) + np.float32(lift)
    grey = picture.mean(2, keepdims=True)
    if rng.random() < 0.05:  # a monochrome or infrared camera
        picture = np.repeat(grey, 3, 2)
    elif rng.random() < 0.35:
        picture = grey + (picture - grey) * np.float32(rng.uniform(0.2, 1.4))
    return picture.astype(np.float32)


def _blur(rng: np.random.Generator, picture: Floats) -> Floats:
    what = rng.random()
    if what < 0.3:
        return cv2.GaussianBlur(picture, (0, 0), float(0.3 + 1.4 * rng.random() ** 2)).astype(np.float32)
    if what < 0.4:  # motion
        length = 2 * int(rng.integers(1, 5)) + 1
        kernel = np.zeros((length, length), np.float32)
        angle, centre = rng.uniform(0, np.pi), length // 2
        reach = np.array([np.cos(angle), np.sin(angle)]) * centre
        start, end = (tuple(np.round(centre + sign * reach).astype(int).tolist()) for sign in (-1, 1))
        cv2.line(kernel, start, end, 1.0)
        return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.float32)
    if what < 0.5:  # enlarged by the camera
        factor = rng.uniform(0.45, 0.8)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        return cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    if what < 0.6:  # sharpened by the camera
        return (picture + rng.uniform(0.3, 1.2) * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))).astype(np.float32)
    return picture


def photographed(rng: np.random.Generator, picture: Image) -> Image:
    seen = _blur(rng, _expose(rng, _light(rng, picture.astype(np.float32))))
    if rng.random() < 0.4:
        seen = seen + rng.standard_normal(seen.shape, np.float32) * np.float32(12.0 * rng.random() ** 2)
    recorded = np.clip(seen, 0, 255).astype(np.uint8)
    if rng.random() < 0.6:
        _, data = cv2.imencode(".jpg", recorded, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))])
        recorded = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.uint8)
    return recorded
