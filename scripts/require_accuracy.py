"""Fails unless the shipped model reads a folder of labelled images well enough.

    .venv/bin/python scripts/require_accuracy.py FOLDER 0.97

FOLDER is measured with `manage.py evaluate`, which reads as the site does.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


def main(folder: Path, floor: float) -> int:
    result = _evaluated(folder)
    accuracy = float(result["accuracy"])
    is_kept = accuracy >= floor
    verdict = "ok  " if is_kept else "FAIL"
    print(f"{verdict} {folder.name}: accuracy {accuracy:.2%} (n = {result['n']:,})")
    for kind, row in sorted(result["by_kind"].items()):
        print(f"       {kind}: {row['accuracy']:.2%} (n = {row['n']:,})")
    if not is_kept:
        print(f"Expected at least {floor:.2%}. Received: {accuracy:.2%}.")
    return 0 if is_kept else 1


def _evaluated(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "manage.py", "evaluate", folder.resolve()]
    answer = subprocess.run(
        [*command, "--format", "json"], cwd=PROJECT, check=True, stdout=subprocess.PIPE
    )
    result: dict[str, Any] = json.loads(answer.stdout)
    return result


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("Usage: require_accuracy.py FOLDER FLOOR")
    sys.exit(main(Path(sys.argv[1]), float(sys.argv[2])))
