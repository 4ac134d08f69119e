"""Checks who includes whom: base < tensor < {kernels, graph, image, ctc, detect}, formats -> {graph, ctc}, import -> formats,
plan -> {graph, kernels}, runtime -> all but c_api, which sees the public headers alone, as programs do.

Usage: include_order.py SOURCE_DIR"""

import pathlib
import re
import sys

ALLOWED = {
    "base": set(),
    "tensor": {"base"},
    "kernels": {"base", "tensor"},
    "graph": {"base", "tensor"},
    "image": {"base", "tensor"},
    "ctc": {"base", "tensor"},
    "detect": {"base", "tensor"},
    "formats": {"base", "tensor", "graph", "ctc"},
    "import": {"base", "tensor", "graph", "formats"},
    "plan": {"base", "tensor", "graph", "kernels"},
    "runtime": {"base", "tensor", "kernels", "graph", "image", "ctc", "detect", "formats", "import",
                "plan"},
    "c_api": set(),
}
ENDINGS = {".h", ".hpp", ".cpp"}
THIRD_PARTY = ("nlohmann/", "hwy/", "CLI/", "opencv2/", "stb", "jpeglib")


def includes(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[1] == "<", match[2]


def sources(folder):
    return sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS)


def problems(root):
    for path in sources(root / "src"):
        layer = path.relative_to(root / "src").parts[0]
        if layer not in ALLOWED:
            yield path, 1, f"'{layer}' is not a layer"
            continue
        for number, angled, name in includes(path):
            target = name.split("/")[0]
            if not angled and target not in ALLOWED[layer] | {layer, "lprnet"}:
                yield path, number, f"{layer} must not include \"{name}\""
    for path in sources(root / "include"):
        for number, angled, name in includes(path):
            if not angled and not name.startswith("lprnet/"):
                yield path, number, f"a public header must not include \"{name}\""
            if angled and name.startswith(THIRD_PARTY) and path.name != "opencv.hpp":
                yield path, number, f"a public header must not need <{name}>"
    for path in sources(root / "tools/lprnet") + sources(root / "tools/python"):
        for number, angled, name in includes(path):
            if not angled and "/" in name and not name.startswith("lprnet/"):
                yield path, number, f"a program must not include \"{name}\""


def main():
    root = pathlib.Path(sys.argv[1])
    looked_at = len(sources(root / "src"))
    if looked_at == 0:
        sys.exit(f"{root}: no sources found")
    found = list(problems(root))
    for path, number, what in found:
        print(f"{path.relative_to(root)}:{number}: {what}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
