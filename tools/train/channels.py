"""Which channels of a reader belong together, for commands that take some away or add some."""

import math
from dataclasses import dataclass, replace

from network import Shape


@dataclass(frozen=True)
class Group:
    """Channels that live and die together: who makes them, what is behind them, who reads them, from which place."""

    producer: str
    norm: str | None
    gate: str
    consumers: tuple[tuple[str, int], ...]
    cells: int = 1
    """Inputs of a consumer that belong to one channel; more than one behind a flatten."""


def groups(shape: Shape) -> dict[str, Group]:
    """By field of `Shape`; inner layers are `inner_1.0` and so on."""
    if shape.keep_1 != 1 or shape.keep_2 != 1:
        raise ValueError("a network that drops channels while pooling cannot lose others: their places matter")
    found = {
        "stem": Group("backbone.0", "backbone.1", "backbone.2", (("backbone.4.block.0", 0), ("container.0", 0))),
        "block_1": Group("backbone.4.block.6", "backbone.5", "backbone.6", (("backbone.8.block.0", 0), ("container.0", shape.stem))),
        "block_2": Group("backbone.8.block.6", "backbone.9", "backbone.10", (("backbone.11.block.0", 0),)),
        "block_3": Group(
            "backbone.11.block.6", "backbone.12", "backbone.13", (("backbone.16", 0), ("container.0", shape.stem + shape.block_1))
        ),
        "wide": Group("backbone.16", "backbone.17", "backbone.18", (("backbone.20", 0),)),
    }
    for name, block in (("inner_1", "backbone.4.block"), ("inner_2", "backbone.8.block"), ("inner_3", "backbone.11.block")):
        for i in range(3):
            found[f"{name}.{i}"] = Group(f"{block}.{2 * i}", None, f"{block}.{2 * i + 1}", ((f"{block}.{2 * i + 2}", 0),))
    if shape.stn is not None:
        found = {
            key: Group(
                f"lprnet.{g.producer}",
                f"lprnet.{g.norm}" if g.norm else None,
                f"lprnet.{g.gate}",
                tuple((f"lprnet.{name}", at) for name, at in g.consumers),
            )
            for key, g in found.items()
        }
        found["stn.0"] = Group("stn.localization.0", None, "stn.localization.2", (("stn.localization.3", 0),))
        found["stn.1"] = Group("stn.localization.3", None, "stn.localization.5", (("stn.fc_loc.0", 0),), cells=math.prod(shape.looked))
        found["stn.2"] = Group("stn.fc_loc.0", None, "stn.fc_loc.1", (("stn.fc_loc.2", 0),))
    return found


def changed(shape: Shape, text: str) -> Shape:
    """With other channels or sizes in some places: `stem=32,inner_1=16/16/8`."""
    changes: dict[str, int | tuple[int, ...]] = {}
    for item in filter(None, text.split(",")):
        field, _, value = item.partition("=")
        if field not in shape.to_dict():
            raise ValueError(f"a shape has no '{field}', only {', '.join(shape.to_dict())}")
        numbers = tuple(int(v) for v in value.split("/"))
        changes[field] = numbers if len(numbers) > 1 else numbers[0]
    return replace(shape, **changes)  # type: ignore[arg-type]
