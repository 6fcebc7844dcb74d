/** The result page: the reasons of an answer come when they are asked for. */

import { hush, say } from "./alert.js";

const place = document.getElementById("why");
const link = document.getElementById("why-ask");

async function bring() {
  const response = await fetch(link.dataset.fragmentUrl);
  if (!response.ok) throw new Error(`Expected the reasons. Received: ${response.status}`);
  place.innerHTML = await response.text();
  // Whoever reads by ear or by keyboard goes on where the link was.
  place.querySelector("h2").focus();
}

/** @param {MouseEvent} event */
async function ask(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in another tab
  event.preventDefault();
  if (place.getAttribute("aria-busy") === "true") return;
  place.setAttribute("aria-busy", "true");
  try {
    await bring();
    hush();
  } catch {
    say("The answer cannot be explained just now. Wait a moment and ask again.");
  } finally {
    place.setAttribute("aria-busy", "false");
  }
}

link?.addEventListener("click", ask);
