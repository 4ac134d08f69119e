"""Reads and writes model files: safetensors with the graph document in the metadata.

The layout is that of models/FORMAT.md: 8 bytes little-endian header length, a JSON header padded with
spaces so that the tensors start at a multiple of 64, then the tensors without gaps. The same document
and tensors always give the same bytes.
"""

import json
import struct
from pathlib import Path
from typing import Any, Dict, Mapping, Tuple, Union

import torch

from .errors import ExportError

GRAPH_KEY = "lprnet.graph"
ALIGNMENT = 64
HEADER_LIMIT = 100_000_000  # the same bound as the safetensors library has

DTYPES: Dict[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
NAMES: Dict[torch.dtype, str] = {dtype: name for name, dtype in DTYPES.items()}

PathLike = Union[str, Path]


def compact_json(value: Any) -> str:
    """JSON text in insertion order without spaces; numbers must be finite."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_safetensors(path: PathLike, tensors: Mapping[str, torch.Tensor], metadata: Mapping[str, str]) -> None:
    # Wide elements first, so that every tensor is aligned to its own element.
    order = sorted(tensors, key=lambda name: -tensors[name].element_size())
    header: Dict[str, Any] = {"__metadata__": dict(metadata)}
    chunks = []
    offset = 0
    for name in order:
        tensor = tensors[name].detach().cpu().contiguous()
        if tensor.dtype not in NAMES:
            raise ExportError(f"tensor '{name}' has dtype {tensor.dtype}, which a model file cannot hold")
        data = tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""
        header[name] = {
            "dtype": NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = compact_json(header).encode("utf-8")
    text += b" " * (-(8 + len(text)) % ALIGNMENT)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for data in chunks:
            file.write(data)


def read_safetensors(path: PathLike) -> Tuple[Dict[str, torch.Tensor], Dict[str, str]]:
    """The tensors and the metadata of a file."""
    content = Path(path).read_bytes()
    if len(content) < 8:
        raise ExportError(f"{path}: {len(content)} bytes are too few for a safetensors file")
    (length,) = struct.unpack_from("<Q", content)
    if length > min(HEADER_LIMIT, len(content) - 8):
        raise ExportError(f"{path}: the header says {length} bytes, the file has {len(content) - 8} after it")
    header = json.loads(content[8 : 8 + length].decode("utf-8"))
    metadata = header.pop("__metadata__", {})
    data = content[8 + length :]
    tensors: Dict[str, torch.Tensor] = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES.get(entry["dtype"])
        if dtype is None:
            raise ExportError(f"{path}: tensor '{name}' has the unknown dtype {entry['dtype']}")
        raw = torch.frombuffer(bytearray(data[begin:end]), dtype=dtype) if end > begin else torch.empty(0, dtype=dtype)
        tensors[name] = raw.reshape(entry["shape"])
    return tensors, metadata


def write_model(path: PathLike, document: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
    write_safetensors(path, tensors, {GRAPH_KEY: compact_json(document)})


def read_model(path: PathLike) -> Tuple[Dict[str, Any], Dict[str, torch.Tensor]]:
    """The graph document and the tensors of a model file."""
    tensors, metadata = read_safetensors(path)
    if GRAPH_KEY not in metadata:
        raise ExportError(f"{path}: has no '{GRAPH_KEY}' in its metadata, so it is not a model file")
    return json.loads(metadata[GRAPH_KEY]), tensors
