"""No function that is compiled for one instruction set may be shared with other objects: the linker keeps one copy of a
weak symbol, and a processor without that instruction set would run it.

Usage: kernel_symbols_test.py OBJECT   the object of src/kernels/targets.cpp"""

import re
import subprocess
import sys

# Weak, but of the object's part that is compiled for every processor.
ALLOWED = {
    "DW.ref.__gxx_personality_v0",
    "std::vector<lprnet::kernels::Target, std::allocator<lprnet::kernels::Target> >::~vector()",
    "std::vector<lprnet::kernels::Target, std::allocator<lprnet::kernels::Target> >::vector("
    "std::initializer_list<lprnet::kernels::Target>, std::allocator<lprnet::kernels::Target> const&)",
}
# An instruction set's own namespace is part of the name, so no other object can mean the same.
OWN = re.compile(r"\b(lprnet::kernels|hwy)::N_[A-Z0-9_]+::")
WIDE = re.compile(r"%[yz]mm\d")


def weak_names(lines):
    for line in lines:
        kind, mangled = line.split()[-2:]
        if kind in "WVu":
            yield mangled


def demangled(names):
    return subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True, text=True).stdout.splitlines()


def main():
    object_file = sys.argv[1]
    symbols = subprocess.run(["nm", "--defined-only", object_file], check=True, capture_output=True, text=True).stdout
    mangled = sorted(set(weak_names(symbols.splitlines())))
    names = demangled(mangled)
    if not any(OWN.search(name) for name in names):
        sys.exit(f"{object_file}: no function of an instruction set among its weak symbols; is it the right object?")
    shared = [(symbol, name) for symbol, name in zip(mangled, names) if not OWN.search(name)]
    strangers = [name for _, name in shared if name not in ALLOWED]
    if strangers:
        sys.exit(f"{object_file} shares with other objects:\n  " + "\n  ".join(strangers) +
                 "\nWrite it without the standard library's templates, or name it in ALLOWED if it is compiled for "
                 "every processor.")
    for symbol, name in shared:
        code = subprocess.run(["objdump", "-d", f"--disassemble={symbol}", object_file], check=True, capture_output=True,
                              text=True).stdout
        if WIDE.search(code):
            sys.exit(f"{object_file}: {name} is shared and compiled for one instruction set")


if __name__ == "__main__":
    main()
