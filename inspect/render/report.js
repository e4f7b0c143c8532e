// SPDX-License-Identifier: MIT
// The page works without this; with it, tables sort and filter, and the picture can be entered.
"use strict";

const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
};

// ---- tables ----

const cellKey = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value === undefined ? cell.textContent : BigInt(cell.dataset.value);
};

const sortBy = (table, column, descending) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map(row => ({row, key: cellKey(row, column)}));
    rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) * (descending ? -1 : 1));
    body.replaceChildren(...rows.map(entry => entry.row)); // appended one by one, 10 000 take a second
    for (const head of table.tHead.rows[0].cells)
        head.removeAttribute("aria-sort");
    table.tHead.rows[0].cells[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
};

const parseAddress = text => /^(0x[0-9a-f]+)$/i.test(text) ? BigInt(text) : null;

const matches = (row, text) => {
    const address = parseAddress(text);
    if (address !== null && row.dataset.start !== undefined)
        return BigInt(row.dataset.start) <= address && address < BigInt(row.dataset.end);
    const content = row.textContent.toLowerCase();
    return text.toLowerCase().split(/\s+/).every(word => content.includes(word));
};

for (const table of document.querySelectorAll("table.data")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
        const button = element("button", {type: "button"}, ...head.childNodes);
        button.addEventListener("click", () =>
            sortBy(table, column, head.getAttribute("aria-sort") === "ascending"));
        head.append(button);
    });
    const name = table.caption.textContent;
    const input = element("input", {type: "search", placeholder: "words, or an address: 0x..."});
    input.setAttribute("aria-label", `Filter: ${name}`);
    const shown = element("span", {className: "soft"});
    shown.setAttribute("role", "status");
    input.addEventListener("input", () => {
        const rows = [...table.tBodies[0].rows], text = input.value.trim();
        for (const row of rows)
            row.hidden = text !== "" && !matches(row, text);
        shown.textContent = text === "" ? "" : `${rows.filter(row => !row.hidden).length} of ${rows.length} rows`;
    });
    table.closest(".scroll").before(element("div", {className: "tools"}, input, shown));
}

// ---- the picture ----

const UNITS = 1000000n;
const hex = number => "0x" + number.toString(16);

for (const strip of document.querySelectorAll("svg.strip")) {
    const whole = {start: BigInt(strip.dataset.start), end: BigInt(strip.dataset.end)};
    let view = {...whole};
    const [first, last] = strip.nextElementSibling.children;
    const said = element("output", {className: "soft"});

    const draw = () => {
        const size = view.end - view.start;
        for (const area of strip.children) {
            if (area.tagName !== "rect")
                continue;
            const clip = at => at < view.start ? view.start : at > view.end ? view.end : at;
            const from = clip(BigInt(area.dataset.start)), to = clip(BigInt(area.dataset.end));
            area.setAttribute("x", Number((from - view.start) * UNITS / size));
            area.setAttribute("width", Number((to - from) * UNITS / size));
        }
        first.textContent = hex(view.start);
        last.textContent = hex(view.end);
    };
    // The size halves or doubles around the middle; the view never leaves the whole.
    const show = (start, size) => {
        const full = whole.end - whole.start;
        size = size > full ? full : size < 4096n ? 4096n : size;
        start = start < whole.start ? whole.start : start + size > whole.end ? whole.end - size : start;
        view = {start, end: start + size};
        draw();
    };
    const size = () => view.end - view.start;
    let chosen = null;
    const choose = area => {
        chosen?.removeAttribute("data-chosen");
        area?.setAttribute("data-chosen", "");
        said.textContent = area ? area.querySelector("title").textContent : "not described by the firmware";
        chosen = area;
    };
    // From the chosen area to another that the strip shows; the ends are ends.
    const step = by => {
        const seen = [...strip.querySelectorAll("rect")].filter(area =>
            BigInt(area.dataset.start) < view.end && BigInt(area.dataset.end) > view.start);
        const at = seen.indexOf(chosen);
        if (seen.length !== 0)
            choose(seen[at < 0 ? 0 : Math.min(Math.max(at + by, 0), seen.length - 1)]);
    };
    const actions = {
        "Zoom in": () => show(view.start + size() / 4n, size() / 2n),
        "Zoom out": () => show(view.start - size() / 2n, size() * 2n),
        "Left": () => show(view.start - size() / 4n, size()),
        "Right": () => show(view.start + size() / 4n, size()),
        "All": () => show(whole.start, whole.end - whole.start),
        "Previous area": () => step(-1),
        "Next area": () => step(1),
    };
    const buttons = Object.entries(actions).map(([label, action]) => {
        const button = element("button", {type: "button"}, label);
        button.setAttribute("aria-label", `${label}: ${strip.getAttribute("aria-label")}`);
        button.addEventListener("click", action);
        return button;
    });
    strip.addEventListener("click", event => choose(event.target.closest("rect")));
    strip.nextElementSibling.after(element("div", {className: "tools"}, ...buttons, said));
}
