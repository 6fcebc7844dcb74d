/** The training page: while one goes on, how far it is comes by itself. */

import { hush, say } from "./alert.js";

const EVERY_MS = 2000;
const place = document.getElementById("training-progress");
let isSilent = false;

async function look() {
  const response = await fetch(place.dataset.url);
  // It has ended: what came of it, and the way to the next, is another page. Or the
  // visit has: then one is sent to log in.
  if (response.status === 204 || response.redirected) {
    location.reload();
    return;
  }
  if (!response.ok) throw new Error(`Expected the progress. Received: ${response.status}`);
  place.innerHTML = await response.text();
}

async function goOn() {
  try {
    // Of no use to anybody who looks elsewhere.
    if (!document.hidden) await look();
    if (isSilent) hush();
    isSilent = false;
  } catch {
    if (!isSilent) say("How far it is cannot be asked just now. It goes on meanwhile.");
    isSilent = true;
  }
  setTimeout(goOn, EVERY_MS);
}

if (place) setTimeout(goOn, EVERY_MS);
