// An open editor of one file: the text, what to do with it, and what came of running it.

import { element } from "../element.ts";
import { lab } from "../engine.ts";
import { keepKeys } from "../keys.ts";
import { Panel } from "../run/panel.ts";
import { type News, type Said, source, type Source } from "../run/protocol.ts";
import { CLOSED } from "../run/run.ts";
import { changed, edits, keepChange, type Lines, moved, watchChange } from "./changes.ts";
import { type Editor, openEditor } from "./editor.ts";
import { choices, type Output } from "./outputs.ts";

/** A listing, and what surrounds it. */
export interface Listing {
    figure: HTMLElement;
    slug: string;
    file: string;
    /** What the page shows of the file; none: all of it. */
    lines: Lines | undefined;
    /** The outputs of the page, and how many of them stand before this. */
    outputs: Output[];
    before: number;
}

/** What the listing's button does about it. */
export interface Around {
    /** The file was changed, or is as the course has it again. */
    tell(): void;
    closed(): void;
    /** The reader has closed it, and goes on elsewhere. */
    leave(): void;
}

let opened = 0;

export class Desk {
    readonly #listing: Listing;
    readonly #around: Around;
    readonly #source: Source;
    readonly #host = element("div", { class: "edit" });
    readonly #note = element("p", { class: "about" });
    readonly #reset: HTMLButtonElement;
    readonly #choice: HTMLSelectElement;
    readonly #panel: Panel;
    #editor: Editor | undefined;
    #said: Said[] = [];
    #follows = false;

    /** Opens one below its listing, which it stands for. Fails with a reason for the reader. */
    static async open(listing: Listing, around: Around): Promise<Desk> {
        const desk = new Desk(listing, around, await source(listing.slug, listing.file));
        try {
            await desk.#draw();
        } catch {
            desk.close();
            throw new Error("The editor could not be loaded: is the server still there?");
        }
        return desk;
    }

    private constructor(listing: Listing, around: Around, source: Source) {
        [this.#listing, this.#around, this.#source] = [listing, around, source];
        const { figure, slug, file, outputs, before } = listing;
        const { all, meant } = choices(slug, file, outputs, before);
        const options = all.map(({ label }, place) => element("option", { value: place, selected: place === meant }, label));
        this.#choice = element("select", {}, ...options);
        keepKeys(this.#choice);
        const editor = element("div");
        this.#host.append(this.#note, editor);
        const id = `edit-run-${++opened}`;
        this.#panel = new Panel(this.#host, id, {
            name: file,
            request: () => {
                const { scene = slug, part } = all[Number(this.#choice.value)] ?? {};
                const changes = edits(Object.keys(source.versions));
                return { scene, ...(part === undefined ? {} : { part }), edits: changes };
            },
            begin: () => this.#show([]),
            hear: (news) => this.#hear(news),
            lead: (said) => (said.file === file ? () => this.#editor?.goTo(said.line, said.column) : undefined),
        }, lab);
        const press = (label: string, does: () => void) => {
            const button = element("button", { type: "button", "aria-label": `${label}: ${file}` }, label);
            button.addEventListener("click", does);
            return button;
        };
        this.#reset = press("Reset", () => this.#askToReset());
        const close = press("Close", () => {
            this.close();
            around.leave();
        });
        const label = element("label", { class: "kernel" }, "show: ", this.#choice);
        this.#panel.bar.querySelector(`#${id}`)?.after(" ", label, " ", this.#reset, " ", press("Download", () => this.#download()), " ", close);
        figure.append(this.#host);
    }

    /** The listing that it stands for. */
    get figure(): HTMLElement {
        return this.#listing.figure;
    }

    focus(): void {
        this.#editor?.focus();
    }

    /** Closes it; what was changed is kept. */
    close(): void {
        this.#panel.stop();
        this.#editor?.destroy();
        this.#editor = undefined;
        this.#host.remove();
        this.#listing.figure.classList.remove("is-edited");
        this.#around.closed();
        dispatchEvent(new Event(CLOSED));
    }

    async #draw(): Promise<void> {
        const { figure, file, lines } = this.#listing;
        const { text: original } = this.#source;
        const text = changed(file)?.text ?? original;
        const place = this.#host.querySelector<HTMLElement>("div");
        if (!place) return;
        const editor = await openEditor(place, {
            text,
            language: file.endsWith(".rs") ? "rust" : "c",
            label: `${file}, the whole file`,
            onChange: (now) => this.#keep(now),
            onRun: () => this.#panel.start(),
        });
        this.#editor = editor;
        figure.classList.add("is-edited");
        this.#tell();
        const shown = lines && moved(lines, original, text);
        if (shown) editor.reveal(shown.from, shown.to);
        editor.focus();
        watchChange(file, (change) => this.#follow(change?.text ?? original));
    }

    /** Shows what another tab keeps. To keep it once more could undo what is typed there meanwhile. */
    #follow(text: string): void {
        this.#follows = true;
        this.#put(text);
        this.#follows = false;
        this.#tell();
    }

    /** Puts a text into the editor, which keeps it. */
    #put(text: string): void {
        if (this.#editor && this.#editor.text() !== text) this.#editor.set(text);
    }

    #keep(text: string): void {
        if (this.#follows) return;
        const { file } = this.#listing;
        const base = changed(file)?.base ?? this.#source.versions[file] ?? "";
        keepChange(file, text === this.#source.text ? undefined : { base, text });
        this.#tell();
        this.#around.tell();
    }

    /** Says what stands in the editor. */
    #tell(): void {
        const { file, lines } = this.#listing;
        const change = changed(file);
        this.#reset.disabled = !change;
        const isOld = change && change.base !== this.#source.versions[file];
        const others = edits(Object.keys(this.#source.versions)).filter((edit) => edit.file !== file).map((edit) => edit.file);
        this.#note.textContent = [
            lines ? "This is the whole file; what the page shows of it is marked." : "This is the whole file.",
            isOld ? "The course has another version of it since you changed it: Reset takes that." : "",
            others.length > 0 ? `It runs with your ${others.join(" and ")}, too.` : "",
        ].join(" ").trim();
    }

    #askToReset(): void {
        const { file } = this.#listing;
        if (!confirm(`Take back all that you have changed in ${file}?`)) return;
        this.#put(this.#source.text);
        // Also where the texts were the same and only the version was another.
        keepChange(file, undefined);
        this.#show([]);
        this.#tell();
        this.#around.tell();
        this.#editor?.focus();
    }

    #download(): void {
        const { file, slug } = this.#listing;
        const address = URL.createObjectURL(new Blob([this.#editor?.text() ?? ""], { type: "text/plain" }));
        element("a", { href: address, download: file.slice(file.lastIndexOf("/") + 1) }).click();
        setTimeout(() => URL.revokeObjectURL(address), 60_000);
        this.#note.replaceChildren("Put it into a folder of your own as ", element("code", {}, `FOLDER/${file}`),
            "; this runs the lesson with it: ", element("code", {}, `cargo lab run ${slug} --from FOLDER`));
    }

    #hear(news: News): void {
        if (news.kind === "compiler") this.#show([...this.#said, ...news.diagnostics]);
    }

    /** Shows at their lines what compilers say of this file. */
    #show(said: Said[]): void {
        this.#said = said;
        this.#editor?.diagnostics(said.filter(({ file }) => file === this.#listing.file));
    }
}
