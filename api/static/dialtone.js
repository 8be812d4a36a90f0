// Live updates and form previews. Without JavaScript every page works as well.
//
// data-live="URL"     an event stream: on each event, fetch data-live-fragment and replace the parts that changed;
//                     parts are matched by ID, and a part with data-parts is compared piece by piece
// data-swap="URL"     on input, post the form and show the response in the element whose ID is data-swap-into
// data-unsaved        a form: ask before leaving the page with unsaved input

const DELAY = 250;
const RECONNECT_DELAY = 30_000;
const formsWithInput = new WeakSet();

const hasFocusedField = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
const inUse = (part) => hasFocusedField(part) || [...part.querySelectorAll("form")].some((form) => formsWithInput.has(form));

async function fetchFragment(url, options = {}) {
  const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" }, ...options });
  // A redirect leads to a whole page, such as sign-in, and not to a fragment.
  if (!response.ok || response.redirected) throw new Error(`${response.status}`);
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

function keepDetailsOpen(shown, fresh) {
  if (shown.open) fresh.open = true;
  for (const details of shown.querySelectorAll("details[id][open]")) {
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
  }
}

function keepFocus(within, change) {
  const focused = within.contains(document.activeElement) ? document.activeElement : null;
  const caret = focused?.selectionStart;
  change();
  const replacement = focused?.id && document.getElementById(focused.id);
  if (!replacement || replacement === document.activeElement) return;
  replacement.focus({ preventScroll: true });
  if (typeof caret === "number") replacement.setSelectionRange?.(caret, caret);
}

// Replaces the parts of a region that changed; a part with a focused field or unsaved input stays as it is.
function updateParts(region, fresh) {
  const freshIds = new Set([...fresh.children].map((part) => part.id));
  let previous = null;
  for (const part of [...fresh.children]) {
    const shown = [...region.children].find((child) => child.id === part.id);
    if (!shown) {
      if (previous) previous.after(part);
      else region.prepend(part);
      previous = part;
      continue;
    }
    if (shown.dataset.parts !== undefined) {
      updateParts(shown, part);
      previous = shown;
      continue;
    }
    keepDetailsOpen(shown, part);
    const unchanged = inUse(shown) || shown.isEqualNode(part);
    if (!unchanged) keepFocus(shown, () => shown.replaceWith(part));
    previous = unchanged ? shown : part;
  }
  for (const part of [...region.children]) {
    if (!freshIds.has(part.id) && !inUse(part)) part.remove();
  }
}

function announce(region) {
  const text = region.querySelector("[data-announce]")?.dataset.announce;
  const announcer = document.getElementById("announcer");
  if (text && announcer && announcer.textContent !== text) announcer.textContent = text;
}

function followEvents(region) {
  let request = null;
  const refresh = async () => {
    request?.abort();
    request = new AbortController();
    try {
      updateParts(region, await fetchFragment(region.dataset.liveFragment, { signal: request.signal }));
      announce(region);
    } catch {
      // The page stays as it is; the next event tries again.
    }
  };
  let timer = 0;
  const refreshSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(refresh, DELAY);
  };
  const connect = () => {
    const source = new EventSource(region.dataset.live);
    source.addEventListener("message", refreshSoon);
    source.addEventListener("end", () => source.close());
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_DELAY);
    });
  };
  connect();
}

function updateOnInput(element) {
  let request = null;
  let timer = 0;
  const send = async () => {
    const form = element.closest("form") ?? element.querySelector("form");
    const target = document.getElementById(element.dataset.swapInto);
    const body = new URLSearchParams(new FormData(form));
    request?.abort();
    request = new AbortController();
    target.setAttribute("aria-busy", "true");
    try {
      const fresh = await fetchFragment(element.dataset.swap, { method: "POST", body, signal: request.signal });
      keepDetailsOpen(target, fresh);
      keepFocus(target, () => target.replaceChildren(fresh));
      target.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") target.removeAttribute("aria-busy");
    }
  };
  const cancel = () => {
    request?.abort();
    clearTimeout(timer);
  };
  element.addEventListener("input", () => {
    // A pending response is older than this input.
    cancel();
    timer = setTimeout(send, DELAY);
  });
  // A pending update must not overwrite what the pressed button does.
  element.addEventListener("submit", cancel);
}

document.addEventListener("input", (event) => {
  if (event.target.form) formsWithInput.add(event.target.form);
});
document.addEventListener("submit", (event) => formsWithInput.delete(event.target));
addEventListener("beforeunload", (event) => {
  const unsaved = [...document.querySelectorAll("form[data-unsaved]")].some((form) => formsWithInput.has(form));
  if (unsaved) event.preventDefault();
});
for (const region of document.querySelectorAll("[data-live]")) followEvents(region);
for (const element of document.querySelectorAll("[data-swap]")) updateOnInput(element);
