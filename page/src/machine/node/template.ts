// Boots the machine once and saves what it is then: `node template.ts ASSETS KERNEL INITRD STATE`. ASSETS has the firmware.

import { readFileSync, writeFileSync } from "node:fs";
import { constants, zstdCompressSync } from "node:zlib";
import { Machine } from "../machine.ts";
import { PAGE, pack, used } from "../state.ts";
import { emulator } from "./emulator.ts";

const [assets, kernel, initrd, state] = process.argv.slice(2);
if (!assets || !kernel || !initrd || !state) throw new Error("usage: template.ts ASSETS KERNEL INITRD STATE");

/** `tsc=reliable` and `mitigations=off`: there is one processor, and it is not a real one. */
const COMMAND_LINE = [
    "console=ttyS0 quiet panic=-1 LAB_PORT=/dev/ttyS1",
    "tsc=reliable mitigations=off random.trust_cpu=on nokaslr",
    "init_on_alloc=0",
].join(" ");

/**
 * What was only read goes. Then free memory becomes zeros, which cost nothing in the state: a file takes all but the 2 MiB that the
 * kernel may want meanwhile, and once more, because it has other memory left then.
 */
const ZEROS = `
    sync; echo 3 > /proc/sys/vm/drop_caches; echo 1 > /proc/sys/vm/compact_memory
    mkdir /zeros
    for turn in 1 2; do
        mount -t tmpfs -o size=$(awk '/^MemFree/ { print $2 - 2048 }' /proc/meminfo)k zeros /zeros
        dd if=/dev/zero of=/zeros/file bs=64k 2>/dev/null
        umount /zeros
    done
    rmdir /zeros`;

function file(path: string): { buffer: ArrayBuffer } {
    const bytes = readFileSync(path);
    return { buffer: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) };
}

const machine = await Machine.booted(await emulator(), {
    bios: file(`${assets}/bios.bin`),
    vga_bios: file(`${assets}/vgabios-stdvga.bin`),
    bzimage: file(kernel),
    initrd: file(initrd),
    cmdline: COMMAND_LINE,
});
machine.heard = log => process.stderr.write(log);
await machine.ready();
await machine.share();
await machine.must(["/bin/sh", "-c", ZEROS]);
const saved = await machine.save();
const compressed = pack(saved, (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } }));
writeFileSync(state, compressed);
const pages = used(saved.memory).reduce((sum, [, count]) => sum + count, 0);
process.stdout.write(`${JSON.stringify({ bytes: pages * PAGE, compressed: compressed.length })}\n`);
process.exit();
