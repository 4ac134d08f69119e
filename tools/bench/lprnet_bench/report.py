"""The Markdown report."""

from dataclasses import dataclass
from typing import Dict, List, Mapping, Optional, Tuple

from .engine_names import ENGINES, LPRNET, ONEDNN
from .machine import version_of
from .measure import Figure, Sitting
from .prepare import Prepared

COLUMNS = ("as is", "clean", "pruned")


@dataclass
class Results:
    prepared: Prepared
    machine: str
    isa: str
    macs: int
    macs_run: int
    onednn_version: str
    rounds: int
    seconds: float
    sittings: List[Sitting]
    costs: Mapping[str, Tuple[float, float, float]]  # of processes: median ms, minimum ms, MiB
    sizes: Mapping[str, float]  # MiB


def engine_name(engine: str, onednn_version: str) -> str:
    if engine == LPRNET:
        return "**lprnet**"
    if engine.startswith(LPRNET + "-"):
        return f"lprnet, {engine[len(LPRNET) + 1:]} forced"
    if engine == ONEDNN:
        return f"oneDNN {onednn_version}, fused by hand"
    name, distribution, _ = ENGINES[engine]
    first, comma, rest = name.partition(",")
    return f"{first} {version_of(distribution)}{comma}{rest}"


def _cell(figure: Optional[Figure], rival: Optional[Figure]) -> str:
    if figure is None:
        return ""
    if not figure.medians:
        return "refused"
    text = f"{figure.median:.3f} ({figure.minimum:.3f})"
    if rival is not None and rival is not figure and rival.medians:
        text += f", {figure.median / rival.median:.2f}×"
    return text


def sitting_table(results: Results, sitting: Sitting) -> List[str]:
    columns = [c for c in COLUMNS if c in results.prepared.networks]
    lines = ["| engine | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    engines: List[str] = []
    for engine, _ in sitting.figures:
        if engine not in engines:
            engines.append(engine)
    for engine in engines:
        cells = []
        for column in columns:
            # lprnet removes constant channels by itself, so its rival figure for `pruned` is the file as it is.
            rival = sitting.figures.get((LPRNET, "as is" if column == "pruned" else column))
            cells.append(_cell(sitting.figures.get((engine, column)), rival))
        lines.append(f"| {engine_name(engine, results.onednn_version)} | " + " | ".join(cells) + " |")
    return lines


def _peak_line(results: Results) -> str:
    for sitting in results.sittings:
        figure = sitting.figures.get((LPRNET, "as is"))
        if sitting.batch == 1 and sitting.threads == 1 and figure and figure.medians and sitting.peaks:
            peak = max(sitting.peaks)
            run = 2 * results.macs_run / (figure.minimum * 1e-3) / peak
            whole = 2 * results.macs / (figure.minimum * 1e-3) / peak
            return (
                f"Peak of one core, {results.isa}, best of the rounds: {peak / 1e9:.0f} GFLOP/s. In its fastest run lprnet "
                f"did the {results.macs_run / 1e6:.1f} million multiply-adds that it runs at {run:.0%} of that peak; "
                f"counted in the network's {results.macs / 1e6:.1f} million, {whole:.0%}."
            )
    return ""


def _weights_text(prepared: Prepared) -> List[str]:
    share = prepared.denormals / prepared.weights
    lines = [
        f"- `as is`: the file's weights; {prepared.denormals:,} of {prepared.weights:,} ({share:.0%}) are denormal numbers."
    ]
    if "clean" in prepared.networks:
        lines.append("- `clean`: weights below 1e-12 set to zero, for engines that denormals slow down.")
    if "pruned" in prepared.networks:
        macs = prepared.networks["pruned"].macs() / 1e6
        lines.append(
            f"- `pruned`: channels that are constant for every input removed from the network that the peers are given, "
            f"as lprnet removes them by itself: {macs:.1f} of {prepared.macs / 1e6:.1f} million multiply-adds are left. "
            "No peer does this by itself; the column shows what is left of the difference if somebody does it for them. "
            "Its × compare with lprnet on the file as it is."
        )
    else:
        lines.append("- This network has no constant channels: nothing can be pruned.")
    return lines


def _failures(results: Results) -> List[str]:
    found: Dict[str, None] = {}
    for sitting in results.sittings:
        for (engine, weights), figure in sitting.figures.items():
            if figure.error:
                where = f"batch {sitting.batch}, threads {sitting.threads}"
                found[f"- {engine_name(engine, results.onednn_version)}, {weights}, {where}: {figure.error}"] = None
    return list(found)


def markdown(results: Results, chart: str) -> str:
    prepared = results.prepared
    lines = [
        f"# {prepared.name}: lprnet beside other engines",
        "",
        f"Machine: {results.machine}. Milliseconds a plate from normalised input to logits, single precision, median (and "
        f"minimum) of {results.rounds} rounds of {results.seconds:g} s in which the engines take turns on the same core; "
        "× is the median divided by lprnet's in the same column. All engines gave the same logits, within 1e-4 of the "
        "largest, before they were timed.",
        "",
        *_weights_text(prepared),
        "",
        _peak_line(results),
        "",
        f"![milliseconds a plate, batch 1, one thread]({chart})",
    ]
    for sitting in results.sittings:
        threads = "one thread" if sitting.threads == 1 else f"{sitting.threads} threads"
        lines += ["", f"## Batch {sitting.batch}, {threads}", ""]
        lines += sitting_table(results, sitting)
    if results.costs:
        lines += ["", "## A whole process", "", "From start to end, once the files are in the system's cache.", ""]
        lines += ["| process | ms | minimum | peak memory, MiB |", "|---|---|---|---|"]
        for name, (median, minimum, memory) in results.costs.items():
            lines.append(f"| {name} | {median:.1f} | {minimum:.1f} | {memory:.1f} |")
    lines += ["", "## On disk", "", "| file or package | MiB |", "|---|---|"]
    lines += [f"| {name} | {size:.2f} |" for name, size in results.sizes.items()]
    failures = _failures(results)
    if failures:
        lines += ["", "## Not measured", "", *failures]
    return "\n".join(lines) + "\n"
