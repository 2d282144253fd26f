"""The training step in PyTorch, in the form of the method's published code: block by block.

Each block of latents between two prefix lengths is encoded and decoded by products of its own. Encoding all
latents at once and slicing the [B, N] array would fill a [B, N] of zeros for every prefix in the backward pass.
"""

import torch

NAMES = ["encoder", "encoderBias", "decoder", "decoderBias"]


def matryoshka_loss(parameters, x, prefixes, constants, active=None):
    """Returns the mean over prefixes of the squared error, summed over features, plus the log penalty.

    parameters: encoder [N, d], encoder bias [N], decoder [N, d], decoder bias [d]. x: [B, d].
    active: a list that receives the number of active latents of each block, by which training steers.
    """
    encoder, encoder_bias, decoder, decoder_bias = parameters
    sizes = [end - begin for begin, end in zip([0, *prefixes], prefixes)]
    count, rows = len(prefixes), len(x)
    blocks = zip(encoder.split(sizes), encoder_bias.split(sizes), decoder.split(sizes))
    residual = decoder_bias - x
    squares, penalties = 0.0, 0.0
    for j, (weights, bias, directions) in enumerate(blocks):
        f = torch.relu(torch.addmm(bias, x, weights.t()))
        if active is not None:
            active.append(torch.count_nonzero(f.detach()))
        residual = torch.addmm(residual, f, directions)
        squares = squares + residual.square().sum()
        # A latent's penalty counts once for each prefix that contains it: this one and all later ones.
        norms = directions.norm(dim=1) / constants["logEpsilon"]
        penalties = penalties + (count - j) * torch.log1p(f * norms).sum()
    return (squares + constants["sparsityScale"] * penalties) / (rows * count)


class Step:
    """One problem with its parameters and optimiser: autograd, clip_grad_norm_, torch.optim.Adam."""

    def __init__(self, job, tensors, device, learning_rate):
        self.constants = job["constants"]
        self.prefixes = job["prefixes"]
        self.x = tensors["batch"].to(device)
        self.parameters = [tensors[name].to(device, copy=True).requires_grad_() for name in NAMES]
        options = {
            "lr": learning_rate,
            "betas": (self.constants["beta1"], self.constants["beta2"]),
            "eps": self.constants["adamEpsilon"],
        }
        try:
            self.optimizer = torch.optim.Adam(self.parameters, fused=True, **options)
            self.kind = "fused Adam"
        except (RuntimeError, TypeError, ValueError):  # older versions, or CPUs, have none
            self.optimizer = torch.optim.Adam(self.parameters, **options)
            self.kind = "Adam"

    def differentiate(self):
        """Returns the loss, and leaves its gradients in the parameters."""
        self.optimizer.zero_grad(set_to_none=True)
        loss = matryoshka_loss(self.parameters, self.x, self.prefixes, self.constants)
        loss.backward()
        return loss.detach()

    def take(self):
        """Takes a step. Returns the loss before it, and the gradients' norm before clipping."""
        loss = self.differentiate()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.constants["clipNorm"])
        self.optimizer.step()
        return loss, norm

    def freeze(self):
        """Sets the learning rate to 0: the parameters stay put, so every sample times the same work."""
        for group in self.optimizer.param_groups:
            group["lr"] = 0.0
