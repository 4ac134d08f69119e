"""What is easily taken for a plate: captions, timestamps, shop signs, lamps, grilles, empty boards."""

from pathlib import Path

import cv2
import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from alphabet import DIGITS, LETTERS, PROVINCES
from picture import Image, pictures_in, read_image

FONTS = ("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans CJK SC", "DejaVu Sans")
WORDS = (
    "超速抓拍", "卡口名称", "车道", "时间", "地点", "设备编号", "违法代码", "方向", "南向北",
    "东向西", "车牌号", "号牌颜色", "蓝色", "黄色", "路口", "高速公路", "收费站", "停车场", "出口",
    "入口", "欢迎光临", "农业银行", "超市", "酒店", "中国移动", "限速", "公交专用", "出租",
    "请系安全带", "一汽大众", "东风", "长安", "江淮", "运输有限公司", "放大号", "实习", "货运",
    "大件", "危险品", "校车", "物流", "热线", "招商", "小区", "禁止停车", "TOYOTA", "HONDA", "BUICK",
    "CHEVROLET", "Canon", "SONY", "POLICE", "TAXI", "EXIT", "STOP", "BANK", "HOTEL", "WWW.", ".COM", "TEL:", "4S",
)  # fmt: skip


def _font_file() -> str:
    for family in FONTS:
        try:
            return font_manager.findfont(family, fallback_to_default=False)
        except ValueError:
            continue
    return font_manager.findfont("DejaVu Sans")


