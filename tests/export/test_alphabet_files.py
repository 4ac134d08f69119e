"""Alphabets as people have them, read alike by the program and the exporter."""

import contextlib
import io
import json
import unittest
from typing import List

import torch
from export_lprnet import main as export_lprnet
from lprnet_export.model_file import read_model
from program_files import CLASSES, ProgramFiles, narrow

PROVINCES = list("京沪津渝冀晋蒙辽吉黑苏")  # one fewer than the classes


class AlphabetFiles(ProgramFiles):
    def setUp(self) -> None:
        super().setUp()
        torch.save(narrow().state_dict(), self.path)
        assert len(PROVINCES) == CLASSES - 1

    def export(self, *options: str) -> str:
        errors = io.StringIO()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            export_lprnet(
                ["--checkpoint", str(self.path), "--output", str(self.folder / "exported.safetensors"),
                 "--alphabet", str(self.tokens), *options]
            )  # fmt: skip
        return errors.getvalue()

    def reads(self, content: bytes, expected: List[str], *options: str) -> None:
        self.tokens.write_bytes(content)
        self.assertEqual(self.convert(*options)[::2], (0, ""))
        self.assertEqual(self.export(*options), "")
        for name in ("out.safetensors", "exported.safetensors"):
            self.assertEqual(read_model(self.folder / name)[0]["decode"]["alphabet"], expected, name)

    def test_lines(self) -> None:
        for text in ("\n".join(PROVINCES), "\n".join(PROVINCES) + "\n", "\n".join(PROVINCES) + "\n\n\n",
                     "\ufeff" + "\r\n".join(PROVINCES) + "\r\n"):  # fmt: skip
            self.reads(text.encode(), PROVINCES)

    def test_dictionaries_without_the_first_class(self) -> None:
        self.reads("\n".join(PROVINCES).encode(), ["blank", *PROVINCES], "--blank", "0")
        self.reads("\n".join(PROVINCES[:-1]).encode(), ["blank", *PROVINCES[:-1], " "], "--blank", "0")
        self.reads("\n".join(["#", *PROVINCES]).encode(), ["#", *PROVINCES], "--blank", "0")

    def test_other_encodings(self) -> None:
        for encoding in ("GBK", "UTF-16"):
            self.tokens.write_bytes("\n".join(PROVINCES).encode(encoding))
            for message in (self.refused(), self.export()):
                self.assertIn("not UTF-8", message)
                self.assertIn(f"iconv -f {encoding} -t UTF-8", message)

    def test_recognize(self) -> None:
        self.tokens.write_text("\n".join(PROVINCES), encoding="utf-8")
        (self.folder / "plate.ppm").write_bytes(b"P6 94 24 255\n" + bytes(94 * 24 * 3))
        status, _, err = self.run_program("recognize", "--model", self.path, "plate.ppm")
        self.assertEqual(status, 2)
        self.assertIn("--alphabet", err)
        status, out, err = self.run_program(
            "recognize", "--model", self.path, "--alphabet", self.tokens, "--format", "ndjson", "plate.ppm"
        )
        self.assertEqual((status, err), (0, ""))
        self.assertIn("text", json.loads(out))


if __name__ == "__main__":
    unittest.main()
