// One exercise that is open on the page: an editor of the reader's own copy, what checks it, and hints.

import { openEditor, type Editor } from "../edit/editor.ts";
import { element } from "../element.ts";
import { kernel } from "../run/kernel.ts";
import { difference } from "../run/panel.ts";
import { CLOSED } from "../run/run.ts";
import { keep, recall } from "../store.ts";
import { Copy, type Draft } from "./copy.ts";
import { converse, type Conflict, type Conversation, type Ended, type Gone, type Held, type News, type Standing } from "./protocol.ts";
import { html, show } from "./results.ts";
import type { Solution } from "./solution.ts";
import { words } from "./words.ts";

/** So long after the last key the copy is written, in milliseconds. */
const QUIET = 1000;

export class Desk {
    readonly element: HTMLElement;
    readonly #title: string;
    readonly #solution: Solution;
    readonly #key: string;
    readonly #talk: Conversation;
    readonly #where = element("p", { class: "where" });
    readonly #host = element("div");
    readonly #choice = element("div", { class: "choice", role: "alert" });
    readonly #check = element("button", { type: "button" });
    readonly #hint = element("button", { type: "button" });
    readonly #reset = element("button", { type: "button" }, "Reset");
    readonly #state = element("span", { role: "status" }, "asking for your copy");
    readonly #results = element("div", { class: "shown", role: "log", "aria-live": "polite" });
    readonly #hints = element("div", { class: "hints", role: "log", "aria-live": "polite" });
    #editor: Editor | undefined;
    #copy: Copy | undefined;
    /** The kernel of the check that is under way. */
    #checking: string | undefined;
    #standing: Standing | undefined;
    #quiet: ReturnType<typeof setTimeout> | undefined;
    /** What was told while the editor was loaded. */
    #early: (News | Gone)[] | undefined;

