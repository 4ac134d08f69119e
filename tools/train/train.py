"""Trains a reader; everything it writes goes to one folder, from which it also resumes.

    train.py --out RUN --pool POOL [--pool POOL ...] --crops FOLDER [--plates-seen 900000]

RUN/last.pth resumes the run, RUN/best.pth is the averaged network that read the validation plates best,
RUN/log.csv has one line for each round.
"""

import argparse
import copy
import csv
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, distributed, multiprocessing, nn
from torch.nn import functional as F
from tqdm import tqdm

from alphabet import CHINESE, Alphabet
from batches import Batch, Batches
from channels import changed
from checkpoint import load_network, save_network
from crops import read_crops, split
from network import SLIM, PlateReader, build, count_macs
from pool import read_pool
from reading import read_all, share_right

STRAIGHT = 0.94
"""Where the spatial transformer should put the plate's edges, in its output from -1 to 1."""


def straightening(corners: Tensor, straight: float = STRAIGHT) -> Tensor:
    """The affine map [N, 2, 3] from the straight plate to where its corners are in the picture."""
    at = corners * 2.0 - 1.0
    top_left, top_right, bottom_right, bottom_left = at.unbind(1)
    across = (top_right + bottom_right - top_left - bottom_left) / (4.0 * straight)
    down = (bottom_left + bottom_right - top_left - top_right) / (4.0 * straight)
    return torch.stack([across, down, at.mean(1)], 2)


def loss_of(network: nn.Module, batch: Batch, alphabet: Alphabet, corner_weight: float, half: bool) -> tuple[Tensor, Tensor]:
    device = next(network.parameters()).device
    inputs = batch.inputs.to(device)
    with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half):
        if isinstance(network, PlateReader):
            theta = network.stn.theta(inputs).float()
            straight = network.stn.cut(inputs, theta).contiguous(memory_format=torch.channels_last)
            logits = network.lprnet(straight)
        else:
            theta = None
            logits = network(inputs)
    steps = logits.float().permute(2, 0, 1).log_softmax(2)
    lasts = torch.full((inputs.shape[0],), network.shape.steps, dtype=torch.long)
    loss = F.ctc_loss(steps, batch.targets.to(device), lasts, batch.lengths, alphabet.blank, zero_infinity=True)
    if theta is not None and corner_weight > 0.0:
        away = F.smooth_l1_loss(theta, straightening(batch.corners.to(device)), beta=0.1, reduction="none").mean((1, 2))
        loss = loss + corner_weight * (away * batch.drawn.to(device)).mean()
    return loss, logits.detach()


class Average:
    """Exponential moving average of a network's weights and BatchNorm statistics."""

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval()
        self._decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        keep = min(self._decay, (1 + step) / (10 + step))
        for mine, theirs in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1.0 - keep)
            else:
                mine.copy_(theirs)


def rate(progress: float, warm: float = 0.03, final: float = 0.01) -> float:
    if progress < warm:
        return progress / warm
    return final + (1.0 - final) * 0.5 * (1.0 + math.cos(math.pi * min((progress - warm) / (1.0 - warm), 1.0)))


def average_gradients(network: nn.Module, processes: int) -> None:
    """One sum over all processes for each step; each has worked on its own part of the batch."""
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    flat = torch.cat([g.reshape(-1) for g in gradients])
    distributed.all_reduce(flat)
    flat /= processes
    for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(part.view_as(gradient))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pool", type=Path, action="append", default=[], help="folder written by synthesise.py pool")
    parser.add_argument("--validation-pool", type=Path, help="drawn plates to choose by, of another seed")
    parser.add_argument("--crops", type=Path, action="append", default=[], help="folder of labelled crops; a tenth is held out")
    parser.add_argument("--extra-crops", type=Path, action="append", default=[], help="labelled crops, none held out")
    parser.add_argument("--alphabet", default="".join(CHINESE.tokens[:-1]), help="all characters that plates can have")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--from", dest="start", type=Path, help="network to start from, instead of random weights")
    start.add_argument("--shape", default="", help="what differs from SLIM in network.py, such as plate=24/94,rows_3=1,tall=13,stem=24")
    parser.add_argument("--plates-seen", type=int, default=900_000)
    parser.add_argument("--round", type=int, default=40_000, help="plates between two validations")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--real-share", type=float, default=0.35)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--sparsity", type=float, default=0.0, help="weight of the L1 penalty on BatchNorm scales")
    parser.add_argument("--corner-weight", type=float, default=1.0, help="weight of the known corners' loss")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--processes", type=int, default=1, help="share each batch among so many; on a busy machine one a core is faster than threads"
    )
    parser.add_argument("--threads", type=int, default=1, help="of each process")
    return parser.parse_args()


