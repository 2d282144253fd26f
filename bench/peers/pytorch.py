"""The same training step in PyTorch: a participant's process, asked by pytorch.ts.

Usage: /usr/bin/python3 pytorch.py THREADS
Requests and replies are JSON, one per line; see ../harness/peer.ts. Written as the method's author does: block by
block (../harness/pytorch_step.py), gradients by autograd, clip_grad_norm_, torch.optim.Adam.
"""

import ctypes
import json
import os
import re
import sys
import time

import numpy as np
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from pytorch_step import matryoshka_loss  # noqa: E402

# Standard output is for replies: whatever a library prints goes to standard error.
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

NAMES = {"encoder": "E", "encoderBias": "b", "decoder": "D", "decoderBias": "c"}


def read_safetensors(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[begin:end], dtype="<f4").copy()
        tensors[name] = torch.from_numpy(values.reshape(entry["shape"]))
    return tensors


def write_safetensors(path, tensors):
    header, chunks, end = {}, [], 0
    for name, tensor in tensors.items():
        chunk = tensor.detach().contiguous().numpy().astype("<f4").tobytes()
        offsets = [end, end + len(chunk)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        chunks.append(chunk)
        end += len(chunk)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(chunks))


def blas():
    """The library and kernels that serve the BLAS, which decide how fast PyTorch's products are."""
    with open("/proc/self/maps") as maps:
        found = set(re.findall(r"\S*blas\S*\.so\S*", maps.read()))
    best = [path for path in found if re.search("openblas|blis|mkl|atlas", os.path.basename(path))]
    if not best:
        return None
    try:
        core = ctypes.CDLL(best[0]).openblas_get_corename
        core.restype = ctypes.c_char_p
        return f"{os.path.basename(best[0])} ({core().decode()} kernels)"
    except AttributeError:
        return os.path.basename(best[0])


class Step:
    """One problem and its optimiser."""

    def __init__(self, job, tensors):
        self.constants = job["constants"]
        self.prefixes = job["prefixes"]
        self.x = tensors["batch"]
        self.parameters = {
            letter: tensors[name].clone().requires_grad_() for name, letter in NAMES.items()
        }
        self.optimizer = torch.optim.Adam(
            self.parameters.values(),
            lr=self.constants["learningRate"],
            betas=(self.constants["beta1"], self.constants["beta2"]),
            eps=self.constants["adamEpsilon"],
        )

    def loss(self):
        return matryoshka_loss(self.parameters.values(), self.x, self.prefixes, self.constants)

    def take(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.value = self.loss()
        self.value.backward()
        norm = torch.nn.utils.clip_grad_norm_(
            self.parameters.values(), self.constants["clipNorm"]
        )
        self.factor = max(1.0, (norm.item() + 1e-6) / self.constants["clipNorm"])
        self.optimizer.step()

    def outcome(self):
        """The loss before the step, its gradients without clipping, the parameters after."""
        result = {"loss": self.value.reshape(1)}
        for name, letter in NAMES.items():
            result["gradient." + name] = self.parameters[letter].grad * self.factor
            result["updated." + name] = self.parameters[letter]
        return result

    def freeze(self):
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0


def timed(run):
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def describe(threads):
    library = blas()
    if library is None:
        raise RuntimeError("PyTorch has no fast BLAS here: apt-get install libopenblas0")
    kind = re.search("CPU capability usage: (.*)", torch.__config__.show()).group(1)
    plural = "s" if threads > 1 else ""
    return f"PyTorch {torch.__version__}, {library}, {kind}, {torch.get_num_threads()} thread{plural}"


def main():
    threads = int(sys.argv[1])
    torch.set_num_threads(threads)
    step = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["ask"] == "describe":
                reply = {"description": describe(threads)}
            elif request["ask"] == "first":
                tensors = read_safetensors(request["inputs"])
                start = time.perf_counter()
                step = Step(request["job"], tensors)
                step.take()
                reply = {"ms": [1000 * (time.perf_counter() - start)]}
                write_safetensors(request["outcome"], step.outcome())
                step.freeze()
            else:
                end = time.perf_counter() + request["seconds"]
                ms = [timed(step.take)]
                while len(ms) < request["times"] and time.perf_counter() < end:
                    ms.append(timed(step.take))
                reply = {"ms": ms}
        except Exception as error:  # the bench prints it
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


main()
