"""Runs the programs of the benchmark."""

import subprocess
import sys


def run_program(module: str, *options: str) -> str:
    run = subprocess.run([sys.executable, "-m", module, *options], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout
