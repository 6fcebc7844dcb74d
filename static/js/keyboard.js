/** Drawing without a pointer: arrows move the pen, space sets it down and lifts it. */

/** @typedef {import("./canvas.js").Paper} Paper */

const STEP = 0.02;
const LONG_STEP = 0.06;
const START = { x: 0.5, y: 0.22, isDown: false };
const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** @param {Paper} paper */
export function listenToKeys(paper) {
  const { canvas } = paper;
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || paper.isPressed) return;
    if (event.key in MOVES) move(paper, MOVES[event.key], event.shiftKey);
    else if (event.key === " ") toggle(paper);
    else if (event.key === "Escape" && paper.cursor) paper.cursor.isDown = false;
    else return;
    event.preventDefault(); // Arrows and space would scroll the page.
    paper.repaint();
  });
  canvas.addEventListener("blur", () => {
    paper.cursor = null;
    paper.repaint();
  });
}

/**
 * @param {Paper} paper
 * @param {number[]} direction
 * @param {boolean} isLong
 */
function move(paper, [dx, dy], isLong) {
  const step = isLong ? LONG_STEP : STEP;
  const cursor = (paper.cursor ??= { ...START });
  cursor.x = Math.min(1, Math.max(0, cursor.x + dx * step));
  cursor.y = Math.min(1, Math.max(0, cursor.y + dy * step));
  if (!cursor.isDown) return;
  paper.sketch.extend(pointAt(paper));
  paper.changed();
}

/** @param {Paper} paper */
function toggle(paper) {
  const cursor = (paper.cursor ??= { ...START });
  cursor.isDown = !cursor.isDown;
  if (!cursor.isDown) return;
  paper.sketch.begin(pointAt(paper));
  paper.changed();
}

/** @param {Paper} paper */
function pointAt(paper) {
  return { x: paper.cursor.x, y: paper.cursor.y, width: paper.penWidth };
}
