"""The other engines, each as a function that loads a file and returns how to run it once.

Every loader takes the file, the input (batch, 3, 24, 94) and the number of threads; the function that it returns
runs the network on that input and returns the logits (batch, classes, steps), valid until its next call.
Engines are imported where they are used: a worker process loads one of them.
"""

from pathlib import Path
from typing import Callable, Dict

import numpy as np

Run = Callable[[], np.ndarray]
Loader = Callable[[Path, np.ndarray, int], Run]


def load_onnxruntime(path: Path, images: np.ndarray, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {"input": images})[0]


def load_openvino(path: Path, images: np.ndarray, threads: int) -> Run:
    import openvino

    settings = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    request = openvino.Core().compile_model(str(path), "CPU", settings).create_infer_request()
    request.set_input_tensor(openvino.Tensor(images, shared_memory=True))
    output = request.get_output_tensor()

    def run() -> np.ndarray:
        request.infer()
        return output.data

    return run


def load_opencv(path: Path, images: np.ndarray, threads: int) -> Run:
    import cv2

    cv2.setNumThreads(threads)
    network = cv2.dnn.readNetFromONNX(str(path))

    def run() -> np.ndarray:
        network.setInput(images)
        return network.forward()

    return run


def load_mnn(path: Path, images: np.ndarray, threads: int) -> Run:
    import MNN

    interpreter = MNN.Interpreter(str(path))
    session = interpreter.createSession({"numThread": threads, "backend": "CPU", "precision": "high"})
    source = interpreter.getSessionInput(session)
    target = interpreter.getSessionOutput(session)
    host = MNN.Tensor(images.shape, MNN.Halide_Type_Float, images, MNN.Tensor_DimensionType_Caffe)
    shape = target.getShape()
    logits = MNN.Tensor(
        shape, MNN.Halide_Type_Float, np.zeros(shape, np.float32), MNN.Tensor_DimensionType_Caffe
    )

    def run() -> np.ndarray:
        source.copyFrom(host)
        interpreter.runSession(session)
        target.copyToHostTensor(logits)
        return logits.getNumpyData()

    return run


def load_ncnn(path: Path, images: np.ndarray, threads: int) -> Run:
    """One plate after another: ncnn has no batch."""
    import ncnn

    network = ncnn.Net()
    network.opt.num_threads = threads
    network.load_param(str(path))
    network.load_model(str(path.with_suffix(".bin")))
    plates = [ncnn.Mat(image) for image in images]

    def run() -> np.ndarray:
        logits = []
        for plate in plates:
            extractor = network.create_extractor()
            extractor.input("input", plate)
            logits.append(np.array(extractor.extract("logits")[1]))
        return np.stack(logits)

    return run


def _torch_module(path: Path, threads: int):
    import torch

    torch.set_num_threads(threads)
    return torch, torch.load(path, weights_only=False).eval()


def load_torch_eager(path: Path, images: np.ndarray, threads: int) -> Run:
    torch, module = _torch_module(path, threads)
    return _torch_run(torch, module, images)


def load_torch_frozen(path: Path, images: np.ndarray, threads: int) -> Run:
    torch, module = _torch_module(path, threads)
    x = torch.from_numpy(images)
    with torch.inference_mode():
        traced = torch.jit.freeze(torch.jit.trace(module, x))
        return _torch_run(torch, torch.jit.optimize_for_inference(traced), images)


def load_torch_compiled(path: Path, images: np.ndarray, threads: int) -> Run:
    torch, module = _torch_module(path, threads)
    return _torch_run(torch, torch.compile(module, options={"freezing": True, "max_autotune": False}), images)


def _torch_run(torch, module, images: np.ndarray) -> Run:
    x = torch.from_numpy(images)

    def run() -> np.ndarray:
        with torch.inference_mode():
            return module(x).numpy()

    return run


LOADERS: Dict[str, Loader] = {
    "onnxruntime": load_onnxruntime,
    "openvino": load_openvino,
    "opencv": load_opencv,
    "mnn": load_mnn,
    "ncnn": load_ncnn,
    "torch-eager": load_torch_eager,
    "torch-frozen": load_torch_frozen,
    "torch-compiled": load_torch_compiled,
}
