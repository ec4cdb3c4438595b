/**
 * Tells equal things of a long file apart by their ordinal, in two passes and little memory.
 *
 * The first pass marks a few bits for each hash; who finds all of theirs marked may be a repetition, and is remembered.
 * The second pass counts only those. The answer is exact: a false suspect merely counts to one. A byte of marks for 32
 * bytes of the file is enough: a gigabyte of messages costs 32 MB.
 */
export class Repeats {
  readonly #marks: Uint32Array;
  readonly #suspects = new Map<string, number>();

  /** `bytes`: the file's size. */
  constructor(bytes: number) {
    const words = Math.min(Math.max(Math.ceil(bytes / 128), 1 << 14), 1 << 24);
    this.#marks = new Uint32Array(2 ** Math.ceil(Math.log2(words)));
  }

  /** First pass: takes the SHA-256 of a thing. */
  note(digest: Buffer): void {
    const bits = this.#marks.length * 32;
    let isNew = false;
    for (let part = 0; part < 4; part++) {
      const bit = digest.readUInt32LE(part * 4) % bits;
      const [word, flag] = [bit >>> 5, 1 << (bit & 31)];
      const marked = this.#marks[word] ?? 0;
      if ((marked & flag) === 0) {
        isNew = true;
        this.#marks[word] = marked | flag;
      }
    }
    if (!isNew) this.#suspects.set(digest.toString('latin1'), 0);
  }

  /** Second pass, in the order of the file: how many equal ones came before this one. */
  ordinalOf(digest: Buffer): number {
    const name = digest.toString('latin1');
    const before = this.#suspects.get(name);
    if (before === undefined) return 0;
    this.#suspects.set(name, before + 1);
    return before;
  }
}
