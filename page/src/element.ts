// Elements, made in one line.

type Attributes = Record<string, string | number | boolean>;

/** An element with these attributes and children. An attribute that is `false` is left out, one that is `true` is empty. */
export function element<Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    attributes: Attributes = {},
    ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
    const made = document.createElement(name);
    for (const [attribute, value] of Object.entries(attributes)) {
        if (value !== false) made.setAttribute(attribute, value === true ? "" : String(value));
    }
    made.append(...children);
    return made;
}
