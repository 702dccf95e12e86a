"""Every benchmark in its short form, one after the other.

python -m benchmarks --output results

Takes about ten minutes. Each part alone, at length: ``python -m benchmarks.fan_out``, ``connections``, ``pages``,
``publishing``, ``uploads``, ``write_path``; ``--help`` names what can be set.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

PARTS = {
    "write_path": ["--writers", "1", "--rounds", "2", "--seconds", "2"],
    "publishing": ["--rounds", "3"],
    "uploads": ["--rounds", "2"],
    "fan_out": ["--short", "--rounds", "5"],
    "pages": ["--rounds", "3", "--messages", "300", "--seconds", "3"],
    "connections": ["--rounds", "1", "--connections", "500", "--stalled-seconds", "50"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="also write the figures as JSON, and the plot, into this folder")
    output = parser.parse_args().output
    failed = [name for name, options in PARTS.items() if _run(name, options, output)]
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


def _run(name: str, options: list[str], output: Path | None) -> int:
    """Run one part; its exit code."""
    print(f"== {name}", flush=True)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        options = [*options, "--json", str(output / f"{name}.json")]
        if name == "fan_out":
            options += ["--plot", str(output / "fan_out.svg")]
    # A process of its own: each part has settings of its own.
    return subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options], check=False).returncode


if __name__ == "__main__":
    main()
