"""Fold batch norms into the preceding convolutions."""

from __future__ import annotations

from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights


def fold_norms(module: nn.Module) -> None:
    """Fold a network's batch norms in place: the same output up to rounding, saving one pass over the maps per norm.

    A norm is folded if it was registered right after a convolution; it must then directly consume the convolution's
    output, as in all networks of this package. Nothing else is changed.

    Args:
        module: network with its weights loaded; afterwards for evaluation only: it can no longer be trained or load
            weights.
    """
    for (_, before), (name, norm) in pairwise(list(module.named_children())):
        if isinstance(before, (nn.Conv2d, nn.ConvTranspose2d)) and isinstance(norm, nn.BatchNorm2d):
            assert norm.running_mean is not None and norm.running_var is not None
            before.weight, before.bias = fuse_conv_bn_weights(
                before.weight, before.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias,
                transpose=isinstance(before, nn.ConvTranspose2d),
            )  # fmt: skip
            setattr(module, name, nn.Identity())
    for child in module.children():
        fold_norms(child)
