"""What the linker and the compiler left in the built program and library against faults.

Usage: hardening_test.py CHECKS FILE...   CHECKS: FORTIFY and X86 where they apply, joined by commas"""

import re
import subprocess
import sys


def readelf(file, *options):
    return subprocess.run(["readelf", "-W", *options, file], check=True, capture_output=True, text=True).stdout


def problems(file, checks):
    header = readelf(file, "-h")
    if not re.search(r"Type:\s+DYN", header):
        yield "its code is not position independent"
    segments = readelf(file, "-l")
    if "GNU_RELRO" not in segments:
        yield "has no read-only relocations (RELRO)"
    stack = re.search(r"GNU_STACK.*", segments)
    if stack is None or re.search(r"\bRWE\b", stack[0]):
        yield "its stack is executable"
    if re.search(r"LOAD.*\bRWE\b", segments):
        yield "has memory that is writable and executable"
    dynamic = readelf(file, "-d")
    if not re.search(r"BIND_NOW|FLAGS_1.*\bNOW\b", dynamic):
        yield "binds lazily, so that relocations stay writable (no BIND_NOW)"
    if "TEXTREL" in dynamic:
        yield "its code is relocated"
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        yield "looks for libraries in a path of its own"
    names = readelf(file, "-s")
    if "__stack_chk_fail" not in names:
        yield "has no stack protector"
    if "FORTIFY" in checks and not re.search(r"\b__(memcpy|memmove|memset|snprintf|vsnprintf|fread|fprintf|read)_chk", names):
        yield "calls none of the C library's checking functions (_FORTIFY_SOURCE)"
    # The mark in the notes is lost where the distribution's start files have none.
    if "X86" in checks:
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", file], check=True, capture_output=True, text=True).stdout
        if not re.search(r"<_ZNK?6lprnet[^>]*>:\n[^\n]*\bendbr64", code):
            yield "its functions are not marked as targets of calls (-fcf-protection)"


def main():
    checks = sys.argv[1].split(",")
    wrong = [f"{file}: {problem}" for file in sys.argv[2:] for problem in problems(file, checks)]
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