def train(rank: int, options: argparse.Namespace) -> None:
    if options.processes > 1:
        meeting = (options.out / "meeting").resolve()
        distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=options.processes)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    alphabet, shape = Alphabet(options.alphabet), changed(SLIM, options.shape)
    if options.start is None:
        network = build(len(alphabet), shape, options.dropout)
    else:
        network, alphabet, shape = load_network(options.start)
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = options.dropout
    network = network.to(device, memory_format=torch.channels_last).train()
    average = Average(network, 0.999)

    training, validation = split([crop for folder in options.crops for crop in read_crops(folder, alphabet)])
    training += [crop for folder in options.extra_crops for crop in read_crops(folder, alphabet)]
    pools = [read_pool(folder) for folder in options.pool]
    drawn = list(read_pool(options.validation_pool).items()) if options.validation_pool else []
    if rank == 0:
        print(f"{count_macs(network) / 1e6:.1f} MMAC, {len(training)} crops, {len(validation)} held out, {sum(map(len, pools))} drawn")

    scales = [m.weight for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    flat = [p for p in network.parameters() if p.dim() == 1]
    full = [p for p in network.parameters() if p.dim() > 1]
    optimiser = torch.optim.AdamW([{"params": full, "weight_decay": 0.02}, {"params": flat, "weight_decay": 0.0}], lr=options.rate)
    step, best = 0, -1.0
    last = options.out / "last.pth"
    if last.exists():
        saved = torch.load(last, map_location=device, weights_only=True)
        network.load_state_dict(saved["network"])
        average.network.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        step, best = saved["step"], saved["best"]
        if rank == 0:
            print(f"resumed at step {step}")
    mine = options.batch // options.processes
    source = Batches(alphabet, pools, training, shape.picture, mine, options.real_share, options.seed * options.processes + rank)
    batches = source.start_at(step)

    steps = options.plates_seen // options.batch
    each = max(options.round // options.batch, 1)
    while step < steps:
        until = min(step + each, steps)
        sums, counted = np.zeros(2), 0
        bar = tqdm(range(step, until), unit="step", mininterval=5.0, disable=rank != 0)
        for step in bar:
            now = options.rate * rate(step / steps)
            for group in optimiser.param_groups:
                group["lr"] = now
            batch = next(batches)
            loss, logits = loss_of(network, batch, alphabet, options.corner_weight, half=True)
            if options.sparsity > 0.0:
                loss = loss + options.sparsity * torch.stack([s.abs().sum() for s in scales]).sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            if options.processes > 1:
                average_gradients(network, options.processes)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            if rank != 0:
                continue
            average.update(network, step)
            if step % 10 == 0:
                texts = [alphabet.decode(c) for c in logits.argmax(1).tolist()]
                truths = batch.targets.split(batch.lengths.tolist())
                right = np.mean([alphabet.encode(a) == t.tolist() for a, t in zip(texts, truths, strict=True)])
                sums += (loss.item(), right)
                counted += 1
                bar.set_postfix(loss=f"{loss.item():.3f}", right=f"{right:.2f}")
        step = until
        if rank != 0:
            continue
        real = share_right(read_all(average.network, alphabet, [c.image for c in validation]), [c.text for c in validation])
        drawn_right = share_right(read_all(average.network, alphabet, [i for i, _ in drawn]), [t for _, t in drawn])
        score = real + drawn_right
        line = [step * options.batch, *(sums / max(counted, 1)), real, drawn_right, now]
        print("  ".join(f"{value:.5g}" for value in line), flush=True)
        log = options.out / "log.csv"
        fresh = not log.exists()
        with log.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if fresh:
                writer.writerow(["plates", "loss", "right_training", "right_crops", "right_drawn", "rate"])
            writer.writerow([f"{value:.6g}" for value in line])
        if score >= best:
            best = score
            save_network(options.out / "best.pth", average.network, shape, alphabet, {"crops": real, "drawn": drawn_right})
        beside = last.with_suffix(".partial")
        torch.save(
            {
                "network": network.state_dict(), "average": average.network.state_dict(),
                "optimiser": optimiser.state_dict(), "step": step, "best": best,
            },
            beside,
        )  # fmt: skip
        beside.replace(last)


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "meeting").unlink(missing_ok=True)
    if options.processes == 1:
        train(0, options)
    else:
        multiprocessing.spawn(train, args=(options,), nprocs=options.processes)


if __name__ == "__main__":
    main()
