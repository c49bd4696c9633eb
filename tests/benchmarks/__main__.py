"""``make bench``: the quality of the tables on real orders, then the speed of building them.

python -m tests.benchmarks [--large] [--only quality|speed]
"""

import argparse
import sys

from tests.benchmarks import quality, speed


def main() -> int:
    """Print what was measured; 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--large", action="store_true", help="measure 30 million lines too: 6 GB, several minutes")
    parser.add_argument("--only", choices=("quality", "speed"))
    options = parser.parse_args()
    good = True
    if options.only != "speed":
        good &= quality.run()
    if options.only != "quality":
        good &= speed.run(("M", "L") if options.large else ("M",))
    print("\nAll targets are reached." if good else "\nA target was missed.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
