"""Runs the README's example where the files are that it names."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))
import colours  # noqa: E402 (its folder has to be put on the path first)

with tempfile.TemporaryDirectory(prefix="lprnet-readme-") as folder:
    colours.write_model(os.path.join(folder, "lprnet-cn.safetensors"))
    pathlib.Path(folder, "plate.jpg").write_bytes(colours.JPEG)
    out = subprocess.run([os.environ["LPRNET_EXAMPLE"]], cwd=folder, check=True,
                         capture_output=True, text=True).stdout
if not out.startswith("蓝R 0.99"):
    sys.exit(f"expected '蓝R 0.99...', found {out!r}")
