"""Writes glyphs.inc: the bitmaps with which `lprnet read --annotate` writes texts on pictures.

    make_glyphs.py wqy-microhei.ttc > glyphs.inc        (Debian: fonts-wqy-microhei; needs Pillow)

A glyph is 24 pixels high; two pixels, each 0 to 3, are one letter of 'a' to 'p'.
"""

import sys

from PIL import Image, ImageDraw, ImageFont

HEIGHT = 24
CHINESE = "京沪津渝冀晋蒙辽吉黑苏浙皖闽赣鲁豫鄂湘粤桂琼川贵云藏陕甘青宁新警学挂港澳使领民航应急试超临"
LATIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-.%?·"

HEADING = """\
// Made by make_glyphs.py from WenQuanYi Micro Hei 0.2.0-beta, which is under the Apache License,
// Version 2.0: copyright 2008-2009 The WenQuanYi Project Board of Trustees, Qianqian Fang and
// mozbug, based on Droid Sans Fallback, copyright 2006-2008 Google Corporation. Do not edit.
"""


def main():
    font = ImageFont.truetype(sys.argv[1], 22)
    print(HEADING, end="")
    for character in sorted(CHINESE + LATIN):
        wide = character in CHINESE
        width = HEIGHT if wide else (round(font.getlength(character)) + 2) // 2 * 2
        image = Image.new("L", (width, HEIGHT))
        draw = ImageDraw.Draw(image)
        draw.text((width / 2, 20), character, 255, font, anchor="ms")
        values = [(v * 3 + 127) // 255 for v in image.tobytes()]
        text = "".join(chr(97 + 4 * a + b) for a, b in zip(values[::2], values[1::2]))
        lines = [text[i : i + 92] for i in range(0, len(text), 92)]
        print(f'{{U\'{character}\', {width},')
        print("\n".join(f' "{line}"' for line in lines) + "},")


if __name__ == "__main__":
    main()
