// Kernel style puts a blank line after each function, so a snippet that ends with one would end with an empty line.
for (const code of document.querySelectorAll("pre > code")) {
    const end = code.lastChild;
    if (end && end.nodeType === Node.TEXT_NODE) end.data = end.data.trimEnd() + "\n";
}
