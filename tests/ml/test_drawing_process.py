"""The process that draws glyphs while another one trains."""

import subprocess
import sys
import time
from pathlib import Path

PROGRAM = """
import os, signal
from ml.fitting import drawing_process

if __name__ == "__main__":
    with drawing_process() as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_ends_when_the_process_that_trains_is_killed(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    killed = subprocess.run(
        [sys.executable, program],
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert killed.returncode == -9
    drawing = Path(f"/proc/{int(killed.stdout)}")
    give_up_at = time.monotonic() + 20
    while drawing.exists() and time.monotonic() < give_up_at:
        time.sleep(0.1)
    assert not drawing.exists()
