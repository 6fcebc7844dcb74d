/** The draw page: paper, tools, live answer, saving. */

import { say } from "./alert.js";
import { AnswerCard } from "./answer.js";
import { Paper } from "./canvas.js";
import { putFile } from "./files.js";
import { forgetKept, keep, kept } from "./kept.js";
import { listenToKeys } from "./keyboard.js";
import { Previewer } from "./preview.js";
import { Sending } from "./sending.js";
import { Sketch } from "./sketch.js";

const form = document.getElementById("draw-form");
const save = document.getElementById("save");
const saveHelp = document.getElementById("save-help");
const hint = document.getElementById("paper-hint");
const tools = Object.fromEntries(
  ["undo", "redo", "clear"].map((name) => [name, document.getElementById(name)]),
);
const pen = document.getElementById("pen");

const sketch = new Sketch();
const paper = new Paper(document.getElementById("paper"), sketch);
const answer = new AnswerCard(document.getElementById("answer"));
const previewer = new Previewer({
  url: form.dataset.previewUrl,
  csrfToken: form.elements.csrfmiddlewaretoken.value,
  takePicture: () => paper.toPng(),
  onAnswer: showReading,
  onTrouble: (words) => answer.showTrouble(words),
});

const sending = new Sending(showTools);

/**
 * @param {import("./preview.js").Reading} reading
 * @param {boolean} isCurrent
 */
function showReading(reading, isCurrent) {
  answer.showReading(reading, isCurrent);
  nameSaved(reading.digits.length > 1 ? "number" : "digit");
}

/** @param {string} kind what will be saved */
function nameSaved(kind) {
  save.textContent = `Save this ${kind}`;
}

function showTools() {
  const { isEmpty } = sketch;
  hint.hidden = !isEmpty;
  tools.undo.disabled = !sketch.canUndo;
  tools.redo.disabled = !sketch.canRedo;
  tools.clear.disabled = isEmpty;
  save.disabled = isEmpty || sending.isUnderWay;
  saveHelp.hidden = !isEmpty;
}

function react() {
  showTools();
  if (sketch.isEmpty) {
    previewer.forget();
    answer.showNothing();
    nameSaved("digit");
    forgetKept();
  } else {
    answer.showWaiting();
    previewer.changed();
  }
}

/** @param {"undo" | "redo" | "clear"} name */
function act(name) {
  if (paper.isPressed) return; // The stroke under the finger must not lose its sketch.
  if (paper.cursor) paper.cursor.isDown = false;
  sketch[name]();
  paper.changed();
}

/** @param {KeyboardEvent} event */
function shortcut(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  const name = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[key];
  if (!name) return;
  event.preventDefault();
  act(name);
}

function choosePen() {
  paper.penWidth = Number(pen.value) / 100;
  document.getElementById("pen-dot").setAttribute("r", String(Number(pen.value) * 0.8));
  pen.setAttribute("aria-valuetext", `${pen.value} percent of the paper`);
  paper.repaint();
}

/** @param {SubmitEvent} event */
async function submit(event) {
  event.preventDefault();
  if (sketch.isEmpty || sending.isUnderWay) return;
  sending.begin();
  showTools();
  // If it never arrives, whatever the reason, the drawing is here when the page is.
  keep(sketch);
  try {
    const png = await paper.toPng();
    putFile(form.elements.image, new File([png], "drawing.png", { type: "image/png" }));
    form.submit();
  } catch (error) {
    sending.end();
    say("The browser could not make a picture of this drawing. Press Save to try again.");
    throw error;
  }
}

function bringBack() {
  const strokes = kept();
  if (strokes) sketch.restore(strokes);
}

paper.addEventListener("change", react);
for (const name of Object.keys(tools)) {
  tools[name].addEventListener("click", () => act(name));
}
document.addEventListener("keydown", shortcut);
pen.addEventListener("input", choosePen);
form.addEventListener("submit", submit);
listenToKeys(paper);
choosePen();
bringBack();
paper.changed();
