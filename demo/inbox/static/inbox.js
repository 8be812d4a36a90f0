// Reloads the list when a new email has arrived.
const shown = Number(document.querySelector("[data-newest]").dataset.newest);

setInterval(async () => {
  if (document.hidden || document.activeElement?.id === "to") return;
  const answer = await fetch(`/api/messages${location.search}`).catch(() => null);
  if (!answer?.ok) return;
  const [newest] = await answer.json();
  if ((newest?.id ?? 0) !== shown) location.reload();
}, 2000);
