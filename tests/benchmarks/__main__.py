"""``make bench``: how good the tables are on real orders, how fast they are built, what pricing and choosing cost.

python -m tests.benchmarks [--large] [--only quality|speed|pricing|offers|till]
"""

import argparse
import subprocess
import sys

from tests.benchmarks import pricing, quality, speed


def main() -> int:
    """Print what was measured; 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--large", action="store_true", help="measure 30 million lines too: 6 GB, several minutes")
    parser.add_argument("--only", choices=("quality", "speed", "pricing", "offers", "till"))
    options = parser.parse_args()
    measured = {
        "quality": quality.run,
        "speed": lambda: speed.run(("M", "L") if options.large else ("M",)),
        "pricing": pricing.run,
        "offers": lambda: apart("offers"),
        "till": lambda: apart("till"),
    }
    good = True
    for name, measure in measured.items():
        if options.only in (None, name):
            good &= measure()
    print("\nAll targets are reached." if good else "\nA target was missed.")
    return 0 if good else 1


def apart(name: str) -> bool:
    """Measure in a process of its own, which sets Django up."""
    return subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
