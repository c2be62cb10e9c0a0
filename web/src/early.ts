// Before the first paint: the colours that were chosen.
try {
  document.documentElement.dataset["theme"] = localStorage.getItem("theme") ?? "system";
} catch {
  // As the system.
}
