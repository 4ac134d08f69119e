"""Pictures whose readings are plain to see, and the bodies that carry them."""

import base64
import json
import os
import struct
import zlib

from service import colours, white_squares

PLATES = {(16, 8): "G", (64, 40): "R"}
PHOTOGRAPH = white_squares.photograph(PLATES)


def crop(columns="BB..RG.."):
    """A PPM that reads as its columns."""
    row = b"".join(bytes(colours.PIXELS[column]) for column in columns)
    return b"P6\n%d %d\n255\n" % (len(columns), colours.HEIGHT) + row * colours.HEIGHT


def multipart(parts, boundary="XyZ"):
    """[(field name, file name or None, bytes)] as a body and its type."""
    body = b""
    for name, file, data in parts:
        file_name = "" if file is None else f'; filename="{file}"'
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file_name}\r\n\r\n'.encode() + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def texts(answer):
    return [plate["text"] for plate in answer["plates"]]


# ThreadSanitizer makes it many times as long.
LONG_WORK = 2 if os.environ.get("LPRNET_SANITIZER") == "thread" else 8


def long_work(pictures=LONG_WORK):
    """A body of JSON that keeps a worker busy for a while: large black pictures, small as PNG."""
    size = 4096
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    png = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
           chunk(b"IDAT", zlib.compress(bytes(size * (1 + 3 * size)), 1)) + chunk(b"IEND", b""))
    return json.dumps({"images": [base64.b64encode(png).decode()] * pictures})


JSON_TYPE = {"Content-Type": "application/json"}
