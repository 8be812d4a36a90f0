// What the pages do by themselves where there is JavaScript; without it every page works all the same.
//
// data-swap="URL"       a field inside changes: send its form there (POST, or data-swap-method="get") and show the
//                       answer in the element whose id is data-swap-into
// data-live="URL"       a stream of events: on each, fetch data-live-fragment and show what changed in place
// data-unsaved          a form: ask before leaving with something typed and not sent

const PAUSE = 250;
const RETRY = 30_000;
const touched = new WeakSet();

const typedIn = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
const inUse = (part) => typedIn(part) || [...part.querySelectorAll("form")].some((form) => touched.has(form));

async function fragment(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", headers: { Accept: "text/html" }, ...options });
  // A redirect leads to a whole page, for example to sign in: that is not a fragment.
  if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  return holder.content;
}

function keepOpen(shown, fresh) {
  if (shown.open) fresh.open = true;
  for (const one of shown.querySelectorAll("details[id][open]")) {
    fresh.querySelector(`#${CSS.escape(one.id)}`)?.setAttribute("open", "");
  }
}

function keepFocus(within, change) {
  const focused = within.contains(document.activeElement) ? document.activeElement : null;
  const caret = focused?.selectionStart;
  change();
  const again = focused?.id && document.getElementById(focused.id);
  if (!again || again === document.activeElement) return;
  again.focus({ preventScroll: true });
  if (typeof caret === "number") again.setSelectionRange?.(caret, caret);
}

// Show the parts of a fragment, known by their ids, in place of the old; what is in use stays as it is. A part marked
// with data-parts is gone through piece by piece.
function mend(region, fresh) {
  const wanted = new Set([...fresh.children].map((part) => part.id));
  let last = null;
  for (const part of [...fresh.children]) {
    const shown = [...region.children].find((child) => child.id === part.id);
    if (!shown) {
      if (last) last.after(part);
      else region.prepend(part);
      last = part;
      continue;
    }
    if (shown.dataset.parts !== undefined) {
      mend(shown, part);
      last = shown;
      continue;
    }
    keepOpen(shown, part);
    const stays = inUse(shown) || shown.isEqualNode(part);
    if (!stays) keepFocus(shown, () => shown.replaceWith(part));
    last = stays ? shown : part;
  }
  for (const part of [...region.children]) {
    if (!wanted.has(part.id) && !inUse(part)) part.remove();
  }
}

function announce(region) {
  const words = region.querySelector("[data-announce]")?.dataset.announce;
  const announcer = document.getElementById("announcer");
  if (words && announcer && announcer.textContent !== words) announcer.textContent = words;
}

function live(region) {
  let fetching = null;
  const refresh = async () => {
    fetching?.abort();
    fetching = new AbortController();
    try {
      mend(region, await fragment(region.dataset.liveFragment, { signal: fetching.signal }));
      announce(region);
    } catch {
      // The page stays as it was; the next event tries again.
    }
  };
  let waiting = 0;
  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, PAUSE);
  };
  const listen = () => {
    const source = new EventSource(region.dataset.live);
    source.addEventListener("message", soon);
    source.addEventListener("end", () => source.close());
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, RETRY);
    });
  };
  listen();
}

function swap(inside) {
  let fetching = null;
  let waiting = 0;
  const send = async () => {
    const form = inside.closest("form") ?? inside.querySelector("form");
    const into = document.getElementById(inside.dataset.swapInto);
    const body = new URLSearchParams(new FormData(form));
    const [url, options] = inside.dataset.swapMethod === "get" ? [`?${body}`, {}] : ["", { method: "POST", body }];
    fetching?.abort();
    fetching = new AbortController();
    into.setAttribute("aria-busy", "true");
    try {
      const fresh = await fragment(inside.dataset.swap + url, { ...options, signal: fetching.signal });
      keepOpen(into, fresh);
      keepFocus(into, () => into.replaceChildren(fresh));
      into.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") into.removeAttribute("aria-busy");
    }
  };
  const hold = () => {
    fetching?.abort();
    clearTimeout(waiting);
  };
  inside.addEventListener("input", () => {
    // The answer on its way is older than what was just typed.
    hold();
    waiting = setTimeout(send, PAUSE);
  });
  // What the pressed button does must not be undone by what was typed just before.
  inside.addEventListener("submit", hold);
}

document.addEventListener("input", (event) => {
  if (event.target.form) touched.add(event.target.form);
});
document.addEventListener("submit", (event) => touched.delete(event.target));
addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll("form[data-unsaved]")].some((form) => touched.has(form))) event.preventDefault();
});
for (const region of document.querySelectorAll("[data-live]")) live(region);
for (const inside of document.querySelectorAll("[data-swap]")) swap(inside);
