"""Goes on with a trained reader: crops as users cut them, more kinds of plates, their kind, and what is no plate.

    train_on.py --start ../../models/lprnet-cn.safetensors --out RUN --parts looks --loose POOL --real POOL --no-plate FOLDER --scenes SCENES
    train_on.py --start RUN/best.pth --out RUN2 --parts all ...

The same command goes on where a run was stopped. RUN/last.pth is written every few minutes, RUN/best.pth holds the averaged
network that did best on what is kept for choosing, RUN/log.csv has one line for each round. Pools may be patterns
('pools/loose*'): a run that is started again takes what was drawn since.

`--parts looks` trains only what finds the plate, from its corners, at a sixth of the cost; `reader` all but that.
One process trains in one thread and another makes the batches.
"""

import argparse
import csv
import glob
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader

from alphabet import CHINESE, Alphabet
from augment import plain
from batches import to_input
from checkpoint import load_network, save_network
from crops import held_out
from cuts import any_box, cut
from loose import LoosePool, read_loose_pool
from mixture import Mixed, Mixture, NoPlates
from network import KINDS, PlateReader, count_macs
from scenes import Scenes
from start import grow
from train import STRAIGHT, Average, rate, straightening

FIRST_STRAIGHT = 0.85
"""Where the first look should put the plate's edges: rougher, so more around it."""
ORDINARY = 7
"""A text's loss is divided by its length, that of an empty one by this."""
COARSE, LINES, KIND = (20, 40, 64, 64), 16, 32


def away(theta: Tensor, corners: Tensor, straight: float) -> Tensor:
    """[N] how far a map is from the one that straightens the plate, in shares of the plate's own size."""
    wanted = straightening(corners, straight)
    unit = wanted[:, :, :2].abs().sum(2, keepdim=True).clamp_min(0.05)
    return F.smooth_l1_loss(theta / unit, wanted / unit, beta=0.05, reduction="none").mean((1, 2))


MISSED = 0.12
"""A plate that the looks miss by so much of its size is cut out by its corners, when only the reader is trained."""


def losses(network: PlateReader, batch: Mixed, alphabet: Alphabet, parts: str) -> dict[str, Tensor]:
    inputs = batch.pictures()
    known = (batch.lines > 0).float()
    two = (batch.lines == 2).float()
    found: dict[str, Tensor] = {}
    with torch.set_grad_enabled(parts != "reader"):
        theta, first, lines = network.stn.find(inputs)
    if parts != "reader":
        found["corners"] = (away(theta, batch.corners, STRAIGHT) * batch.sure).mean()
        if first is not None:
            found["first"] = (away(first, batch.corners, FIRST_STRAIGHT) * batch.sure).mean()
        if lines is not None:
            found["lines"] = (F.binary_cross_entropy_with_logits(lines[:, 0], two, reduction="none") * known).sum() / known.sum().clamp_min(1)
    if parts == "looks":
        return found
    if parts == "reader":
        missed = (away(theta, batch.corners, STRAIGHT) > MISSED) & (batch.sure > 0.0)
        theta = torch.where(missed[:, None, None], straightening(batch.corners), theta)
    if lines is not None:  # what is no plate has as many lines as the gate says
        two = torch.where(known > 0.0, two, (lines[:, 0].detach() > 0.0).float())
    plate = network.stn.cut(inputs, theta, two[:, None] if lines is not None else None).contiguous(memory_format=torch.channels_last)
    logits, wide = network.lprnet.read(plate)
    steps = logits.permute(2, 0, 1).log_softmax(2)
    lasts = torch.full((len(inputs),), network.shape.steps, dtype=torch.long)
    each = F.ctc_loss(steps, batch.targets, lasts, batch.lengths, alphabet.blank, reduction="none", zero_infinity=True)
    found["text"] = (each / torch.where(batch.lengths == 0, ORDINARY, batch.lengths)).mean()
    if network.shape.kinds > 0:
        found["kinds"] = F.cross_entropy(network.kind(plate, wide), batch.kinds)
    return found


