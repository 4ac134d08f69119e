"""A model whose answers are plain to see: it reads the colours of an image's columns.

Each of eight columns is blue, green, red or black; the model's alphabet is 蓝, G and R, and black is
the blank. So an image drawn from "BB..RG.." reads "蓝RG".
"""

import base64
import json
import struct
import zlib

PIXELS = {"B": (0, 0, 255), "G": (0, 255, 0), "R": (255, 0, 0), ".": (0, 0, 0),
          "?": (128, 128, 128)}  # as RGB; "?" may be any of the others
HEIGHT = 4
WIDTH = 8

# 16x32 pixels that read 蓝R, from OpenCV 4.6's encoder at quality 95.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYG"
    "CAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK"
    "CgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAQACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAACQf/xAAUEAEA"
    "AAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAACQYI/8QAHxEAAQIGAwAAAAAAAAAAAAAAAAhGBgdDhMLE"
    "RIKD/9oADAMBAAIRAxEAPwAc0LXRC2/lzN+71iVhmr1yEwGeTAZ4q5Y8vzzEoXM37vWP/9k=")


def write_model(path, wrong_logit=0.0):
    """Writes the model; `wrong_logit` is added to one of the self-test's stored logits."""
    # Logits: 20 * blue, 20 * green, 20 * red, 10; then the mean over the rows.
    weight = [20, 0, 0, 0, 20, 0, 0, 0, 20, 0, 0, 0]
    bias = [0, 0, 0, 10]
    self_input = [((c * 5 + y * 3 + x) % 4) / 4 for c in range(3) for y in range(HEIGHT)
                  for x in range(WIDTH)]
    logits = []
    for k in range(4):
        for x in range(WIDTH):
            rows = [sum(weight[k * 3 + c] * self_input[(c * HEIGHT + y) * WIDTH + x]
                        for c in range(3)) + bias[k] for y in range(HEIGHT)]
            logits.append(sum(rows) / HEIGHT)
    logits[0] += wrong_logit
    tensors = {
        "bias": ([4], bias),
        "self_test.input": ([1, 3, HEIGHT, WIDTH], self_input),
        "self_test.logits": ([1, 4, WIDTH], logits),
        "weight": ([4, 3, 1, 1], weight),
    }
    graph = {
        "format": "lprnet.graph", "version": 1, "name": "colours",
        "inputs": [{"name": "input", "shape": [1, 3, HEIGHT, WIDTH]}],
        "output": "logits",
        "nodes": [
            {"name": "columns", "op": "conv2d", "inputs": ["input"], "weight": "weight",
             "bias": "bias"},
            {"name": "logits", "op": "mean", "inputs": ["columns"], "dim": 2},
        ],
        "preprocess": {"channel_order": "BGR", "mean": [0, 0, 0], "scale": [1 / 255] * 3,
                       "resize": "bilinear"},
        "decode": {"alphabet": ["蓝", "G", "R"], "blank": 3},
        "provenance": {"source": "written by hand for the tests", "license": "Apache-2.0"},
        "self_test": {"input": "self_test.input", "logits": "self_test.logits",
                      "origin": "Python's float", "tolerance": 1e-4},
    }
    header = {"__metadata__": {"lprnet.graph": json.dumps(graph, ensure_ascii=False)}}
    data = b""
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def _png(width, height, bits, colour_type, rows):
    def chunk(kind, body):
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png(columns, scale=1):
    """A PNG of eight columns, `scale` pixels wide each."""
    row = b"".join(bytes(PIXELS[c]) * scale for c in columns)
    return _png(len(columns) * scale, HEIGHT * scale, 8, 2, [row] * (HEIGHT * scale))


def black_png(width, height):
    """A one-bit grey PNG."""
    return _png(width, height, 1, 0, [b"\0" * ((width + 7) // 8)] * height)


def ppm(columns):
    row = b"".join(bytes(PIXELS[c]) for c in columns)
    return b"P6\n%d %d\n255\n" % (len(columns), HEIGHT) + row * HEIGHT


def bmp(columns):
    row = b"".join(bytes(PIXELS[c])[::-1] for c in columns)
    row += b"\0" * (-len(row) % 4)
    pixels = row * HEIGHT
    return (b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54) +
            struct.pack("<IiiHHIIiiII", 40, len(columns), HEIGHT, 1, 24, 0, len(pixels), 0, 0, 0, 0) +
            pixels)
