"""The same training step in PyTorch on CUDA: float32 without TF32, dense, timed by CUDA events.

    deno run -A --no-config bench/gpu.ts --export exported --json gpu.json
    python3 bench/gpu/pytorch_cuda.py exported/*.safetensors --json pytorch.json

The step is in ../harness/pytorch_step.py. Nothing is timed whose loss and gradients differ from those in the
file, which the WebGPU backend computed.
`--device cpu` tries the script itself; its times say nothing about a GPU.
"""

import argparse
import datetime
import json
import os
import statistics
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from pytorch_step import NAMES, Step  # noqa: E402
from tensor_files import read_tensors  # noqa: E402

WARMUPS, SAMPLES = 20, 30


def relative_error(a, b):
    a, b = a.double(), b.double()
    return float((a - b).norm() / b.norm().clamp_min(1e-300))


def gate(step, job, tensors):
    """Compares loss and gradients with those in the file. Returns the worst error in words, or raises."""
    loss = float(step.differentiate())
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
    """Returns a function that measures the milliseconds of a call."""
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
    """Gates and times the step of one file."""
    tensors, metadata = read_tensors(path)
    job = json.loads(metadata["job"])
    milliseconds = timer(device)
    start = time.perf_counter()
    step = Step(job, tensors, device, learning_rate=0.0)
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
    parser.add_argument("--json", help="where to write the results")
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
            "environment": {"date": datetime.date.today().isoformat()},
            "description": description,
            "cuda": device.type == "cuda",
            "comparisons": comparisons,
        }
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    sys.exit(1 if failures else 0)


main()
