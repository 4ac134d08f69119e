"""Reading many pictures with a network, as inference does: plain resize, greedy decoding."""

import torch

from alphabet import Alphabet
from batches import stack_plain
from network import LPRNet, PlateReader
from picture import Image


@torch.no_grad()
def read_all(network: PlateReader | LPRNet, alphabet: Alphabet, images: list[Image], batch: int = 128) -> list[str]:
    was_training = network.training
    network.eval()
    device = next(network.parameters()).device
    texts: list[str] = []
    for start in range(0, len(images), batch):
        inputs = stack_plain(images[start : start + batch], network.shape.picture).to(device)
        for classes in network(inputs).argmax(1).tolist():
            texts.append(alphabet.decode(classes))
    network.train(was_training)
    return texts


def share_right(answers: list[str], truths: list[str]) -> float:
    return sum(a == t for a, t in zip(answers, truths, strict=True)) / max(len(truths), 1)
