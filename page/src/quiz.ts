// A quiz is a list with ticks and reasons. The reader gets a choice instead, and the reason for what they chose.

import type { Box } from "./box.ts";
import { element } from "./element.ts";
import { keepKeys } from "./keys.ts";
import { keep, recall } from "./store.ts";

/** Works one quiz. The list stays for print. */
export function quiz(box: Box): void {
    const list = box.element.querySelector(":scope > ul");
    const items = [...(list?.children ?? [])].filter((item) => item.querySelector("input[type=checkbox]"));
    if (!list || items.length === 0) return;
    const said = element("p", { class: "verdict", role: "status" });
    const choices = items.map((item, place) => choice(item, `quiz-${box.key}`, place));
    const choose = (chosen: Choice) => {
        for (const choice of choices) {
            choice.element.classList.toggle("is-right", choice === chosen && chosen.right);
            choice.element.classList.toggle("is-wrong", choice === chosen && !chosen.right);
        }
        said.replaceChildren(element("strong", {}, chosen.right ? "Right." : "Not so."), " ", ...copies(chosen.reason));
    };
    const key = `quiz/${box.key}`;
    for (const [place, choice] of choices.entries()) {
        choice.radio.addEventListener("change", () => {
            keep(key, String(place));
            choose(choice);
        });
    }
    const question = [...box.element.childNodes].slice(0, [...box.element.childNodes].indexOf(list as ChildNode));
    const legend = element("legend", {}, ...copies(question));
    const fieldset = element("fieldset", { class: "choices" }, legend, ...choices.map((choice) => choice.element), said);
    keepKeys(fieldset);
    const printed = element("div", { class: "printed" }, ...question, list);
    box.element.classList.add("quiz");
    box.element.append(printed, fieldset);
    const before = recall(key) === "" ? undefined : choices[Number(recall(key))];
    if (before) {
        before.radio.checked = true;
        choose(before);
    }
}

interface Choice {
    element: HTMLElement;
    radio: HTMLInputElement;
    right: boolean;
    reason: ChildNode[];
}

/** What the list says of a choice: its words, and last, in italics, the reason. */
function choice(item: Element, name: string, place: number): Choice {
    const words = item.cloneNode(true) as Element;
    const tick = words.querySelector<HTMLInputElement>("input[type=checkbox]");
    const right = tick?.hasAttribute("checked") ?? false;
    tick?.remove();
    const last = [...words.querySelectorAll("em")].at(-1);
    const reason = last ? [...last.childNodes] : [];
    last?.remove();
    const radio = element("input", { type: "radio", name, value: place });
    const paragraphs = [...words.childNodes].flatMap((node) => (node.nodeName === "P" ? [...node.childNodes] : [node]));
    return { element: element("label", {}, radio, element("span", {}, ...paragraphs)), radio, right, reason };
}

function copies(nodes: ChildNode[]): Node[] {
    return nodes.map((node) => node.cloneNode(true));
}
