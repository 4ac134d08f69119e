"""Trains the detector; everything it writes goes to one folder, from which it also resumes.

    python -m detect.train --scenes SCENES --plates PLATES --out RUN [--samples 800000]

SCENES holds `cars`, `dashcam`, `ccpd` and their marks, PLATES `glyphs`, `blanks` and, if there, `easypr-train/no-plate`.
RUN/last.pth resumes the run, RUN/best.pth is the averaged network that did best on the held-out fifth, RUN/log.csv has
one line for each round. A second process makes the samples; RUN/samples-* keeps them.
"""

import argparse
import csv
import math
import multiprocessing
import os
import time
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from detect.clutter import Clutter
from detect.compose import Composer, Sample
from detect.decode import LEAST, MEAN, SCALE, decode
from detect.measure import Tally, as_input, finder, reduction
from detect.network import Detector, Shape, count_macs
from detect.plates import Plates
from detect.reservoir import Drawn, Reservoir
from detect.scenes import TRAINING, Scene, hold_out, read_scenes
from detect.targets import Losses, centres, loss_of, target_of
from train import Average

SHARES = {"cars": 0.4, "dashcam": 0.25, "ccpd": 0.35}
SIZES = ((320, 256, 8, 2500), (576, 352, 3, 600))
"""Columns, rows, batch, samples kept; every fifth batch is of the second size."""

FRESH = 0.3
"""New samples for each one seen."""

TRUSTED_FROM = 20_000
"""Samples after which the network may doubt that nothing is unmarked."""

VALIDATION = (640, 384, 120)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", type=Path, required=True)
    parser.add_argument("--plates", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=800_000, help="seen in all; the rate falls to its end over them")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--round", type=int, default=10_000, help="samples between two measurements")
    parser.add_argument("--minutes", type=float, default=4.0, help="between two savings")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to start from, when the folder is new")
    return parser.parse_args()


def scenes_of(folder: Path) -> list[Scene]:
    scenes = []
    for source in TRAINING:
        of_source = read_scenes(folder, source)
        hold_out(of_source)
        scenes += of_source
    return scenes


def composer_of(options: argparse.Namespace, scenes: list[Scene]) -> Composer:
    pieces = options.plates / "easypr-train" / "no-plate"
    return Composer(scenes, SHARES, Plates(options.plates), Clutter(pieces if pieces.is_dir() else None))


def reservoirs(out: Path) -> list[Reservoir]:
    return [Reservoir(out / f"samples-{columns}x{rows}", (columns, rows), count) for columns, rows, _, count in SIZES]


