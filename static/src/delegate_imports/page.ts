// The import pages: a file too large is told before it is sent, long work says that it goes on.
import { fits } from "./size.ts";

const upload = document.querySelector<HTMLFormElement>("form[data-upload]");
const input = upload?.querySelector<HTMLInputElement>("input[type=file]");
const tooLarge = upload?.querySelector<HTMLElement>("[data-too-large]");

function check(): boolean {
  const file = input?.files?.[0];
  const fine = !file || fits(file.size, upload?.dataset["mostBytes"]);
  if (tooLarge) tooLarge.hidden = fine;
  return fine;
}

input?.addEventListener("change", check);
upload?.addEventListener(
  "submit",
  (event) => {
    if (!check()) event.preventDefault();
  },
  { capture: true },
);

document.addEventListener("submit", (event) => {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || !form.matches("[data-upload], [data-slow]")) return;
  for (const working of document.querySelectorAll<HTMLElement>("[data-working]")) working.hidden = false;
});
