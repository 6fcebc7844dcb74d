"""The process that draws glyphs while another one trains."""

import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ml.curriculum import Mixture, Sources, draw_epoch
from ml.drawing import Order, Plan, drawing_process
from ml.not_digits import Material

PROGRAM = """
import os, signal
from multiprocessing import active_children
from ml.drawing import Plan, drawing_process

if __name__ == "__main__":
    with drawing_process(Plan(list)):
        [child] = active_children()
        print(child.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""
DIGITS_ONLY = Mixture(plain=0.5, on_pages=0.0, not_digits=0.0)


def make_sources(digit: int) -> Sources:
    images = np.zeros((20, 28, 28), np.uint8)
    images[:, 6:22, 12:16] = 255
    labels = np.full(20, digit, np.uint8)
    return Sources(((images, labels),), Material.of_digits(images))


def the_other_label(_glyphs, labels):
    return np.eye(10, dtype=np.float32)[9 - labels]


def test_what_is_ordered_is_drawn_in_turn():
    plan = Plan(
        partial(make_sources, 1), partial(make_sources, 7), answers=the_other_label
    )
    orders = [
        Order((DIGITS_ONLY,), seed=3, epoch=1),
        Order((DIGITS_ONLY,), seed=3, epoch=2),
        Order((DIGITS_ONLY, DIGITS_ONLY), seed=3, epoch=9, is_kept=True),
    ]

    with drawing_process(plan) as drawing:
        first, second, kept = drawing.in_turn(orders)

    for drawn, epoch in ((first, 1), (second, 2)):
        glyphs, labels = draw_epoch(make_sources(1), DIGITS_ONLY, seed=3, epoch=epoch)
        assert np.array_equal(drawn.glyphs, glyphs)
        assert np.array_equal(drawn.labels, labels)
        assert (drawn.targets.argmax(axis=1) == 8).all()
    assert not np.array_equal(first.glyphs, second.glyphs)
    assert kept.labels.tolist() == [7] * 40
    assert kept.targets is None


def test_what_fails_there_is_raised_here():
    with (
        drawing_process(Plan(partial(make_sources, 1))) as drawing,
        pytest.raises(ValueError, match="sources of what calibrates"),
    ):
        list(drawing.in_turn([Order((DIGITS_ONLY,), 1, 1, is_kept=True)]))


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
