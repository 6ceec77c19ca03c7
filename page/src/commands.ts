/** The commands of a terminal's record: what stands behind a prompt, with the lines that it goes on in. */
export function commands(record: string): string {
    const kept: string[] = [];
    let goesOn = false;
    for (const line of record.split("\n")) {
        const command: string | undefined = /^[$#] (.*)$/.exec(line)?.[1] ?? (goesOn ? line.replace(/^> /, "") : undefined);
        if (command === undefined) continue;
        kept.push(command);
        goesOn = command.endsWith("\\");
    }
    return kept.map((line) => `${line}\n`).join("");
}