def produce(options: argparse.Namespace, parent: int) -> None:
    """Makes samples until the trainer is gone."""
    cv2.setNumThreads(1)
    composer = composer_of(options, [s for s in scenes_of(options.scenes) if not s.held_out])
    stores = reservoirs(options.out)
    while os.getppid() == parent:
        behind = [s.made - max(s.count // 2, FRESH * s.drawn) for s in stores]
        if min(behind) >= 0:
            time.sleep(0.5)  # fresh enough: the processor is better used by the trainer
            continue
        store = stores[int(np.argmin([s.made / (s.count // 2 + FRESH * s.drawn) for s in stores]))]
        rng = np.random.default_rng((options.seed, store.size[0], store.made))
        store.put(composer.sample(rng, store.size))


def validation_of(options: argparse.Namespace, scenes: list[Scene]) -> list[Sample]:
    """Composed of held-out photographs, the same ones at every start."""
    composer = composer_of(options, [s for s in scenes if s.held_out])
    columns, rows, count = VALIDATION
    return [composer.sample(np.random.default_rng((97, index)), (columns, rows)) for index in range(count)]


@torch.no_grad()
def measure(network: Detector, scenes: list[Scene], composed: list[Sample]) -> dict[str, float]:
    """On held-out photographs (upright boxes but for ccpd), and on composed pictures."""
    tallies = {source: Tally(boxes=source != "ccpd") for source in TRAINING}
    find = finder(network, LEAST, second=False)
    for scene in scenes:
        tallies[scene.source].add(scene.name, scene.quads, find(scene.image), reduction(scene.image), unsure=list(scene.unmarked))
    drawn = Tally()
    for index, sample in enumerate(composed):
        rows, columns = sample.image.shape[:2]
        found = decode(network(as_input(sample.image)[None])[0].float().numpy(), rows, columns)
        exact = [m for m in sample.marks if m.sure and m.corners == 1.0]
        others = [m.quad for m in sample.marks if not (m.sure and m.corners == 1.0)]
        quads = np.stack([m.quad for m in exact]) if exact else np.zeros((0, 4, 2), np.float32)
        drawn.add(str(index), quads, found, lines=[m.lines for m in exact], unsure=others)
    for name, tally in (*tallies.items(), ("composed", drawn)):
        print(f"  {name}: {tally.line()}", flush=True)
    print("\n".join(drawn.by_size()), flush=True)
    result = {f"{source}": tally.found / max(len(tally.errors), 1) for source, tally in tallies.items()}
    result["false"] = (len(tallies["cars"].false) + len(tallies["ccpd"].false)) / max(tallies["cars"].pictures + tallies["ccpd"].pictures, 1)
    result |= {"ccpd_12": tallies["ccpd"].share(0.12), "composed": drawn.found / max(len(drawn.errors), 1)}
    result |= {"composed_12": drawn.share(0.12), "composed_8": drawn.share(0.08), "composed_false": len(drawn.false) / max(drawn.pictures, 1)}
    result["score"] = (
        result["cars"] + result["dashcam"] + result["ccpd_12"] + result["composed"] + result["composed_12"] + result["composed_8"]
        - 0.3 * min(result["false"], 2.0) - 0.3 * min(result["composed_false"], 2.0)
    )  # fmt: skip
    return result


def batch_of(drawn: list[Drawn], rng: np.random.Generator) -> tuple[Tensor, ...]:
    rows, columns = drawn[0].image.shape[:2]
    images = np.stack([d.image for d in drawn]).transpose(0, 3, 1, 2).astype(np.float32)
    gain = np.exp(rng.normal(0, 0.08, (len(drawn), 3, 1, 1))).astype(np.float32)
    images = np.clip(images * gain, 0, 255)
    targets = [
        target_of(
            np.stack([m.quad for m in d.marks]) if d.marks else np.zeros((0, 4, 2), np.float32),
            np.array([m.lines for m in d.marks], np.float32),
            np.array([m.corners for m in d.marks], np.float32),
            np.array([m.sure for m in d.marks], np.bool_),
            rows,
            columns,
        )
        for d in drawn
    ]
    inputs = ((torch.from_numpy(images) - MEAN) * SCALE).contiguous(memory_format=torch.channels_last)
    parts = [torch.from_numpy(np.stack([getattr(t, name) for t in targets])) for name in ("heat", "counts", "corners", "weights", "two_lines")]
    return inputs, *parts, torch.tensor([d.complete for d in drawn])


def rate(progress: float, warm: float = 0.01, final: float = 0.01) -> float:
    if progress < warm:
        return (progress + 1e-4) / warm
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min((progress - warm) / (1 - warm), 1.0)))


def save(path: Path, content: dict) -> None:
    beside = path.with_suffix(".partial")
    torch.save(content, beside)
    beside.replace(path)


def network_file(network: Detector, figures: dict[str, float]) -> dict:
    state = {k: v.detach().float().contiguous() for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    return {"state_dict": state, "shape": asdict(network.shape), "figures": figures}


def load(path: Path) -> Detector:
    """Of best.pth, or the averaged network of last.pth."""
    saved = torch.load(path, map_location="cpu", weights_only=True)
    network = Detector(Shape(**saved["shape"]))
    network.load_state_dict(saved["average"] if "average" in saved else saved["state_dict"], strict=False)
    return network.eval()


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    cv2.setNumThreads(1)
    stores = reservoirs(options.out)
    maker = multiprocessing.get_context("spawn").Process(target=produce, args=(options, os.getpid()), daemon=True)
    maker.start()

    network = load(options.start) if options.start else Detector()
    network = network.to(memory_format=torch.channels_last).train()
    average = Average(network, 0.999)
    flat = [p for p in network.parameters() if p.dim() == 1]
    full = [p for p in network.parameters() if p.dim() > 1]
    optimiser = torch.optim.AdamW([{"params": full, "weight_decay": 0.02}, {"params": flat, "weight_decay": 0.0}], lr=options.rate)
    step, seen, best = 0, 0, -100.0
    last = options.out / "last.pth"
    if last.exists():
        saved = torch.load(last, map_location="cpu", weights_only=True)
        network.load_state_dict(saved["network"])
        average.network.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, seen, best = saved["step"], saved["seen"], saved["best"]
        print(f"resumed at {seen} samples", flush=True)

    held_out = [s for s in scenes_of(options.scenes) if s.held_out]
    composed = validation_of(options, held_out)
    print(f"{count_macs(network, 384, 640) / 1e6:.1f} MMAC at 640x384, {len(held_out)} photographs held out", flush=True)
    while min(store.filled for store in stores) < 48:
        time.sleep(1.0)

    def keep() -> None:
        save(
            last,
            {
                "network": network.state_dict(), "average": average.network.state_dict(), "optimiser": optimiser.state_dict(),
                "step": step, "seen": seen, "best": best, "shape": asdict(network.shape),
            },
        )  # fmt: skip

    rng = np.random.default_rng((options.seed, step))
    strides = [torch.from_numpy(centres(rows, columns)[1]) for columns, rows, _, _ in SIZES]
    bar = tqdm(total=options.samples, initial=seen, unit="sample", mininterval=20.0)
    saved_at, sums, counted = time.monotonic(), np.zeros(3), 0
    while seen < options.samples:
        which = 1 if step % 5 == 4 else 0
        size = SIZES[which][2]
        inputs, *wanted, complete = batch_of([stores[which].draw(rng) for _ in range(size)], rng)
        for group in optimiser.param_groups:
            group["lr"] = options.rate * rate(seen / options.samples)
        losses: Losses = loss_of(network(inputs), *wanted, strides[which], complete | (seen < TRUSTED_FROM))
        optimiser.zero_grad(set_to_none=True)
        losses.total.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 10.0)
        optimiser.step()
        average.update(network, step)
        step, before, seen = step + 1, seen, seen + size
        sums += (losses.heat.item(), losses.corners.item(), losses.lines.item())
        counted += 1
        bar.update(size)
        if counted % 20 == 0:
            names = zip(("heat", "corners", "lines"), sums / counted, strict=True)
            bar.set_postfix({name: f"{value:.3f}" for name, value in names}, made=sum(s.made for s in stores), refresh=False)
        if time.monotonic() - saved_at > 60 * options.minutes:
            keep()
            saved_at = time.monotonic()
        if seen // options.round > before // options.round or seen >= options.samples:
            if not maker.is_alive():
                raise SystemExit("the process that makes samples has ended; its message is above")
            figures = measure(average.network, held_out, composed)
            log = options.out / "log.csv"
            fresh = not log.exists()
            with log.open("a", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                if fresh:
                    writer.writerow(["samples", "made", "heat", "corners", "lines", *figures])
                writer.writerow([seen, sum(s.made for s in stores), *(f"{v:.4g}" for v in (*(sums / max(counted, 1)), *figures.values()))])
            sums, counted = np.zeros(3), 0
            if figures["score"] > best:
                best = figures["score"]
                save(options.out / "best.pth", network_file(average.network, figures))
            keep()
    bar.close()


if __name__ == "__main__":
    main()
