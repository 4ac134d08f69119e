"""What a checkpoint cannot say: how an image becomes its input and what its classes mean."""

from __future__ import annotations

import dataclasses
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Tuple

from . import alphabets
from .errors import ExportError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Profile:
    """One kind of checkpoint. `architecture` names a builder of lprnet_modules.py."""

    name: str
    architecture: str
    alphabet: Tuple[str, ...]
    blank: int
    channel_order: str
    mean: Tuple[float, ...]
    scale: Tuple[float, ...]
    resize: str
    input_size: Tuple[int, int]  # width, height
    align_corners: bool
    source: str
    license: str
    letterbox: Optional[Tuple[float, ...]] = None  # the border's colour; none: pictures fill the input

    def preprocess(self) -> Dict[str, Any]:
        said: Dict[str, Any] = {
            "channel_order": self.channel_order,
            "mean": list(self.mean),
            "scale": list(self.scale),
            "resize": self.resize,
        }
        if self.letterbox is not None:
            said["letterbox"] = list(self.letterbox)
        return said

    def decode(self) -> Dict[str, Any]:
        return {"alphabet": list(self.alphabet), "blank": self.blank}


def _profile(entry: Mapping[str, Any]) -> Profile:
    tokens, blank = alphabets.KNOWN[entry["alphabet"]]
    preprocess = entry["preprocess"]
    return Profile(
        name=entry["name"],
        architecture=entry["architecture"],
        alphabet=tuple(tokens),
        blank=blank,
        channel_order=preprocess["channel_order"],
        mean=tuple(preprocess["mean"]),
        scale=tuple(preprocess["scale"]),
        resize=preprocess["resize"],
        input_size=(entry["input_width"], entry["input_height"]),
        align_corners=entry["align_corners"],
        source=entry["source"],
        license=entry["license"],
    )


PROFILES: Dict[str, Profile] = {entry["name"]: _profile(entry) for entry in alphabets.published("profiles")}


def architecture_of(state: Mapping[str, torch.Tensor]) -> str:
    """The architecture that these tensor names belong to."""
    names = set(state)
    if "backbone.0.weight" not in names:
        first = ", ".join(sorted(names)[:4])
        raise ExportError(
            f"these are not the weights of a known LPRNet (no 'backbone.0.weight'; there is {first}); "
            "export_module.py exports any network from its Python source"
        )
    if any(name.startswith("localization.") for name in names):
        return "stninside"
    if "gammas.0" in names:
        return "leaky"
    if "backbone.18.weight" in names and "container.0.weight" not in names:
        return "small"
    if "backbone.20.weight" in names and "container.0.weight" in names:
        return "public"
    raise ExportError(
        "the weights begin like an LPRNet's, but neither 'backbone.20' with 'container.0' nor 'backbone.18' is there; "
        "export_module.py exports any network from its Python source"
    )


def class_count(state: Mapping[str, torch.Tensor]) -> int:
    for name in ("container.0.weight", "backbone.18.weight"):
        if name in state:
            return int(state[name].shape[0])
    raise ExportError("no tensor tells the number of classes (container.0.weight)")


def channel_count(state: Mapping[str, torch.Tensor]) -> int:
    """Of the picture that the network (or the transformer before it) takes: 3, or 1 for a grey one."""
    first = "localization.0.weight" if "localization.0.weight" in state else "backbone.0.weight"
    weight = state.get(first)
    channels = int(weight.shape[1]) if weight is not None and weight.dim() == 4 else 3
    if channels not in (1, 3):
        raise ExportError(f"'{first}' has {channels} input channels, expected 3, or 1 for grey pictures")
    return channels


def with_channels(profile: Profile, channels: int) -> Profile:
    """The profile for a picture of so many channels; none of the published ones is grey."""
    if channels == 3:
        return profile
    return dataclasses.replace(profile, channel_order="GRAY", mean=profile.mean[:1], scale=profile.scale[:1])


def default_profile(state: Mapping[str, torch.Tensor], with_transformer: bool) -> Profile:
    """The profile that tensor names and class count suggest."""
    architecture = architecture_of(state)
    if architecture == "public":
        if with_transformer:
            return PROFILES["stnpair"]
        return PROFILES["a78" if class_count(state) == len(PROFILES["a78"].alphabet) else "sirius"]
    return PROFILES[architecture]


def alphabet_fits(alphabet: Sequence[str], blank: int, classes: int) -> bool:
    """A token for every class; a blank that is the last class may be left out."""
    return len(alphabet) == classes or (len(alphabet) == classes - 1 and blank == classes - 1)


def check_alphabet(profile_name: str, alphabet: Sequence[str], blank: int, classes: int) -> None:
    if not alphabet_fits(alphabet, blank, classes):
        raise ExportError(
            f"the network has {classes} classes and the alphabet {len(alphabet)} tokens (profile '{profile_name}'); "
            "give the right one with --profile or --alphabet"
        )
    if not 0 <= blank < classes:
        raise ExportError(f"the blank is class {blank}, but the classes are 0 to {classes - 1}")
    for token in alphabet:
        if len(token.encode("utf-8")) > 64:
            raise ExportError(f"the token '{token[:20]}…' is longer than 64 bytes")
        if any(unicodedata.category(character) == "Cc" for character in token):
            raise ExportError(f"the token {token!r} holds a control character")
