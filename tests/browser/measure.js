// SPDX-License-Identifier: MIT
// What a page shows, told in plain data. It knows nothing of the page's own script.
"use strict";

const measure = {
    tables() {
        return [...document.querySelectorAll("table.data")].map(table => ({
            name: table.caption.textContent,
            heads: [...table.tHead.rows[0].cells].map(head => head.textContent),
            rows: [...table.tBodies[0].rows].map(row => ({
                text: row.textContent,
                cells: [...row.cells].map(cell => [cell.textContent, cell.dataset.value ?? null]),
            })),
        }));
    },

    // Rows get numbers, by which they are known when they have moved.
    number_rows() {
        for (const table of document.querySelectorAll("table.data"))
            [...table.tBodies[0].rows].forEach((row, number) => row.number = number);
    },

    sorted_now(table) {
        const at = document.querySelectorAll("table.data")[table];
        return {
            order: [...at.tBodies[0].rows].map(row => row.number),
            heads: [...at.tHead.rows[0].cells].map(head => head.getAttribute("aria-sort")),
        };
    },

    sort(table, column) {
        const button = document.querySelectorAll("table.data")[table].tHead.rows[0].cells[column].querySelector("button");
        button?.click();
        return button ? this.sorted_now(table) : null;
    },

    shorten_tables(count) {
        for (const row of document.querySelectorAll(`table.data tbody tr:nth-child(n + ${count + 1})`))
            row.remove();
    },

    shown(table) {
        return [...document.querySelectorAll("table.data")[table].tBodies[0].rows]
            .filter(row => row.getClientRects().length !== 0).map(row => row.number);
    },

    // Where a strip begins and ends on the screen, its border left out, and each of its areas.
    strips() {
        const colours = new Map([...document.querySelectorAll(".legend li")].map(entry => [
            entry.textContent.split(",")[0], getComputedStyle(entry.querySelector(".swatch")).backgroundColor]));
        return [...document.querySelectorAll("svg.strip")].map(strip => {
            const box = strip.getBoundingClientRect(), style = getComputedStyle(strip);
            const left = box.left + parseFloat(style.borderLeftWidth);
            return {
                name: strip.getAttribute("aria-label"),
                left, right: box.right - parseFloat(style.borderRightWidth), height: strip.clientHeight,
                scale: [...strip.nextElementSibling.children].map(label => label.textContent),
                areas: [...strip.querySelectorAll("rect")].map(area => {
                    const edges = area.getBoundingClientRect(), name = area.getAttribute("class");
                    return {
                        left: edges.left, right: edges.right, height: edges.height, class: name,
                        title: area.querySelector("title").textContent,
                        chosen: area.hasAttribute("data-chosen"),
                        coloured: colours.get(name) === getComputedStyle(area).fill,
                    };
                }),
            };
        });
    },

    // Is the first head where it was, once the rows are scrolled by half a screen? Only a table of many rows can tell.
    heads_stay(table) {
        const at = document.querySelectorAll("table.data")[table], box = at.closest(".scroll");
        const top = () => at.tHead.rows[0].cells[0].getBoundingClientRect().top - box.getBoundingClientRect().top;
        box.scrollTop = innerHeight / 2;
        const stays = box.scrollTop === 0 ? box.scrollHeight <= box.clientHeight && box.clientHeight < innerHeight
            : Math.abs(top()) <= 2;
        box.scrollTop = 0;
        return stays;
    },

    legend() {
        return [...document.querySelectorAll(".legend li")].map(entry => entry.textContent.split(",")[0]);
    },

    // What the keyboard must reach, in the document's order.
    stops() {
        const all = [...document.querySelectorAll("a[href], button, input, [tabindex]")]
            .filter(stop => stop.tabIndex >= 0 && stop.getClientRects().length !== 0);
        all.forEach((stop, number) => stop.stop = number);
        return all.map(stop => stop.getAttribute("aria-label") || stop.textContent);
    },

    focus() {
        const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
        return {
            stop: at.stop ?? null,
            outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
            colour: style.outlineColor,
            paper: getComputedStyle(document.body).backgroundColor,
            on_screen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        };
    },

    // Elements that could make a browser ask somebody for something.
    references() {
        const named = [...document.querySelectorAll("*")].flatMap(element => [...element.attributes]
            .filter(attribute => /^(src|srcset|href|xlink:href|action|formaction|data|poster|background|ping|on.*)$/
                .test(attribute.name) && !attribute.value.startsWith("#"))
            .map(attribute => `${element.localName} ${attribute.name}=${attribute.value}`));
        return named.concat([...document.querySelectorAll(
            "link, base, iframe, object, embed, img, form, meta[http-equiv=refresh i]")].map(e => e.localName));
    },

    // What stands out of the page to the right, innermost elements only.
    overflow() {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= width)
            return [];
        const wide = [...document.body.querySelectorAll("*")]
            .filter(element => element.getBoundingClientRect().right > width + 1 && !element.closest(".scroll *"));
        return [`${document.documentElement.scrollWidth} of ${width} pixels`, ...wide.slice(0, 5)
            .map(element => `${element.localName} ${element.textContent.slice(0, 30)}`)];
    },

    // Text that a box without scroll bars cuts off.
    cut_off() {
        return [...document.querySelectorAll("h1, h2, h3, p, li, caption, button, summary, .scale span")]
            .filter(element => element.getClientRects().length !== 0 &&
                element.scrollWidth > element.clientWidth + 1 && element.clientWidth !== 0)
            .map(element => `${element.localName} ${element.textContent.slice(0, 40)}`);
    },

    displayed(selector) {
        return [...document.querySelectorAll(selector)]
            .filter(element => element.getClientRects().length !== 0).length;
    },

    ink() {
        return getComputedStyle(document.body).color;
    },
};
window.measure = measure;
