"""Writes the network as every engine wants it, and the inputs with the logits that are right."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Sequence

import numpy as np
import torch
from lprnet_export.model_file import read_model, write_model

from .array_file import write_arrays
from .ncnn_file import write_ncnn
from .network import Network, clean_array, cleaned, folded, from_state, pruned, survivors_first
from .onnx_file import write_onnx
from .torch_network import TorchNetwork
from .workers import file_word

SEED = 5


@dataclass(frozen=True)
class Prepared:
    folder: Path
    name: str  # of the model
    networks: Dict[str, Network]  # by weights: "as is", and "clean" and "pruned" where they differ
    models: Dict[str, Path]  # lprnet's model file for the weights: it prunes by itself
    denormals: int
    weights: int
    images: Path
    logits: np.ndarray  # (most plates, classes, steps), in double precision

    @property
    def macs(self) -> int:
        return self.networks["as is"].macs()


def _convert_to_mnn(onnx: Path) -> None:
    program = Path(sys.executable).with_name("mnnconvert")
    target = onnx.with_suffix(".mnn")
    command = [str(program), "-f", "ONNX", "--modelFile", str(onnx), "--MNNModel", str(target), "--bizCode", "lprnet"]
    subprocess.run(command, check=True, capture_output=True)


def _write_files(folder: Path, weights: str, network: Network, batches: Sequence[int]) -> None:
    word = file_word(weights)
    fused = network if weights == "pruned" else folded(network)
    for batch in batches:
        path = folder / f"{word}-{batch}.onnx"
        write_onnx(path, network, batch)
        _convert_to_mnn(path)
    write_ncnn(folder / f"{word}.param", folder / f"{word}.bin", fused)
    write_arrays(folder / f"{word}.arrays", fused)
    torch.save(TorchNetwork(network), folder / f"{word}.pt")


def prepare(model: Path, folder: Path, batches: Sequence[int]) -> Prepared:
    document, tensors = read_model(model)
    state = {name: tensor.numpy() for name, tensor in tensors.items()}
    network = from_state(state)
    floats = np.concatenate([values.ravel() for name, values in state.items() if not name.startswith("self_test.")])
    denormals = int(np.count_nonzero((floats != 0) & (np.abs(floats) < np.finfo(np.float32).tiny)))
    networks = {"as is": network}
    models = {"as is": model}
    if np.any(clean_array(floats) != floats):
        networks["clean"] = cleaned(network)
        models["clean"] = folder / "clean.safetensors"
        kept = {n: t if n.startswith("self_test.") else torch.from_numpy(clean_array(state[n])) for n, t in tensors.items()}
        write_model(models["clean"], document, kept)
    small = survivors_first(pruned(folded(cleaned(network))))
    if small.macs() < network.macs():
        networks["pruned"] = small
        models["pruned"] = model
    for weights, each in networks.items():
        _write_files(folder, weights, each, batches)

    # Plates beyond the self-test's: its input shifted and dimmed, so that each has logits of its own.
    most = max(batches)
    first = state["self_test.input"].astype(np.float32)
    generator = np.random.default_rng(SEED)
    plates = [np.roll(first, i, axis=3) * np.float32(generator.uniform(0.6, 1)) for i in range(most)]
    plates[0] = first
    images = np.ascontiguousarray(np.concatenate(plates))
    images.astype("<f4").tofile(folder / "images.raw")
    with torch.inference_mode():
        reference = TorchNetwork(network).eval().double()
        logits = reference(torch.from_numpy(images).double()).numpy()
    return Prepared(
        folder, document.get("name", model.stem), networks, models, denormals, floats.size, folder / "images.raw", logits
    )
