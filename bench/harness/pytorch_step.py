"""The Matryoshka loss in PyTorch, in the form of the method's published code: block by block.

Each block between two prefix lengths is encoded and decoded by products of its own. Encoding all latents at once
and slicing the [B, N] array would fill a [B, N] of zeros for every prefix in the backward pass.
"""

import torch


def block_sizes(prefixes):
    """The numbers of latents between successive prefix lengths."""
    return [end - begin for begin, end in zip([0, *prefixes], prefixes)]


def matryoshka_loss(parameters, x, prefixes, constants):
    """Mean over prefixes of the squared error, summed over features, and of the log penalty less log ε.

    parameters: encoder [N, d], encoder bias [N], decoder [N, d], decoder bias [d]. x: [B, d].
    """
    encoder, encoder_bias, decoder, decoder_bias = parameters
    sizes = block_sizes(prefixes)
    count, rows = len(prefixes), len(x)
    blocks = zip(encoder.split(sizes), encoder_bias.split(sizes), decoder.split(sizes))
    residual = decoder_bias - x
    squares, penalties = 0.0, 0.0
    for j, (weights, bias, directions) in enumerate(blocks):
        f = torch.relu(torch.addmm(bias, x, weights.t()))
        residual = torch.addmm(residual, f, directions)
        squares = squares + residual.square().sum()
        # A latent's penalty counts once for each prefix that holds it: this one and all later ones.
        norms = directions.norm(dim=1) / constants["logEpsilon"]
        penalties = penalties + (count - j) * torch.log1p(f * norms).sum()
    return (squares + constants["sparsityScale"] * penalties) / (rows * count)
