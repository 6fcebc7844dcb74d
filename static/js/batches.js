/** The page of all batches: drop files, see how many they are, and how far they are sent. */

import { hush, say } from "./alert.js";

const form = document.getElementById("batch-form");
const input = form.elements.files;
const drop = document.getElementById("drop");
const chosen = document.getElementById("chosen");
const send = document.getElementById("send");
const sent = document.getElementById("sent");
const mostMb = Number(form.dataset.mostMb);
const mostFiles = Number(form.dataset.mostFiles);
const title = chosen.textContent;

/** Why files are not worth sending; the server has the last word on all others. */
function refusal() {
  const files = [...input.files];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  if (files.length > mostFiles) {
    return `These are ${files.length} files; the most we take at once is ${mostFiles}.`;
  }
  if (bytes > mostMb * 1024 ** 2) {
    const mb = (bytes / 1024 ** 2).toFixed(0);
    return `These are ${mb} MB; the most we take at once is ${mostMb} MB. Send them in several batches.`;
  }
  return null;
}

function react() {
  const words = refusal();
  if (words !== null) {
    input.value = "";
    say(words);
  } else if (input.files.length > 0) {
    hush();
  }
  const count = input.files.length;
  const first = count ? input.files[0].name : "";
  chosen.textContent = count > 1 ? `${count} files` : first || title;
  send.disabled = count === 0;
}

function rest() {
  sent.hidden = true;
  sent.value = 0;
  react();
}

/** @param {DragEvent} event */
function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

window.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.add("is-over");
});
window.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) drop.classList.remove("is-over");
});
window.addEventListener("drop", (event) => {
  drop.classList.remove("is-over");
  if (!carriesFiles(event)) return;
  event.preventDefault();
  input.files = event.dataTransfer.files;
  react();
});
input.addEventListener("change", react);
// Back from a batch the browser may show the page as it was left.
window.addEventListener("pageshow", rest);

// Not fetch: it does not say how far it is. Both answers of the server are pages.
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    sent.value = total ? loaded / total : 0;
  });
  request.addEventListener("load", () => {
    if (request.status === 200) {
      location.assign(request.responseURL);
      return;
    }
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    const words = page.querySelector("[role=alert] p, .error .lede")?.textContent;
    rest();
    say(words ?? "The files could not be sent. Try again.");
  });
  request.addEventListener("error", () => {
    rest();
    say("The files could not be sent. Look whether you are connected, and try again.");
  });
  request.open("POST", form.action || location.href);
  request.send(new FormData(form));
  send.disabled = true;
  sent.hidden = false;
});
