"""What the browser tests share: a phone, waiting times, and hands that draw."""

import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from playwright.sync_api import Page

# In parts of the paper's side.
Stroke = Sequence[tuple[float, float]]

SEVEN: list[Stroke] = [
    [(0.28, 0.24), (0.5, 0.23), (0.72, 0.24), (0.58, 0.5), (0.46, 0.8)]
]
ONE: list[Stroke] = [[(0.5, 0.18), (0.5, 0.5), (0.5, 0.84)]]
FOUR: list[Stroke] = [
    [(0.42, 0.18), (0.32, 0.36), (0.26, 0.54), (0.5, 0.54), (0.74, 0.53)],
    [(0.6, 0.2), (0.59, 0.5), (0.57, 0.86)],
]
PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
# After so long without a movement the last preview has been asked and answered.
QUIET_MS = 400
# Longer than a sent form keeps its button at rest.
REST_MS = 11_000
STEPS_A_SIDE = 40
WAIT_S = 15.0

INK = """canvas => new Promise(answer => {
  // The paper paints with the next frame; two later it is done.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    let dark = 0;
    for (let i = 3; i < data.length; i += 4) dark += data[i] > 127;
    answer(dark / (width * height));
  }));
})"""


def ink(page: Page) -> float:
    """How much of the paper is inked, 0 to 1."""
    return float(page.locator("#paper").evaluate(INK))


def draw_with_mouse(page: Page, strokes: Sequence[Stroke]) -> None:
    for stroke in strokes:
        first, *rest = _on_screen(page, stroke)
        page.mouse.move(*first)
        page.mouse.down()
        for x, y in rest:
            page.mouse.move(x, y)
        page.mouse.up()


def draw_by_touch(page: Page, strokes: Sequence[Stroke]) -> None:
    """With touch events as the screen sends them, so that they could scroll, too."""
    screen = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    for stroke in strokes:
        first, *rest = _on_screen(page, stroke)
        touch("touchStart", first)
        for point in rest:
            touch("touchMove", point)
        touch("touchEnd")


def draw_with_pen(page: Page, strokes: Sequence[Stroke], *, pressure: float) -> None:
    """With a stylus, pressed 0 to 1."""
    tablet = page.context.new_cdp_session(page)

    def send(kind: str, point: tuple[float, float], buttons: int) -> None:
        tablet.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": point[0],
                "y": point[1],
                "button": "left",
                "buttons": buttons,
                "clickCount": 1,
                "pointerType": "pen",
                "force": pressure,
            },
        )

    for stroke in strokes:
        first, *rest = _on_screen(page, stroke)
        send("mousePressed", first, 1)
        for point in rest:
            send("mouseMoved", point, 1)
        send("mouseReleased", rest[-1], 0)


def _on_screen(page: Page, stroke: Stroke) -> list[tuple[float, float]]:
    box = page.locator("#paper").bounding_box()
    assert box is not None
    return [
        (box["x"] + x * box["width"], box["y"] + y * box["height"])
        for x, y in _small_steps(stroke)
    ]


def _small_steps(stroke: Stroke) -> Iterator[tuple[float, float]]:
    """The way a hand goes: many points, not corners alone."""
    yield stroke[0]
    for (x0, y0), (x1, y1) in pairwise(stroke):
        steps = max(1, round(max(abs(x1 - x0), abs(y1 - y0)) * STEPS_A_SIDE))
        for step in range(1, steps + 1):
            part = step / steps
            yield x0 + (x1 - x0) * part, y0 + (y1 - y0) * part


def wait_until(page: Page, expression: str) -> None:
    """Wait until a JavaScript expression is true.

    `page.wait_for_function` would evaluate it within the page later on, which the
    site's content security policy forbids.
    """
    deadline = time.monotonic() + WAIT_S
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"Expected soon: {expression}"
        page.wait_for_timeout(50)
