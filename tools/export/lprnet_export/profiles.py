"""What a checkpoint cannot say: how an image becomes its input and what its classes mean."""

import unicodedata
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Sequence, Tuple

import torch

from . import alphabets
from .errors import ExportError


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

    def preprocess(self) -> Dict[str, Any]:
        return {
            "channel_order": self.channel_order,
            "mean": list(self.mean),
            "scale": list(self.scale),
            "resize": self.resize,
        }

    def decode(self) -> Dict[str, Any]:
        return {"alphabet": list(self.alphabet), "blank": self.blank}


def _profile(name: str, architecture: str, alphabet: Sequence[str], source: str, **changes: Any) -> Profile:
    values: Dict[str, Any] = {
        "blank": len(alphabet) - 1,
        "channel_order": "BGR",
        "mean": (127.5,) * 3,
        "scale": (0.0078125,) * 3,
        "resize": "bilinear",
        "input_size": (94, 24),
        "align_corners": False,
        "license": "none stated",
    }
    values.update(changes)
    return Profile(name=name, architecture=architecture, alphabet=tuple(alphabet), source=source, **values)


_SCALED_TO_ONE = (1.0 / 255.0,) * 3
_SCALED_TO_TWO = (1.0 / 127.5,) * 3

PROFILES: Dict[str, Profile] = {
    profile.name: profile
    for profile in (
        _profile("sirius", "public", alphabets.CHINA_68, "github.com/sirius-ai/LPRNet_Pytorch", license="Apache-2.0"),
        _profile("finetuned", "public", alphabets.CHINA_68, "github.com/Wzzz233/LPRNet_Finetuned"),
        _profile(
            "stnpair",
            "public",
            alphabets.CHINA_68,
            "github.com/xuexingyu24/License_Plate_Detection_Pytorch",
            resize="bicubic",
        ),
        _profile(
            "stninside",
            "stninside",
            alphabets.LATIN_37,
            "github.com/phucnguyenhoank/lprnet-infer",
            channel_order="RGB",
            mean=(0.0,) * 3,
            scale=_SCALED_TO_ONE,
            align_corners=True,
        ),
        _profile(
            "leaky",
            "leaky",
            alphabets.LATIN_37_IO_LAST,
            "github.com/ThinhVan27/LPRNet",
            license="Apache-2.0",
            channel_order="RGB",
            scale=_SCALED_TO_TWO,
            input_size=(100, 40),
        ),
        _profile(
            "small",
            "small",
            alphabets.LATIN_37_IO_LAST,
            "github.com/ThinhVan27/LPRNet",
            license="Apache-2.0",
            channel_order="RGB",
            scale=_SCALED_TO_TWO,
            input_size=(100, 40),
        ),
        _profile(
            "a78",
            "public",
            alphabets.CHINA_78,
            "",
            blank=0,
            mean=(0.588 * 255.0,) * 3,
            scale=(1.0 / (0.193 * 255.0),) * 3,
        ),
    )
}


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


def default_profile(state: Mapping[str, torch.Tensor], with_transformer: bool) -> Profile:
    """The profile that tensor names and class count suggest."""
    architecture = architecture_of(state)
    if architecture == "public":
        if with_transformer:
            return PROFILES["stnpair"]
        return PROFILES["a78" if class_count(state) == len(alphabets.CHINA_78) else "sirius"]
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