    /** `name` is the exercise's in its chapter; `focused`: the reader has just asked for it. */
    constructor(slug: string, name: string, title: string, solution: Solution, focused: boolean) {
        this.#title = title;
        this.#solution = solution;
        this.#key = `draft/${slug}/${name}`;
        this.#reset.setAttribute("aria-label", `Reset: ${title}`);
        const buttons = element("p", {}, this.#check, " ", this.#hint, " ", this.#reset, " ", this.#state);
        this.element = element("section", { class: "desk run", "aria-label": `Your copy: ${title}` },
            this.#where, this.#host, this.#choice, buttons, this.#results, this.#hints);
        this.#label();
        this.#check.addEventListener("click", () => void this.#checkOrStop());
        this.#hint.addEventListener("click", () => this.#askHint());
        this.#reset.addEventListener("click", () => this.#begin());
        this.#host.addEventListener("focusout", () => void this.#copy?.save());
        addEventListener("pagehide", this.#leave);
        this.#talk = converse(slug, name, (news) => void this.#hear(news, focused));
    }

    /** Puts it away. The file has what the page says, or the page keeps it for the next time. */
    close(): void {
        void this.#copy?.save();
        clearTimeout(this.#quiet);
        removeEventListener("pagehide", this.#leave);
        this.#talk.close();
        this.#editor?.destroy();
        this.#ends();
        this.element.remove();
    }

    readonly #leave = (): void => void this.#copy?.save();

    async #hear(news: News | Gone, focused: boolean): Promise<void> {
        if (this.#early) {
            this.#early.push(news);
            return;
        }
        if (news.kind === "gone") {
            this.#state.textContent = news.why;
            this.#copy?.gone();
            this.#ends();
            return;
        }
        if (news.kind === "file" && !this.#editor) {
            await this.#open(news.path, news, focused);
            return;
        }
        const said = words(news, this.#checking ?? "");
        if (said !== undefined) this.#state.textContent = said;
        if (this.#copy?.hear(news)) this.#state.textContent = "The file has changed on disk, and this is what it says now.";
        if (news.kind === "record") this.#stands(news);
        if (news.kind === "ended") this.#ended(news);
        if (news.kind === "trouble" || news.kind === "refused") this.#ends();
    }

    /** Opens the editor with what the file says, or with what the page had when it was left. */
    async #open(path: string, file: Held, focused: boolean): Promise<void> {
        this.#early = [];
        const draft = this.#draft();
        const language = path.endsWith(".c") ? "c" : "rust";
        try {
            this.#editor = await openEditor(this.#host, {
                text: draft?.text ?? file.text ?? "",
                language,
                label: `${path}, your copy`,
                onChange: () => this.#typed(),
                onRun: () => void this.#checkOrStop(),
            });
        } catch {
            this.#state.textContent = "The editor could not be loaded: load the page anew.";
            return;
        }
        const editor = this.#editor;
        this.#where.replaceChildren("Your copy: ", element("code", {}, path), " ", element("span", { class: "saved" }));
        this.#state.textContent = "";
        this.#copy = new Copy({
            say: (ask) => this.#talk.say(ask),
            text: () => editor.text(),
            put: (text) => editor.set(text),
            keep: (draft) => keep(this.#key, draft ? JSON.stringify(draft) : ""),
            choose: (conflict) => this.#choose(conflict),
            saved: (isSaved) => this.#saved(isSaved),
        }, file, draft);
        if (focused) editor.focus();
        const early = this.#early;
        this.#early = undefined;
        for (const news of early) void this.#hear(news, false);
    }

    #draft(): Draft | undefined {
        try {
            return (JSON.parse(recall(this.#key) || "null") as Draft | null) ?? undefined;
        } catch {
            return undefined;
        }
    }

    #typed(): void {
        this.#copy?.typed();
        clearTimeout(this.#quiet);
        this.#quiet = setTimeout(() => void this.#copy?.save(), QUIET);
    }

    #saved(isSaved: boolean): void {
        this.#where.querySelector(".saved")?.replaceChildren(isSaved ? "(saved)" : "(not saved yet)");
    }

    async #checkOrStop(): Promise<void> {
        if (this.#checking !== undefined) {
            this.#talk.say({ kind: "stop" });
            return;
        }
        const chosen = kernel();
        this.#checking = chosen;
        this.element.dataset["busy"] = "";
        this.#label();
        this.#state.textContent = `Asking for a Linux ${chosen}.`;
        this.#results.replaceChildren();
        this.#editor?.diagnostics([]);
        if (await this.#copy?.save()) {
            this.#talk.say({ kind: "check", kernel: chosen });
            return;
        }
        if (this.#copy?.isTorn) this.#state.textContent = "Choose first: the file and the page say different things.";
        this.#ends();
    }

    #ended(ended: Ended): void {
        show(this.#results, ended, ({ line, column }) => this.#editor?.goTo(line, column));
        this.#editor?.diagnostics(ended.marks);
        this.#ends();
        if (ended.how === "same") {
            this.#solution.passed(true);
            this.#solution.unfold();
        }
    }

    /** Nothing is checked any more. */
    #ends(): void {
        if (this.#checking === undefined) return;
        this.#checking = undefined;
        delete this.element.dataset["busy"];
        this.#label();
        dispatchEvent(new Event(CLOSED));
    }

    #label(): void {
        const word = this.#checking === undefined ? "Check" : "Stop";
        this.#check.textContent = word;
        this.#check.setAttribute("aria-label", `${word}: ${this.#title}`);
        const [taken, of] = [this.#standing?.hints.length ?? 0, this.#standing?.of ?? 0];
        this.#hint.textContent = taken < of ? `Hint ${taken + 1} of ${of}` : "Hint";
        this.#hint.setAttribute("aria-label", `${this.#hint.textContent}: ${this.#title}`);
    }

    #askHint(): void {
        const { hints, of } = this.#standing ?? { hints: [], of: 0 };
        if (hints.length < of) this.#talk.say({ kind: "hint" });
        else this.#state.textContent = "That was the last hint.";
    }

    /** Begins anew. Nothing is lost by it, so nobody is asked back. */
    #begin(): void {
        this.#results.replaceChildren();
        this.#editor?.diagnostics([]);
        this.#state.textContent = "It is as it was at first.";
        this.#copy?.reset();
    }

    #stands(standing: Standing): void {
        this.#standing = standing;
        this.#label();
        this.#solution.passed(standing.passed);
        this.element.classList.toggle("has-passed", standing.passed);
        // Those that are there stay: only a new one is read aloud.
        while (this.#hints.childElementCount > standing.hints.length) this.#hints.lastElementChild?.remove();
        for (const [place, hint] of [...standing.hints.entries()].slice(this.#hints.childElementCount)) {
            const title = element("p", {}, element("strong", {}, `Hint ${place + 1} of ${standing.of}`));
            this.#hints.append(element("div", { class: "hint" }, title, html(hint)));
        }
        if (standing.outdated) this.#state.textContent = standing.outdated;
    }

    /** Two texts to choose from. */
    #choose(conflict: Conflict | undefined): void {
        this.#choice.replaceChildren();
        if (!conflict) return;
        const settle = (keep: "page" | "file", words: string) => {
            const button = element("button", { type: "button", "aria-label": `${words}: ${this.#title}` }, words);
            button.addEventListener("click", () => this.#copy?.settle(keep));
            return button;
        };
        if (conflict.text === null) {
            this.#choice.append(element("p", {}, "Your copy is not there any more. ", settle("page", "Put this text there"),
                " or begin anew with Reset."));
            return;
        }
        this.#choice.append(
            element("p", {}, "The file has changed on disk, and so has this page. Whichever you keep, the other is kept beside it."),
            element("p", {}, "− what the file says, + what this page says"),
            difference(conflict.difference, ["the file: ", "this page: "]),
            element("p", {}, settle("page", "Keep what this page says"), " ", settle("file", "Take what the file says")),
        );
    }
}
