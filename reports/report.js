// Filter, search, theme and deep links. The page is whole without any of it.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const search = document.getElementById("search");
  const findings = all(".finding");
  const ranks = ["critical", "high", "medium", "low", "info"];
  const texts = new Map();

  const textOf = (finding) => {
    if (!texts.has(finding)) {
      const group = finding.closest(".rule-group");
      const title = group ? group.querySelector("h3, .title") : null;
      const rule = group ? group.querySelector(".rule") : null;
      texts.set(finding, [finding, title, rule].map((one) => (one ? one.textContent : "")).join(" ").toLowerCase());
    }
    return texts.get(finding);
  };

  const chosen = (id) => {
    const field = document.getElementById(id);
    return field ? field.value : "";
  };

  const wanted = () => {
    const statuses = new Set(all("input[name=status]:checked", form).map((box) => box.value));
    const rank = ranks.indexOf(chosen("severity"));
    const type = chosen("type");
    const framework = chosen("framework");
    const account = chosen("account");
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return (finding) => {
      const data = { ...finding.closest("[data-severity]").dataset, ...finding.dataset };
      const group = finding.closest(".rule-group");
      return (
        [...finding.classList].some((name) => statuses.has(name)) &&
        (rank < 0 || ranks.indexOf(data.severity) <= rank) &&
        (!type || data.type === type) &&
        (!account || data.account === account) &&
        (!framework || !group || group.dataset.frameworks.split(" ").includes(framework)) &&
        words.every((word) => textOf(finding).includes(word))
      );
    };
  };

  const apply = () => {
    const keep = wanted();
    const kept = new Set(findings.filter(keep));
    for (const finding of findings) {
      const within = all(".finding", finding).some((one) => kept.has(one));
      finding.classList.toggle("gone", !kept.has(finding) && !within);
    }
    for (const group of all(".rule-group, .missing")) {
      group.classList.toggle("gone", !all(".finding", group).some((one) => kept.has(one)));
    }
    const filtered = kept.size < findings.length;
    for (const group of all("details.evidence")) {
      if (filtered && search.value && !group.classList.contains("gone")) group.open = true;
    }
    shown.textContent = filtered ? `${kept.size} of ${findings.length} findings shown` : `${findings.length} findings`;
  };

  const reveal = () => {
    const target = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    if (!target) return;
    if (target.closest(".gone")) form.reset(), apply();
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };

  const theme = document.getElementById("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  const tools = document.getElementById("tools");
  tools.hidden = findings.length === 0;
  tools.open = matchMedia("(min-width: 60.01rem)").matches;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  addEventListener("hashchange", reveal);
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) event.preventDefault(), search.focus();
    if (event.key === "Escape" && document.activeElement === search) (search.value = ""), apply();
  });
  addEventListener("beforeprint", () => all("details").forEach((one) => (one.open = true)));
  apply();
  reveal();
})();
