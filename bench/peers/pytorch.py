"""PyTorch's process in the comparison, which participant.ts starts: the training step on the CPU.

Usage: /usr/bin/python3 pytorch.py THREADS
Requests and replies are JSON, one per line; see ../harness/peer.ts. The step is in ../harness/pytorch_step.py.
"""

import ctypes
import json
import os
import re
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from pytorch_step import NAMES, Step  # noqa: E402
from tensor_files import read_tensors, write_tensors  # noqa: E402

# Standard output carries replies; anything that a library prints goes to standard error.
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

def blas():
    """Returns the names of the BLAS library and of its kernels, which decide how fast products are."""
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


def outcome(step, loss, norm):
    """Returns the loss before the step, its gradients before clipping, and the parameters after it."""
    factor = max(1.0, (norm.item() + 1e-6) / step.constants["clipNorm"])
    result = {"loss": loss.reshape(1)}
    for name, parameter in zip(NAMES, step.parameters):
        result["gradient." + name] = parameter.grad * factor
        result["updated." + name] = parameter
    return result


def milliseconds(run):
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
                tensors, _ = read_tensors(request["inputs"])
                job = request["job"]
                start = time.perf_counter()
                step = Step(job, tensors, "cpu", job["constants"]["learningRate"])
                loss, norm = step.take()
                reply = {"ms": [1000 * (time.perf_counter() - start)]}
                write_tensors(request["outcome"], outcome(step, loss, norm))
                step.freeze()
            else:
                end = time.perf_counter() + request["seconds"]
                ms = [milliseconds(step.take)]
                while len(ms) < request["times"] and time.perf_counter() < end:
                    ms.append(milliseconds(step.take))
                reply = {"ms": ms}
        except Exception as error:  # the bench prints the reply
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)


main()
