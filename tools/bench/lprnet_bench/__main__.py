"""The command line of the comparison; started by ../peers."""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from .arguments import parse
from .chart import draw
from .engine_names import ENGINES, LPRNET, ONEDNN
from .machine import processor, sizes
from .measure import Sitting, ask_once, measure, process_costs
from .prepare import Prepared, prepare
from .report import Results, engine_name, markdown
from .workers import Contestant, file_word, python_contestant, thread_environment

COMPILED = "torch-compiled"  # takes minutes to start, so it is measured at batch 1 on one thread alone


def contestants(options: argparse.Namespace, prepared: Prepared, batch: int, threads: int) -> List[Contestant]:
    found: List[Contestant] = []
    folder = options.programs / "tools/bench"
    for weights in prepared.networks:
        if weights != "pruned":
            command = [str(folder / "lprnet_worker"), str(prepared.models[weights])]
            found.append(Contestant(LPRNET, weights, command, {}))
            if batch == 1 and threads == 1:
                for isa in filter(None, options.isa.split(",")):
                    found.append(Contestant(f"{LPRNET}-{isa}", weights, command, {"LPRNET_ISA": isa}))
        if ONEDNN in options.engines and (folder / "lprnet_onednn_worker").exists():
            arrays = prepared.folder / f"{file_word(weights)}.arrays"
            found.append(Contestant(ONEDNN, weights, [str(folder / "lprnet_onednn_worker"), str(arrays)], {}))
        for engine in ENGINES:
            if engine in options.engines and (engine != COMPILED or batch == threads == 1):
                found.append(python_contestant(engine, weights, prepared.folder))
    order = {engine: i for i, engine in enumerate(dict.fromkeys(c.engine for c in found))}
    return sorted(found, key=lambda c: order[c.engine])


def whole_processes(options: argparse.Namespace, prepared: Prepared, onednn_version: str) -> Dict[str, Sequence[str]]:
    commands: Dict[str, Sequence[str]] = {"an empty program": [str(options.programs / "tools/bench/lprnet_empty_program")]}
    program = options.programs / "lprnet"
    if options.plate and program.exists():
        command = [str(program), "recognize", "--model", str(options.model), str(options.plate)]
        commands["`lprnet recognize`: picture file to text"] = command
    for contestant in contestants(options, prepared, 1, 1):
        if contestant.weights != "as is" or contestant.engine.startswith(LPRNET):
            continue
        language = "C++" if contestant.engine == ONEDNN else "Python"
        name = f"{engine_name(contestant.engine, onednn_version)}, {language}: normalised input to logits"
        if contestant.engine not in (COMPILED, "torch-frozen"):
            commands[name] = contestant.arguments(1, 1, prepared.images)
    commands["Python that imports nothing"] = [sys.executable, "-c", ""]
    return commands


def main(argv: Optional[Sequence[str]] = None) -> int:
    options = parse(argv)
    options.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lprnet_bench_") as scratch:
        prepared = prepare(options.model, Path(scratch), options.batches)
        everyone = contestants(options, prepared, 1, 1)
        about = {c.engine: c for c in everyone}
        isa, macs, macs_run = ask_once(about[LPRNET], prepared, options.cpus, "about").split()
        version = ask_once(about[ONEDNN], prepared, options.cpus, "version") if ONEDNN in about else ""
        sittings: List[Sitting] = []
        for batch in options.batches:
            for threads in options.threads:
                who = contestants(options, prepared, batch, threads)
                sittings.append(measure(who, prepared, batch, threads, options.cpus, options.rounds, options.seconds))
        cost_program = options.programs / "tools/bench/lprnet_process_cost"
        processes = whole_processes(options, prepared, version)
        costs = process_costs(cost_program, processes, thread_environment(1), options.cpus[0], options.rounds)
    results = Results(
        prepared, processor(), isa, int(macs), int(macs_run), version, options.rounds, options.seconds, sittings, costs,
        sizes(options.programs, options.engines),
    )  # fmt: skip
    name = options.name or options.model.stem
    text = markdown(results, f"{name}.png")
    (options.output / f"{name}.md").write_text(text, encoding="utf-8")
    draw(options.output / f"{name}.png", results)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
