"""The engines that are compared, by the words of the command line."""

from typing import Dict, Tuple

LPRNET = "lprnet"
ONEDNN = "onednn"

# Name in the report, the distribution that has its version, the network's file name.
ENGINES: Dict[str, Tuple[str, str, str]] = {
    "onnxruntime": ("ONNX Runtime", "onnxruntime", "{weights}-{batch}.onnx"),
    "openvino": ("OpenVINO", "openvino", "{weights}-{batch}.onnx"),
    "mnn": ("MNN", "MNN", "{weights}-{batch}.mnn"),
    "ncnn": ("ncnn", "ncnn", "{weights}.param"),
    "opencv": ("OpenCV DNN", "opencv-python-headless", "{weights}-{batch}.onnx"),
    "torch-compiled": ("PyTorch, torch.compile", "torch", "{weights}.pt"),
    "torch-frozen": ("PyTorch, frozen TorchScript", "torch", "{weights}.pt"),
    "torch-eager": ("PyTorch, eager", "torch", "{weights}.pt"),
}
