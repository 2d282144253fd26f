"""The same training step in PyTorch on CUDA: float32 without TF32, dense, timed by CUDA events.

    deno run -A --no-config bench/gpu.ts --export exported --json gpu.json
    python3 bench/gpu/pytorch_cuda.py exported/*.safetensors --json pytorch.json

Written as the method's author does: block by block (../harness/pytorch_step.py), gradients by autograd,
clip_grad_norm_, torch.optim.Adam (fused, where there is that). Nothing is timed whose loss and
gradients are not those in the file, which the WebGPU backend computed.
`--device cpu` tries the script itself; its times are no comparison with a GPU.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from pytorch_step import matryoshka_loss  # noqa: E402

NAMES = ["encoder", "encoderBias", "decoder", "decoderBias"]
WARMUPS, SAMPLES = 20, 30


def read_safetensors(path):
    """The tensors of a file, and the job in its metadata."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    job = json.loads(header.pop("__metadata__")["job"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(data, dtype=torch.float32, offset=begin, count=(end - begin) // 4)
        tensors[name] = flat.reshape(entry["shape"])
    return job, tensors


class Step:
    """One problem and its optimiser."""

    def __init__(self, job, tensors, device):
        self.constants = job["constants"]
        self.prefixes = job["prefixes"]
        self.x = tensors["batch"].to(device)
        self.parameters = [
            tensors[name].to(device, copy=True).requires_grad_() for name in NAMES
        ]
        options = {
            # The parameters stay put, so that every sample times the same work.
            "lr": 0.0,
            "betas": (self.constants["beta1"], self.constants["beta2"]),
            "eps": self.constants["adamEpsilon"],
        }
        try:
            self.optimizer = torch.optim.Adam(self.parameters, fused=True, **options)
            self.kind = "fused Adam"
        except (RuntimeError, TypeError, ValueError):
            self.optimizer = torch.optim.Adam(self.parameters, **options)
            self.kind = "Adam"

    def loss(self):
        return matryoshka_loss(self.parameters, self.x, self.prefixes, self.constants)

    def differentiate(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        return loss

    def take(self):
        self.differentiate()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.constants["clipNorm"])
        self.optimizer.step()


def relative_error(a, b):
    a, b = a.double(), b.double()
    return float((a - b).norm() / b.norm().clamp_min(1e-300))


def gate(step, job, tensors):
    """What was compared, in words; an error if something differs."""
    loss = float(step.differentiate().detach())
    errors = [("loss", abs(loss / job["loss"] - 1), 4e-5)]
    for name, parameter in zip(NAMES, step.parameters):
        expected = tensors["gradient." + name]
        gradient = parameter.grad.cpu()
        stride = -(-len(gradient) // len(expected))
        errors.append(("∂" + name, relative_error(gradient[::stride], expected), job["tolerance"]))
    for name, error, allowed in errors:
        if not error <= allowed:
            raise RuntimeError(f"{name} differs by {error:.1e} > {allowed:.1e}")
    name, error, _ = max(errors, key=lambda each: each[1])
    return f"PyTorch against the package: at most {error:.1e} ({name})"


def timer(device):
    """A function that gives the milliseconds of a call."""
    if device.type != "cuda":

        def by_clock(run):
            start = time.perf_counter()
            run()
            return 1e3 * (time.perf_counter() - start)

        return by_clock

    def by_events(run):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        run()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end)

    return by_events


def compare(path, device, samples):
    job, tensors = read_safetensors(path)
    milliseconds = timer(device)
    start = time.perf_counter()
    step = Step(job, tensors, device)
    step.take()
    if device.type == "cuda":
        torch.cuda.synchronize()
    first = 1e3 * (time.perf_counter() - start)
    passed = gate(step, job, tensors)
    for _ in range(WARMUPS if device.type == "cuda" else 1):
        step.take()
    times = [milliseconds(step.take) for _ in range(samples)]
    ms = statistics.median(times)
    print(f"right  {job['name']}: {passed}")
    print(f"{job['name']}: {ms:.3f} ms a step ({step.kind}), {samples} samples, first {first:.0f} ms")
    return {
        "name": job["name"],
        "shape": job["shape"],
        "density": job["density"],
        "gate": passed,
        "ms": ms,
        "firstMs": first,
        "samples": times,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", help="written by bench/gpu.ts --export")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--json", help="where to write the figures")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    what = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    description = f"PyTorch {torch.__version__}, {what}, float32, TF32 off"
    print(description)
    if device.type != "cuda":
        print("ON THE CPU: this proves that the script runs. Its times are no comparison.")
    comparisons, failures = [], 0
    for path in arguments.files:
        try:
            comparisons.append(compare(path, device, arguments.samples))
        except RuntimeError as error:  # wrong numbers, or out of memory
            print(f"FAILED {path}: {error}", file=sys.stderr)
            failures += 1
    if arguments.json:
        results = {
            "kind": "pytorch",
            "description": description,
            "cuda": device.type == "cuda",
            "comparisons": comparisons,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    sys.exit(1 if failures else 0)


main()