@dataclass
class Chosen:
    """Pictures kept for choosing: name of the set, pictures, texts, kinds, lines, corners."""

    name: str
    inputs: np.ndarray
    texts: list[str]
    kinds: list[str]
    lines: list[int]
    corners: np.ndarray


def validation(options: argparse.Namespace, picture: tuple[int, int]) -> list[Chosen]:
    """Drawn plates and held-out real ones, cut plainly and in every way, and what is no plate; always the same."""
    sets = []

    def add(name: str, pools: list[LoosePool], real: bool, ways: bool, most: int) -> None:
        plates = [(pool, i) for pool in pools for i in range(len(pool)) if not real or held_out(pool.plates[i][0])]
        order = np.random.default_rng(5).permutation(len(plates))[:most]
        images, corners, named = [], [], []
        for index in order:
            rng = np.random.default_rng((77, int(index), ways))
            plate = plates[index][0][plates[index][1]]
            if ways:
                image, at = cut(rng, plate.image, plate.corners, picture, any_box(rng), False)
            else:
                rows, columns = plate.image.shape[:2]
                image, at = plain(plate.image, picture), plate.corners / np.array([columns, rows], np.float32)
            images.append(image)
            corners.append(at)
            named.append(plate)
        if images:
            sets.append(Chosen(name, np.stack(images), [p.text for p in named], [p.colour for p in named], [p.lines for p in named], np.stack(corners)))

    real = read_all_pools(options.real)
    tight = [pool for folder, pool in real if folder.endswith("tight")]
    loose = [pool for folder, pool in real if folder.endswith("scene")]
    add("drawn", [read_loose_pool(options.validation)], False, True, options.most)
    add("crops", tight, True, False, options.most)
    add("real", loose, True, True, options.most)
    nothing = NoPlates(options.no_plate, Scenes(options.scenes, held_out=True), kept=True)
    pool = read_loose_pool(options.validation)
    images = []
    for index in range(options.most // 2):
        rng = np.random.default_rng((78, index))
        images.append(nothing.take(rng, picture, lambda rng=rng: pool[int(rng.integers(len(pool)))]))
    sets.append(Chosen("nothing", np.stack(images), [""] * len(images), ["none"] * len(images), [0] * len(images), np.zeros((len(images), 4, 2), np.float32)))
    return sets


@torch.no_grad()
def judge(network: PlateReader, alphabet: Alphabet, chosen: Chosen, batch: int = 64) -> dict[str, float]:
    """Shares right of texts, kinds and lines, and the corners' mean distance; of what is no plate, shares of texts over 0.5 sure."""
    network.eval()
    right = kinds = lines = sure = 0
    apart = 0.0
    for start in range(0, len(chosen.texts), batch):
        part = slice(start, start + batch)
        answer = network.answer(to_input(chosen.inputs[part]))
        probabilities, classes = answer.logits.softmax(1).max(1)
        for p, c, text in zip(probabilities, classes.tolist(), chosen.texts[part], strict=True):
            read = alphabet.decode(c)
            right += read == text
            sure += bool(read) and float(p.prod()) > 0.5
        if answer.kinds is not None:
            kinds += sum(KINDS[k] == kind for k, kind in zip(answer.kinds.argmax(1).tolist(), chosen.kinds[part], strict=True))
        if answer.lines is not None:
            lines += sum((2 if v > 0 else 1) == n for v, n in zip(answer.lines[:, 0].tolist(), chosen.lines[part], strict=True))
        apart += float(away(answer.theta, torch.from_numpy(chosen.corners[part]).float(), STRAIGHT).sum()) if chosen.lines[start] else 0.0
    count = len(chosen.texts)
    found = {"text": right / count, "kinds": kinds / count, "lines": lines / count, "apart": apart / count}
    return {"empty": right / count, "sure": sure / count, "kinds": kinds / count} if chosen.name == "nothing" else found


def read_all_pools(patterns: list[str]) -> list[tuple[str, LoosePool]]:
    folders = sorted({folder for pattern in patterns for folder in glob.glob(pattern)})
    return [(folder, read_loose_pool(Path(folder))) for folder in folders if (Path(folder) / "plates.json").exists()]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--start", type=Path, required=True, help="model file or checkpoint to go on from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--parts", choices=("looks", "reader", "all"), default="all")
    parser.add_argument("--still", action="append", default=[], help="beginning of the names of weights that are not trained")
    parser.add_argument("--loose", action="append", required=True, help="pool of drawn plates (synthesise.py loose), or a pattern of pools")
    parser.add_argument("--real", action="append", default=[], help="pool of real plates (real_pool.py), or a pattern; a tenth is held out")
    parser.add_argument("--validation", type=Path, required=True, help="pool of drawn plates to choose by")
    parser.add_argument("--no-plate", type=Path, required=True, help="folder of pictures that show no plate; a tenth is held out")
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--most", type=int, default=1000, help="plates of each set to choose by")
    parser.add_argument("--plates-seen", type=int, default=400_000)
    parser.add_argument("--round", type=int, default=20_000, help="plates between two validations")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--part-batch", type=int, default=32, help="plates for which gradients are added up at a time")
    parser.add_argument("--real-share", type=float, default=0.3)
    parser.add_argument("--no-plate-share", type=float, default=0.15)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--corner-weight", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-minutes", type=float, default=3.0)
    return parser.parse_args()


