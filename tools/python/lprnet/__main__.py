"""The command line: `lprnet` and `python -m lprnet`."""

import os
import sys

from lprnet import shipped


def main() -> None:
    """Becomes the program that comes with the package."""
    os.execv(shipped.PROGRAM, ["lprnet", *sys.argv[1:]])


if __name__ == "__main__":
    main()
