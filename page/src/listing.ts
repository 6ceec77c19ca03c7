/** Kernel style puts a blank line after each function, so a snippet that ends with one would end with an empty line. */
export function trimEnds(): void {
    for (const code of document.querySelectorAll("pre > code")) {
        const end = code.lastChild;
        if (end instanceof Text) end.data = end.data.trimEnd() + "\n";
    }
}