def parts_of(batch: Mixed, size: int) -> list[Mixed]:
    """Its parts, the last one smaller when it does not come out even."""
    ends = np.concatenate([[0], batch.lengths.cumsum(0).numpy()])
    parts = []
    for start in range(0, len(batch.lengths), size):
        end = min(start + size, len(batch.lengths))
        rows = slice(start, end)
        texts = batch.targets[ends[start] : ends[end]]
        parts.append(
            Mixed(
                batch.inputs[rows], texts, batch.lengths[rows], batch.corners[rows], batch.sure[rows], batch.lines[rows], batch.kinds[rows]
            )
        )
    return parts


def starting(options: argparse.Namespace) -> PlateReader:
    network, alphabet, shape = load_network(options.start)
    if not isinstance(network, PlateReader):
        raise ValueError(f"{options.start}: a reader without a transformer; train.py trains those")
    if alphabet.tokens != CHINESE.tokens or shape.coarse is None:
        network = grow(network, alphabet, shape, CHINESE, replace(shape, coarse=COARSE, lines=LINES, kinds=KIND))
    return network


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(0)  # its threads would not survive the fork of the process that makes batches
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    alphabet = CHINESE
    network = starting(options).to(memory_format=torch.channels_last)
    shape = network.shape
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    for name, parameter in network.named_parameters():
        looks = name.startswith("stn.")
        still = (options.parts == "looks" and not looks) or (options.parts == "reader" and looks) or name.startswith(tuple(options.still))
        parameter.requires_grad_(parameter.requires_grad and not still)
    trained = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": [p for p in trained if p.dim() > 1], "weight_decay": 1e-4}, {"params": [p for p in trained if p.dim() <= 1], "weight_decay": 0.0}],
        lr=options.rate,
    )  # fmt: skip
    average = Average(network, 0.999 if options.parts != "looks" else 0.998)
    step, best = 0, -1.0
    steps, each = options.plates_seen // options.batch, max(options.round // options.batch, 1)
    last = options.out / "last.pth"
    if last.exists():
        saved = torch.load(last, map_location="cpu", weights_only=True)
        network.load_state_dict(saved["network"])
        average.network.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, best = saved["step"], saved["best"]
        if step >= steps:
            print(f"{options.out}: done")
            return

    def save() -> None:
        beside = last.with_suffix(f".partial.{os.getpid()}")
        torch.save(
            {
                "network": network.state_dict(), "average": average.network.state_dict(), "optimiser": optimiser.state_dict(),
                "step": step, "best": best,
            },
            beside,
        )  # fmt: skip
        beside.replace(last)

    drawn, real = read_all_pools(options.loose), read_all_pools(options.real)
    nothing = NoPlates(options.no_plate, Scenes(options.scenes), kept=False) if options.parts != "looks" else None
    mixture = Mixture(
        alphabet, [p for _, p in drawn], [p for _, p in real], nothing, shape.picture, options.batch, options.real_share,
        options.no_plate_share if nothing is not None else 0.0, options.seed, step,
    )  # fmt: skip
    chosen = validation(options, shape.picture)
    print(f"{count_macs(network) / 1e6:.1f} MMAC, {sum(len(p) for _, p in drawn)} drawn plates, {sum(len(p) for _, p in real)} real ones,", flush=True)
    print("choosing by " + ", ".join(f"{len(c.texts)} {c.name}" for c in chosen), flush=True)

    def rounded() -> None:
        nonlocal best
        columns: dict[str, float] = {"plates": step * options.batch, "rate": optimiser.param_groups[0]["lr"]}
        for each in chosen:
            columns |= {f"{each.name} {k}": v for k, v in judge(average.network, alphabet, each).items()}
        # A read plate is worth as much of each set; what looks alone can win is where the corners are.
        score = columns["drawn text"] + columns.get("crops text", 0.0) + columns.get("real text", 0.0) + 0.5 * columns["nothing empty"]
        columns["score"] = score if options.parts != "looks" else score - columns["drawn apart"]
        print("  ".join(f"{k} {v:.5g}" for k, v in columns.items()), flush=True)
        log = options.out / "log.csv"
        fresh = not log.exists()
        with log.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(columns)
            writer.writerow([f"{v:.6g}" for v in columns.values()])
        if columns["score"] >= best:
            best = columns["score"]
            save_network(options.out / "best.pth", average.network, shape, alphabet, {k: v for k, v in columns.items()})

    if step == 0:
        rounded()
    weights = {"text": 1.0, "kinds": 0.2, "corners": options.corner_weight, "first": options.corner_weight, "lines": 0.3}
    sums: dict[str, float] = {}
    began, told, kept, since = step, time.monotonic(), time.monotonic(), time.monotonic()
    batches = iter(DataLoader(mixture, batch_size=None, num_workers=1, prefetch_factor=8))
    while step < steps:
        network.eval()  # BatchNorm keeps its statistics, which makes gradients of parts of a batch add up
        now = options.rate * rate(step / steps)
        for group in optimiser.param_groups:
            group["lr"] = now
        optimiser.zero_grad(set_to_none=True)
        for part in parts_of(next(batches), options.part_batch):
            found = losses(network, part, alphabet, options.parts)
            share = len(part.lengths) / options.batch
            (sum(weights[name] * value for name, value in found.items()) * share).backward()
            for name, value in found.items():
                sums[name] = sums.get(name, 0.0) + value.item() * share
        nn.utils.clip_grad_norm_(trained, 5.0)
        optimiser.step()
        average.update(network, step)
        step += 1
        if time.monotonic() - told > 30.0 or step == steps:
            told = time.monotonic()
            speed = (step - began) * options.batch / (told - since)
            left = (steps - step) * options.batch / speed
            means = "  ".join(f"{name} {value / max(step - began, 1):.4f}" for name, value in sums.items())
            print(f"{step * options.batch}/{options.plates_seen}  {speed:.1f}/s  {left / 3600:.2f} h left  {means}", flush=True)
        if step % each == 0 or step == steps:
            rounded()
            save()
            kept = time.monotonic()
            began, since, sums = step, time.monotonic(), {}
        elif time.monotonic() - kept > options.save_minutes * 60:
            save()
            kept = time.monotonic()


if __name__ == "__main__":
    main()
