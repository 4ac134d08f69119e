"""A detector and a reader whose answers are plain to see.

The detector finds a plate, 24 pixels wide and 8 high, around each cell of 8x8 pixels of its input, 96x64, that is bright.
The reader of colours.py then reads it.
"""

import json
import struct

import colours


def write_detector(path, size=(96, 64)):
    # The heat is 10 times the cell's mean, -1 for black and 1 for white, plus 4.5; blue alone makes the mean -1/3.
    weight = [10 / 192] * 192 + [0] * (9 * 192)
    corners = [-0.375, -0.125, 0.375, -0.125, 0.375, 0.125, -0.375, 0.125]  # in units of 4 strides
    bias = [4.5, -1] + corners
    graph = {
        "format": "lprnet.graph", "version": 2, "requires": ["detect"], "name": "bright squares",
        "inputs": [{"name": "input", "shape": [1, 3, size[1], size[0]]}], "output": "cells",
        "nodes": [
            {"name": "map", "op": "conv2d", "inputs": ["input"], "weight": "weight", "bias": "bias",
             "stride": 8},
            {"name": "cells", "op": "flatten", "inputs": ["map"], "start_dim": 2}],
        "preprocess": {"channel_order": "BGR", "mean": [127.5] * 3, "scale": [1 / 127.5] * 3,
                       "resize": "bilinear"},
        "detect": {"multiple": 32, "maps": [{"stride": 8, "smallest": 8, "largest": 40}], "reach": 4,
                   "least_confidence": 0.5, "most_overlap": 0.25, "border": 0},
    }
    tensors = {"weight": ([10, 3, 8, 8], weight), "bias": ([10], bias)}
    header = {"__metadata__": {"lprnet.graph": json.dumps(graph)}}
    data = b""
    for name, (shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def photograph(places, width=96, height=64):
    """A black PPM with squares of 8x8 pixels: {(x, y): colour}. A plate is the square and its neighbours."""
    pixels = bytearray(width * height * 3)
    for (x, y), colour in places.items():
        for row in range(y, y + 8):
            for column in range(x, x + 8):
                at = (row * width + column) * 3
                pixels[at:at + 3] = bytes(colours.PIXELS[colour])
    return b"P6\n%d %d\n255\n" % (width, height) + bytes(pixels)
