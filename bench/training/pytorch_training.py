"""Trains as README's training command does, in PyTorch on the CPU, in the form of the method's published code.

Usage: /usr/bin/python3 pytorch_training.py JOB.json, where the job names the data, the sizes and the file of results.
The step is in ../harness/pytorch_step.py; schedules, scaling and the controller are the trainer's defaults.
"""

import json
import math
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "harness"))
from pytorch_step import matryoshka_loss  # noqa: E402
from tensor_files import read_tensors  # noqa: E402

with open(sys.argv[1]) as file:
    job = json.load(file)
torch.set_num_threads(job["threads"])
torch.manual_seed(0)
STEPS, B, N, P = job["steps"], job["batch"], job["latents"], job["prefixes"]
RATE, TARGET, LEARNING_RATE = 5 / STEPS, job["targetL0"], 0.003
WARMUP, DECAY_START = min(100, STEPS // 10), 0.8 * STEPS

(activations,) = [each for each in read_tensors(job["data"])[0].values() if each.dim() == 2]
rows, held_out = activations[: job["rows"]], activations[job["rows"] :].float()
d = rows.shape[1]

encoder = torch.randn(N, d) / math.sqrt(d)
decoder = 0.1 * encoder / encoder.norm(dim=1, keepdim=True)
parameters = [each.requires_grad_() for each in (encoder, torch.zeros(N), decoder, torch.zeros(d))]
optimizer = torch.optim.Adam(parameters, betas=(0.5, 0.9375))


def batches():
    """Yields random batches without end, pass after pass."""
    while True:
        order = torch.randperm(len(rows))
        for begin in range(0, len(rows) - B + 1, B):
            yield rows[order[begin : begin + B]].float()


def drawn_prefixes():
    """Draws P - 1 distinct lengths by the truncated Pareto law, and adds N."""
    lengths = {N}
    while len(lengths) < P:
        lengths.add(math.ceil((N - 1) * (1 - torch.rand(()).item()) ** 2))
    return sorted(lengths)


def learning_rate(step):
    if step < WARMUP:
        return LEARNING_RATE * step / WARMUP
    return LEARNING_RATE * (1 - 0.9 * max(step - DECAY_START, 0) / (STEPS - DECAY_START + 0.01))


def evaluate(scale):
    """Returns FVU and L0 on the rows held out."""
    with torch.no_grad():
        x = held_out * scale
        f = torch.relu(x @ encoder.t() + parameters[1])
        error = (f @ decoder + parameters[3] - x).square().sum()
        variance = (x - x.mean(dim=0)).square().sum()
        return (error / variance).item(), torch.count_nonzero(f).item() / len(x)


running, scale, coefficient = 0.0, 1.0, 0.2
start = time.perf_counter()
for step, x in zip(range(STEPS), batches()):
    running = 0.99 * running + 0.01 * x.norm(dim=1).mean().item()
    scale = math.sqrt(d) * (1 - 0.99 ** (step + 1)) / running
    active = []
    constants = {"logEpsilon": 0.1, "sparsityScale": coefficient * min((step + 1) / (0.2 * STEPS), 1)}
    optimizer.zero_grad(set_to_none=True)
    loss = matryoshka_loss(parameters, x * scale, drawn_prefixes(), constants, active)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    for group in optimizer.param_groups:
        group["lr"] = learning_rate(step)
    optimizer.step()
    l0 = sum(count.item() for count in active) / B
    if step > 0.2 * STEPS:
        coefficient *= 1 + RATE if l0 > TARGET else 1 - RATE
seconds = time.perf_counter() - start
fvu, l0 = evaluate(scale)
with open(job["results"], "w") as file:
    json.dump({"seconds": seconds, "fvu": fvu, "l0": l0, "version": torch.__version__}, file)
