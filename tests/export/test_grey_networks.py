"""Networks of one channel: told from the weights, in every architecture, by the program and the exporter."""

import contextlib
import io
import struct
import unittest
from pathlib import Path
from typing import Any

import numpy
import torch
from export_lprnet import main as export_lprnet
from lprnet_export.lprnet_modules import (
    LeakyLPRNet,
    LPRNet,
    LPRNetWithTransformer,
    Pipeline,
    SmallLPRNet,
    SpatialTransformer,
)
from lprnet_export.model_file import read_model, read_safetensors
from lprnet_export.random_weights import fill
from program_files import CLASSES, ProgramFiles, narrow

WIDTHS = (4, 8, 12)
PLATE, LARGE = [1, 1, 24, 94], [1, 1, 40, 100]
# cv::cvtColor's weights of blue, green and red, of 32768.
OPENCV_GREY = (3735, 19235, 9798)


def bmp(pixels: Any) -> bytes:
    """A picture [height][width][B, G, R] as a file."""
    height, width = pixels.shape[:2]
    rows = b"".join(row.tobytes().ljust((3 * width + 3) // 4 * 4, b"\0") for row in pixels[::-1])
    return (
        struct.pack("<2sIHHI", b"BM", 54 + len(rows), 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 0, 0, 0, 0)
        + rows
    )


class GreyNetworks(ProgramFiles):
    def preprocess(self, path: Path) -> Any:
        return read_model(path)[0]["preprocess"]

    def test_every_architecture(self) -> None:
        for network, shape in (
            (LPRNet(CLASSES, WIDTHS, channels=1), PLATE),
            (LPRNetWithTransformer(CLASSES, WIDTHS, channels=1), PLATE),
            (LeakyLPRNet(CLASSES, WIDTHS, channels=1), LARGE),
            (SmallLPRNet(CLASSES, WIDTHS, channels=1), LARGE),
        ):
            with self.subTest(type(network).__name__):
                fill(network, 1, shape)
                torch.save(network.state_dict(), self.path)
                self.assertIn("GRAY", self.answers(network, shape=shape))
                found = self.preprocess(self.folder / "out.safetensors")
                self.assertEqual((found["channel_order"], len(found["mean"]), len(found["scale"])), ("GRAY", 1, 1))
                other = self.folder / "exported.safetensors"
                options = ["--checkpoint", self.path, "--output", other, "--alphabet", self.tokens]
                with contextlib.redirect_stdout(io.StringIO()):
                    self.assertEqual(export_lprnet(list(map(str, options))), 0)
                exported = self.preprocess(other)
                self.assertEqual(exported["channel_order"], "GRAY")
                numpy.testing.assert_allclose(exported["scale"], found["scale"], rtol=1e-6)
                self.assertEqual(self.run_program("verify", other)[0], 0)

    def test_behind_a_transformer(self) -> None:
        pipeline = Pipeline(SpatialTransformer(channels=4, image_channels=1), LPRNet(CLASSES, WIDTHS, channels=1))
        fill(pipeline, 2, PLATE)
        torch.save({"st": pipeline.stn.state_dict(), "lpr": pipeline.lprnet.state_dict()}, self.path)
        self.answers(pipeline, shape=PLATE)

    def test_the_channel_order_must_fit(self) -> None:
        torch.save(fill(LPRNet(CLASSES, WIDTHS, channels=1), 1, PLATE).state_dict(), self.path)
        self.assertIn("takes 1 channel, but the channel order is BGR or RGB", self.refused("--channel-order", "RGB"))
        self.assertEqual(self.convert("--channel-order", "GRAY", "--mean", "3", "--scale", "0.5")[0], 0)
        found = self.preprocess(self.folder / "out.safetensors")
        self.assertEqual((found["mean"], found["scale"]), ([3], [0.5]))
        (self.folder / "out.safetensors").unlink()
        torch.save(narrow().state_dict(), self.path)
        self.assertIn("takes 3 channels, but the channel order is GRAY", self.refused("--channel-order", "GRAY"))
        torch.save(fill(LPRNet(CLASSES, WIDTHS, channels=4), 1, [1, 4, 24, 94]).state_dict(), self.path)
        self.assertIn("'backbone.0.weight' is [4,4,3,3], expected 3 input channels, or 1", self.refused())

    def test_grey_as_opencv_computes_it(self) -> None:
        network = fill(LPRNet(CLASSES, WIDTHS, channels=1), 1, PLATE)
        torch.save(network.state_dict(), self.path)
        self.assertEqual(self.convert()[0], 0)
        pixels = numpy.random.default_rng(1).integers(0, 256, (24, 94, 3), dtype=numpy.uint8)
        (self.folder / "plate.bmp").write_bytes(bmp(pixels))
        status, _, err = self.run_program(
            "trace", "out.safetensors", "plate.bmp", "-o", "values.safetensors"
        )
        self.assertEqual((status, err), (0, ""))
        values, _ = read_safetensors(self.folder / "values.safetensors")
        grey = (pixels.astype(numpy.int64) @ numpy.array(OPENCV_GREY) + (1 << 14)) >> 15
        expected = (torch.from_numpy(grey).float() - 127.5) * 0.0078125
        found = next(tensor for name, tensor in values.items() if name.endswith("input"))
        torch.testing.assert_close(found.reshape(24, 94), expected, rtol=0, atol=0)


if __name__ == "__main__":
    unittest.main()
