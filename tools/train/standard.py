"""Flat Chinese plates as the standard GA 36 describes them, from bitmaps of the characters and blank plates.

Of army, armed police, tractor, civil aviation and rescue plates no official drawing was at hand; they follow what
public sources say of them (README.md). Their characters 民航应急 come from a font.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matplotlib import font_manager
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from alphabet import DIGITS, LETTERS, PROVINCES
from picture import Image, read_image

Mask = NDArray[np.float32]

SCALE = 0.6
"""Pixels per millimetre."""

HEIGHT_MM = 140.0
TOP_MM, GLYPH_HEIGHT_MM = 25.0, 90.0
WEIGHT_OF = {
    "blue": 0.30, "green small": 0.12, "green large": 0.05, "yellow": 0.07, "police": 0.05, "learner": 0.04, "trailer": 0.03,
    "macao": 0.05, "consular": 0.025, "embassy": 0.025, "security": 0.02, "yellow double": 0.06, "trailer double": 0.02,
    "learner double": 0.01, "blue double": 0.01, "tractor": 0.03, "army": 0.025, "army double": 0.01, "armed police": 0.025,
    "armed police double": 0.01, "aviation": 0.02, "rescue": 0.02,
}  # fmt: skip
"""Kinds of plates and how often each is drawn beside the others."""

KINDS = tuple(WEIGHT_OF)
WEIGHTS = tuple(w / sum(WEIGHT_OF.values()) for w in WEIGHT_OF.values())
DOUBLE = tuple(kind for kind in KINDS if kind.endswith("double") or kind == "tractor")
ARMY_LETTERS = "VKHBSLJNGCZE"
FONTS = ("WenQuanYi Zen Hei", "WenQuanYi Micro Hei")
"""For the characters that no bitmap shows; Debian packages fonts-wqy-zenhei, fonts-wqy-microhei."""

COLOUR_OF = {
    "green": "green", "tractor": "green", "aviation": "green", "yellow": "yellow", "learner": "yellow", "trailer": "yellow",
    "police": "white", "army": "white", "armed": "white", "rescue": "white", "macao": "black", "consular": "black", "embassy": "black",
}  # fmt: skip


def colour_of(kind: str) -> str:
    return COLOUR_OF.get(kind.split()[0], "blue")


LEAST_CONTRAST = 60.0


@dataclass(frozen=True)
class FlatPlate:
    image: Image
    text: str
    kind: str

    @property
    def colour(self) -> str:
        return colour_of(self.kind)

    @property
    def lines(self) -> int:
        return 2 if self.kind in DOUBLE else 1


@dataclass(frozen=True)
class Place:
    """Where a character stands, in millimetres."""

    character: str
    left: float
    top: float = TOP_MM
    width: float = 45.0
    height: float = GLYPH_HEIGHT_MM
    red: bool = False


class PlateStandard:
    """Draws plates of every kind; `plates` holds the folders `glyphs` and `blanks`."""

    def __init__(self, plates: Path, provinces: "RealProvinces | None" = None) -> None:
        self._real = provinces
        self._glyphs: dict[tuple[str, str], Mask] = {}
        for path in sorted((plates / "glyphs").glob("*.jpg")):
            series, _, character = path.stem.rpartition("_")
            grey = read_image(path, cv2.IMREAD_GRAYSCALE)
            self._glyphs[series, character] = 1.0 - grey.astype(np.float32) / 255.0
        self._glyphs["140", "O"] = self._glyphs["140", "0"]
        self._fonts = [found for name in FONTS if (found := self._font(name)) is not None]
        self._blanks: dict[str, Image] = {}
        for path in sorted((plates / "blanks").iterdir()):
            double = path.stem.endswith("_220")
            width = 480.0 if path.stem.startswith("green") else 440.0
            size = (round(width * SCALE), round((220.0 if double else HEIGHT_MM) * SCALE))
            self._blanks[path.stem] = cv2.resize(read_image(path), size, interpolation=cv2.INTER_AREA).astype(np.uint8)

    @staticmethod
    def _font(name: str) -> str | None:
        try:
            return str(font_manager.findfont(name, fallback_to_default=False))
        except ValueError:
            return None

    @property
    def has_font(self) -> bool:
        """Whether 民航应急 can be drawn."""
        return bool(self._fonts)

    def _written(self, rng: np.random.Generator, character: str) -> Mask:
        """A character that no bitmap shows, from a font, bold as plates have it."""
        if not self._fonts:
            raise ValueError(f"no font shows {character}: install one of {', '.join(FONTS)} (Debian: fonts-wqy-zenhei)")
        face = ImageFont.truetype(self._fonts[rng.integers(len(self._fonts))], 96)
        canvas = PilImage.new("L", (160, 160), 0)
        ImageDraw.Draw(canvas).text((20, 20), character, fill=255, font=face, stroke_width=int(rng.integers(1, 5)))
        left, top, right, bottom = canvas.getbbox() or (0, 0, 1, 1)
        return np.asarray(canvas, np.float32)[top:bottom, left:right] / 255.0

    def _mask(self, rng: np.random.Generator, series: str, place: Place) -> Mask:
        size = (round(place.width * SCALE), round(place.height * SCALE))
        character = place.character
        if self._real is not None and character in PROVINCES and place.height == GLYPH_HEIGHT_MM and rng.random() < 0.5:
            mask = self._real.draw(rng, character)
            return cv2.resize(mask, size, interpolation=cv2.INTER_CUBIC).clip(0.0, 1.0)
        for name in (series, f"{series}_up" if place.top < 40.0 else f"{series}_down", "140"):
            if (name, character) in self._glyphs:
                return cv2.resize(self._glyphs[name, character], size, interpolation=cv2.INTER_AREA)
        return cv2.resize(self._written(rng, character), size, interpolation=cv2.INTER_AREA)

    def text(self, rng: np.random.Generator, kind: str, province: str | None = None) -> str:
        """A number of that kind, every province, letter and digit equally likely wherever it may stand."""

        def one(characters: str) -> str:
            return characters[rng.integers(len(characters))]

        def some(count: int, most_letters: int) -> str:
            letters = rng.permutation(count) < rng.integers(most_letters + 1)
            return "".join(one(LETTERS if letter else DIGITS) for letter in letters)

        head = (province or one(PROVINCES)) + one(LETTERS)
        if kind == "green small":
            return head + (one("DF") if rng.random() < 0.6 else one(LETTERS)) + some(1, 1) + some(4, 0)
        if kind == "green large":
            return head + some(5, 0) + (one("DF") if rng.random() < 0.6 else one(LETTERS))
        if kind == "police":
            return head + some(4, 2) + "警"
        if kind == "learner":
            return head + some(4, 2) + "学"
        if kind == "trailer":
            return head + some(4, 2) + "挂"
        if kind == "macao":
            return ("粤" if province is None and rng.random() < 0.5 else head[0]) + "Z" + some(4, 2) + one("港澳")
        if kind == "consular":
            return head + some(4, 0) + "领"
        if kind == "embassy":
            return "使" + some(6, 0) if rng.random() < 0.5 else some(6, 0) + "使"
        if kind == "security":
            return head[0] + "O" + some(5, 2)
        if kind == "trailer double":
            return head + some(4, 2) + "挂"
        if kind == "learner double":
            return head + some(4, 2) + "学"
        if kind == "tractor":
            return head[0] + some(7, 0)
        if kind.startswith("army"):
            return one(ARMY_LETTERS) + one(LETTERS) + some(5, 0)
        if kind.startswith("armed police"):
            if kind == "armed police" and rng.random() < 0.15:
                return "WJ" + some(7, 0)
            tail = rng.random()
            return "WJ" + head[0] + some(4, 0) + (some(1, 0) if tail < 0.4 else one(LETTERS) if tail < 0.8 else "")
        if kind == "aviation":
            return "民航" + one(LETTERS) + some(4, 0)
        if kind == "rescue":
            return head[0] + one("XS") + some(4, 0) + "应急"
        return head + some(5, 5 if rng.random() < 0.4 else 2)

    def draw(self, rng: np.random.Generator, province: str | None = None, kind: str | None = None) -> FlatPlate:
        kind = kind or KINDS[rng.choice(len(KINDS), p=WEIGHTS)]
        if province is not None and kind.split()[0] in ("embassy", "army", "armed", "aviation"):
            kind = "blue"
        text = self.text(rng, kind, province)
        return FlatPlate(self._paint(rng, kind, text), text, kind)

    @staticmethod
    def _places(rng: np.random.Generator, kind: str, text: str) -> list[Place]:
        if kind.startswith("green"):
            lefts = [15.5, 69.5] + [161.5 + 52.0 * i for i in range(6)]
            return [Place(c, x, width=45.0 if i == 0 else 43.0) for i, (c, x) in enumerate(zip(text, lefts, strict=True))]
        if kind in DOUBLE:
            head = 3 if kind in ("tractor", "armed police double") else 2
            red = kind.startswith("arm") and rng.random() < 0.9
            at = {2: ((110.0, 80.0), (250.0, 80.0)), 3: ((90.0, 75.0), (185.0, 70.0), (270.0, 70.0))}[head]
            places = [
                Place(c, left, 15.0, width, 60.0, red and i < 2) for i, (c, (left, width)) in enumerate(zip(text[:head], at, strict=True))
            ]
            rest = text[head:]
            start = 220.0 - (len(rest) * 80.0 - 15.0) / 2
            return places + [Place(c, start + 80.0 * i, 90.0, 65.0, 110.0) for i, c in enumerate(rest)]
        if kind == "armed police":
            red = rng.random() < 0.9
            places = [Place("W", 14.0, red=red), Place("J", 64.0, red=red)]
            rest = text[3:]
            if text[2] in DIGITS:
                places += [Place(text[2], 114.0, 60.0, 22.0, 50.0), Place(text[3], 138.0, 60.0, 22.0, 50.0)]
                rest = text[4:]
            elif rng.random() < 0.5:
                places.append(Place(text[2], 114.0, 55.0, 40.0, 55.0, rng.random() < 0.5))
            else:
                places.append(Place(text[2], 114.0, width=43.0, red=rng.random() < 0.5))
            return places + [Place(c, 379.5 - 52.0 * (len(rest) - 1 - i), width=43.0) for i, c in enumerate(rest)]
        gap_after = {"police": 0, "embassy": 3}.get(kind, 1)
        lefts = [15.5 + 57.0 * i + (22.0 if i > gap_after else 0.0) for i in range(7)]
        if kind == "rescue":
            places = [Place(c, x, red=i == 1 and text[6] == "应" and rng.random() < 0.2) for i, (c, x) in enumerate(zip(text[:6], lefts))]
            if rng.random() < 0.6:  # one above the other
                return [*places, Place("应", 379.5, 25.0, 45.0, 43.0, True), Place("急", 379.5, 72.0, 45.0, 43.0, True)]
            places = [Place(p.character, p.left * 0.87, width=42.0, red=p.red) for p in places]
            return [*places, Place("应", 332.0, width=44.0, red=True), Place("急", 381.0, width=44.0, red=True)]
        reds = {"police": "警", "embassy": "使"}.get(kind, "")
        red = rng.random() < 0.8
        letters = 2 if kind == "army" and rng.random() < 0.9 else 0
        return [Place(c, x, red=(red and c in reds) or i < letters) for i, (c, x) in enumerate(zip(text, lefts, strict=True))]

    def _paint(self, rng: np.random.Generator, kind: str, text: str) -> Image:
        series = "green" if kind.startswith("green") else "220" if kind in DOUBLE else "140"
        base = self._base(rng, kind)
        height, width = base.shape[:2]
        ink = np.zeros((height, width), np.float32)
        red = np.zeros((height, width), np.float32)
        for place in self._places(rng, kind, text):
            glyph = self._mask(rng, series, place)
            x, y = round(place.left * SCALE), round(place.top * SCALE)
            area = (red if place.red else ink)[y : y + glyph.shape[0], x : x + glyph.shape[1]]
            np.maximum(area, glyph[: area.shape[0], : area.shape[1]], out=area)
        if rng.random() < 0.3:  # thicker or thinner paint
            kernel = np.ones((2, 2), np.uint8)
            ink = cv2.dilate(ink, kernel) if rng.random() < 0.5 else cv2.erode(ink, kernel)
        if rng.random() < 0.25:  # worn paint
            patches = cv2.resize(rng.random((5, 14), np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
            ink = ink * np.clip(1.6 - rng.uniform(0.6, 1.3) * patches, 0.0, 1.0)
        light = kind in ("blue", "security", "blue double", "macao", "consular", "embassy", "tractor", "aviation")
        shade = rng.uniform(190, 255) if light else rng.uniform(0, 60)
        colour = np.clip(shade + rng.normal(0, 8, 3), 0, 255).astype(np.float32)
        plate = base + ink[..., None] * (colour - base)
        if red.any():
            paint = np.array([rng.uniform(20, 70), rng.uniform(20, 70), rng.uniform(170, 240)], np.float32)
            plate = plate + red[..., None] * (paint - plate)
        if rng.random() < 0.5:  # stamped characters catch the light on one edge
            relief = cv2.GaussianBlur(ink, (0, 0), 1.0)
            plate = plate + (relief - np.roll(relief, (1, int(rng.integers(-1, 2))), (0, 1)))[..., None] * rng.uniform(-70, 70)
        self._screws(rng, plate)
        return np.clip(plate, 0, 255).astype(np.uint8)

    def _base(self, rng: np.random.Generator, kind: str) -> NDArray[np.float32]:
        name = {
            "blue": "blue_140", "green small": "green_car_140", "green large": "green_truck_140", "police": "white_140",
            "macao": "black_140", "consular": "black_140", "embassy": "black_shi_140", "security": "blue_140", "aviation": "blue_140",
            "army": "white_army_140", "armed police": "white_army_140", "rescue": "white_army_140", "army double": "white_220",
            "armed police double": "white_220",
        }.get(kind, "yellow_220" if kind in DOUBLE else "yellow_140")  # fmt: skip
        if kind == "green large" and rng.random() < 0.4:
            name = "green_car_140"
        blank = self._blanks[name].astype(np.float32)
        red = blank[..., 2:3] / 255.0
        if kind in ("tractor", "blue double"):  # as the yellow blank, whose lines are dark
            lines = np.clip(1.0 - blank[..., 2:3] / 200.0, 0.0, 1.0)
            blue, dark = rng.uniform(130, 235), rng.uniform(60, 170)
            if kind == "tractor":
                paint = np.array([dark * rng.uniform(0.3, 0.9), dark, dark * rng.uniform(0.0, 0.4)], np.float32)
            else:
                paint = np.array([blue, blue * rng.uniform(0.2, 0.55), rng.uniform(0, 50)], np.float32)
            return paint + lines * (np.full(3, rng.uniform(170, 255), np.float32) - paint)
        if kind == "aviation":
            green = rng.uniform(70, 180)
            paint = np.array([green * rng.uniform(0.3, 0.9), green, green * rng.uniform(0.0, 0.4)], np.float32)
            return paint + red * (np.full(3, rng.uniform(170, 255), np.float32) - paint)
        if kind in ("blue", "security"):
            blue = rng.uniform(130, 235)
            paint = np.array([blue, blue * rng.uniform(0.2, 0.55), rng.uniform(0, 50)], np.float32)
            line = np.full(3, rng.uniform(170, 255), np.float32)
            return paint + red * (line - paint)
        if name.startswith("black"):
            paint = np.full(3, rng.uniform(0, 50), np.float32)
            line = np.full(3, rng.uniform(170, 255), np.float32)
            return paint + red * (line - paint)
        if name == "green_car_140":
            top = np.array([rng.uniform(150, 235), rng.uniform(190, 245), rng.uniform(140, 230)], np.float32)
            bottom = np.array([rng.uniform(50, 130), rng.uniform(140, 210), rng.uniform(20, 110)], np.float32)
            down = np.linspace(0, 1, blank.shape[0], dtype=np.float32)[:, None, None] ** rng.uniform(0.6, 1.5)
            marks = np.clip(blank[..., 1:2] / 120.0, 0.0, 1.0)
            return (top + down * (bottom - top)) * marks
        tint = np.array([rng.uniform(0.8, 1.0), rng.uniform(0.8, 1.05), rng.uniform(0.85, 1.05)], np.float32)
        if kind.split()[0] in ("yellow", "learner", "trailer"):
            blank = blank + np.array([rng.uniform(0, 60), 0, 0], np.float32)
        return np.clip(blank * tint, 0, 255)

    @staticmethod
    def _screws(rng: np.random.Generator, plate: NDArray[np.float32]) -> None:
        height, width = plate.shape[:2]
        rows = {0: (), 1: (12.0,), 2: (12.0, height / SCALE - 12.0)}[int(rng.choice(3, p=(0.25, 0.35, 0.4)))]
        for row in rows:
            for column in (0.25, 0.75):
                at = (round(width * column + rng.normal(0, 2)), round(row * SCALE + rng.normal(0, 1)))
                radius = int(rng.integers(3, 7))
                shade = float(rng.uniform(40, 220))
                cv2.circle(plate, at, radius, (shade, shade * 0.97, shade * 0.95), -1, cv2.LINE_AA)
                cv2.circle(plate, (at[0] - 1, at[1] - 1), max(radius // 3, 1), (min(shade * 1.4, 255.0),) * 3, -1, cv2.LINE_AA)


class RealProvinces:
    """First characters cut from real plates, light on dark, as masks: a zip of folders named by the province.

    Every tenth is kept for plates to choose by; faint ones are left out.
    """

    def __init__(self, file: Path, held_out: bool = False) -> None:
        self._masks: dict[str, list[Mask]] = {province: [] for province in PROVINCES}
        with zipfile.ZipFile(file) as archive:
            for index, name in enumerate(sorted(archive.namelist())):
                if (index % 10 == 0) != held_out or name[0] not in self._masks:
                    continue
                grey = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_GRAYSCALE)
                low, high = np.percentile(grey, (25, 96))
                if high - low >= LEAST_CONTRAST:
                    self._masks[name[0]].append(((grey.astype(np.float32) - low) / (high - low)).clip(0.0, 1.0))

    def __len__(self) -> int:
        return sum(map(len, self._masks.values()))

    def draw(self, rng: np.random.Generator, province: str) -> Mask:
        masks = self._masks[province]
        return masks[rng.integers(len(masks))]