class Clutter:
    """`pieces` is a folder of pictures that are no plates (optional). Texts are drawn with a Chinese font where one is installed."""

    def __init__(self, pieces: Path | None, seed: int = 0, texts: int = 400) -> None:
        rng = np.random.default_rng(seed)
        face = ImageFont.truetype(_font_file(), 40)
        self._texts = [self._render(face, self._text(rng)) for _ in range(texts)]
        self._pieces = [] if pieces is None else [read_image(path) for path in pictures_in(pieces)]

    @staticmethod
    def _text(rng: np.random.Generator) -> str:
        def some(characters: str, count: int) -> str:
            return "".join(characters[int(i)] for i in rng.integers(len(characters), size=count))

        what = int(rng.integers(8))
        if what == 0:
            date = f"20{rng.integers(5, 27):02d}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
            return f"{date} {rng.integers(24):02d}:{rng.integers(60):02d}:{rng.integers(60):02d}"
        if what == 1:
            return f"20{rng.integers(5, 27):02d}年{rng.integers(1, 13):02d}月{rng.integers(1, 29):02d}日{rng.integers(24):02d}时"
        if what == 2:
            return WORDS[rng.integers(len(WORDS))] + ":" + some(DIGITS, int(rng.integers(2, 9)))
        if what == 3:
            return "车牌:" + some(PROVINCES, 1) + some(LETTERS, 1) + some(DIGITS, 5)
        if what == 4:
            return "".join(chr(int(c)) for c in rng.integers(0x4E00, 0x9000, int(rng.integers(2, 9))))
        if what == 5:
            return some(LETTERS + DIGITS, int(rng.integers(2, 6)))
        if what == 6:
            return some(DIGITS, 3) + "-" + some(DIGITS, 8)
        return "".join(WORDS[int(i)] for i in rng.integers(len(WORDS), size=int(rng.integers(1, 4))))

    @staticmethod
    def _render(face: ImageFont.FreeTypeFont, text: str) -> NDArray[np.float32]:
        left, top, right, bottom = (int(v) for v in face.getbbox(text))
        canvas = PilImage.new("L", (right - left + 8, bottom - top + 8), 0)
        ImageDraw.Draw(canvas).text((4 - left, 4 - top), text, fill=255, font=face)
        return np.asarray(canvas, np.float32) / 255.0

    def add(self, rng: np.random.Generator, picture: Image) -> Image:
        """Some of everything, at any place; the caller draws plates over it or restores them."""
        picture = picture.copy()
        for _ in range(int(rng.choice(4, p=(0.45, 0.3, 0.15, 0.1)))):
            self._write(rng, picture)
        if self._pieces:
            for _ in range(int(rng.choice(5, p=(0.4, 0.25, 0.15, 0.1, 0.1)))):
                self._paste(rng, picture)
        if rng.random() < 0.15:
            self._lamp(rng, picture)
        if rng.random() < 0.12:
            self._grille(rng, picture)
        if rng.random() < 0.15:
            self._board(rng, picture)
        return picture

    def _lay(self, rng: np.random.Generator, picture: Image, ink: NDArray[np.float32], colours: NDArray[np.float32], turned: float) -> None:
        """Blends `colours` [h, w, 3] by `ink` [h, w] into the picture at a place, turned by so many degrees at most."""
        height, width = ink.shape
        angle = rng.normal(0, turned)
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
        rows, columns = picture.shape[:2]
        matrix[:, 2] += rng.uniform(-0.1, 1.0, 2) * (columns, rows) - (width / 2, height / 2) * rng.random(2)
        x0, y0 = np.clip(matrix @ [0, 0, 1], 0, [columns, rows]), np.clip(matrix @ [width, height, 1], 0, [columns, rows])
        margin = int(abs(np.sin(np.deg2rad(angle))) * width + 2)
        low = np.clip(np.minimum(x0, y0) - margin, 0, [columns, rows]).astype(int)
        high = np.clip(np.maximum(x0, y0) + margin, 0, [columns, rows]).astype(int)
        if (high <= low).any():
            return
        matrix[:, 2] -= low
        size = (int(high[0] - low[0]), int(high[1] - low[1]))
        alpha = cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR)[..., None]
        paint = cv2.warpAffine(colours, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        part = picture[low[1] : high[1], low[0] : high[0]]
        part[:] = (part + alpha * (paint - part)).astype(np.uint8)

    def _write(self, rng: np.random.Generator, picture: Image) -> None:
        text = self._texts[rng.integers(len(self._texts))]
        height = max(int(np.exp(rng.uniform(np.log(7), np.log(60)))), 6)
        width = max(round(text.shape[1] * height / text.shape[0]), 4)
        ink = cv2.resize(text, (width, height), interpolation=cv2.INTER_AREA)
        shade = rng.uniform(0, 255) if rng.random() < 0.4 else rng.choice((0.0, 255.0))
        paint = np.full((height, width, 3), 0, np.float32)
        paint[:] = np.clip(shade + (rng.uniform(-255, 255, 3) if rng.random() < 0.4 else 0), 0, 255)
        if rng.random() < 0.4:  # on a board or a strip
            board = rng.uniform(0, 255, 3) if rng.random() < 0.7 else np.array((rng.uniform(120, 230), rng.uniform(30, 110), rng.uniform(0, 50)))
            if abs(board.mean() - paint[0, 0].mean()) < 70:
                paint[:] = 255 - paint
            paint = board.astype(np.float32) + ink[..., None] * (paint - board.astype(np.float32))
            ink = np.full_like(ink, rng.uniform(0.7, 1.0))
        self._lay(rng, picture, ink, paint, 0.0 if rng.random() < 0.6 else 12.0)

    def _paste(self, rng: np.random.Generator, picture: Image) -> None:
        piece = self._pieces[rng.integers(len(self._pieces))]
        scale = float(np.exp(rng.uniform(np.log(0.25), np.log(2.0))))
        size = (max(round(piece.shape[1] * scale), 8), max(round(piece.shape[0] * scale * rng.uniform(0.8, 1.6)), 6))
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        if rng.random() < 0.5:
            piece = piece[:, ::-1]
        feather = np.ones(size[::-1], np.float32)
        edge = max(round(0.12 * size[1]), 1)
        feather[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)[:, None]
        feather[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)[:, None]
        feather[:, :edge] *= np.linspace(0, 1, edge, dtype=np.float32)
        feather[:, -edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
        self._lay(rng, picture, feather, np.ascontiguousarray(piece).astype(np.float32), 8.0)

    def _lamp(self, rng: np.random.Generator, picture: Image) -> None:
        height, width = picture.shape[:2]
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(3, 60)), int(rng.integers(3, 25)))
        glow = np.zeros((height, width), np.float32)
        cv2.ellipse(glow, centre, axes, float(rng.uniform(-20, 20)), 0, 360, 1.0, -1)
        glow = cv2.GaussianBlur(glow, (0, 0), float(rng.uniform(0.6, 8)))[..., None]
        colour = np.array((rng.uniform(120, 255), rng.uniform(150, 255), 255), np.float32)
        picture[:] = (picture + glow * rng.uniform(0.5, 1.0) * (colour - picture)).astype(np.uint8)

    def _grille(self, rng: np.random.Generator, picture: Image) -> None:
        width, height = int(rng.integers(20, 160)), int(rng.integers(8, 50))
        y, x = np.mgrid[:height, :width].astype(np.float32)
        step = rng.uniform(3, 12)
        across = x if rng.random() < 0.5 else y
        bars = 0.5 + 0.5 * np.sign(np.sin(across * 2 * np.pi / step + rng.uniform(0, 6)))
        low, high = rng.uniform(0, 90, 3), rng.uniform(60, 255)
        self._lay(rng, picture, np.ones((height, width), np.float32), (low + bars[..., None] * (high - low)).astype(np.float32), 4.0)

    def _board(self, rng: np.random.Generator, picture: Image) -> None:
        """A board of a plate's colour and no text, too large to be a plate far away."""
        width = int(rng.integers(50, 220))
        height = int(width * rng.uniform(0.15, 0.8))
        colours = ((190, 70, 20), (40, 190, 240), (120, 200, 120), (230, 230, 230), (30, 30, 30), (30, 30, 200))
        paint = np.zeros((height, width, 3), np.float32)
        paint[:] = np.array(colours[rng.integers(len(colours))]) * rng.uniform(0.5, 1.1, 3)
        self._lay(rng, picture, np.ones((height, width), np.float32), np.clip(paint, 0, 255), 4.0)
