"""Reads and writes safetensors files, without the package of that name: machines with PyTorch may lack it."""

import json

import torch


TYPES = {"F16": (torch.float16, 2), "F32": (torch.float32, 4)}


def read_tensors(path):
    """Returns the float16 and float32 tensors of a file by name, without others, and its metadata."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        if entry["dtype"] not in TYPES:
            continue
        dtype, width = TYPES[entry["dtype"]]
        flat = torch.frombuffer(data, dtype=dtype, offset=begin, count=(end - begin) // width)
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata


def write_tensors(path, tensors):
    """Writes float32 tensors by name."""
    header, chunks, end = {}, [], 0
    for name, tensor in tensors.items():
        chunk = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(chunk)],
        }
        chunks.append(chunk)
        end += len(chunk)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(chunks))
