"""From the tensors of a checkpoint to the LPRNet they belong to."""

from typing import Dict, Mapping, Optional, Tuple

import torch
from torch import nn

from .errors import ExportError
from .lprnet_modules import (
    LeakyLPRNet,
    LPRNet,
    LPRNetWithTransformer,
    Pipeline,
    SmallLPRNet,
    SpatialTransformer,
)
from .profiles import architecture_of, channel_count, class_count

State = Mapping[str, torch.Tensor]


def build_network(
    state: State, stn_state: Optional[State], input_size: Tuple[int, int], align_corners: bool, first_padding: int
) -> nn.Module:
    """The module of the checkpoint's architecture, class count and widths, with its weights in it."""
    architecture = architecture_of(state)
    classes = class_count(state)
    widths = _widths(state, architecture)
    channels = channel_count(stn_state or state)
    if first_padding and architecture != "public":
        raise ExportError(f"a padded first layer is known for the public edition, not for '{architecture}'")
    network: nn.Module
    if architecture == "public":
        network = LPRNet(classes, widths, first_padding, channels)
    elif architecture == "stninside":
        network = LPRNetWithTransformer(classes, widths, align_corners, input_size, channels)
    elif architecture == "leaky":
        network = LeakyLPRNet(classes, widths, channels)
    else:
        network = SmallLPRNet(classes, widths, channels)
    load_weights(network, state, "the checkpoint")
    if stn_state is None:
        return network
    if "localization.0.weight" not in stn_state:
        raise ExportError("the --stn checkpoint has no 'localization.0.weight', so it is not a spatial transformer")
    stn = SpatialTransformer(align_corners, int(stn_state["localization.0.weight"].shape[0]), input_size, channels)
    load_weights(stn, stn_state, "the --stn checkpoint")
    return Pipeline(stn, network)


def _widths(state: State, architecture: str) -> Tuple[int, int, int]:
    last = "backbone.7.block.6.weight" if architecture == "small" else "backbone.8.block.6.weight"
    try:
        return tuple(int(state[name].shape[0]) for name in ("backbone.0.weight", "backbone.4.block.6.weight", last))  # type: ignore[return-value]
    except KeyError as missing:
        raise ExportError(f"the checkpoint has no tensor {missing}") from None


def load_weights(network: nn.Module, state: State, what: str) -> None:
    """Puts every tensor in its place; a missing, unknown or misshapen one is an error that names it."""
    own = network.state_dict()
    given: Dict[str, torch.Tensor] = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    for name in own:
        if not name.endswith("num_batches_tracked") and name not in given:
            raise ExportError(f"{what} has no tensor '{name}'")
    for name, tensor in given.items():
        if name not in own:
            raise ExportError(f"{what} has a tensor '{name}' that the network does not")
        if tensor.shape != own[name].shape:
            raise ExportError(
                f"{what}: '{name}' is {list(tensor.shape)}, the network expects {list(own[name].shape)}; "
                "does --input-size fit?"
            )
    network.load_state_dict({**{k: v for k, v in own.items() if k not in given}, **given})
