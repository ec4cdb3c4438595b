import { hash } from 'node:crypto';

const load = 0.7;

/**
 * Which keys a file has had so far, and in which line, in about 25 bytes a key however long the keys are.
 *
 * Keys are known by 64 bits of their SHA-256: among ten million keys the chance that any two are taken for one is one
 * in 300,000. It is the only thing here that grows with the file, by a hundredth of what a map of strings would.
 */
export class KeyLines {
  #size = 0;
  #high = new Uint32Array(1024);
  #low = new Uint32Array(1024);
  /** 0: the place is free. */
  #line = new Uint32Array(1024);

  /** Notes the key, unless it is there already: then it returns the line it was first seen in. */
  add(key: string, line: number): number | undefined {
    if (this.#size > this.#line.length * load) this.#grow();
    const [high, low] = digest(key);
    const place = this.#find(high, low);
    const known = this.#line[place];
    if (known) return known;
    this.#put(place, high, low, line);
    return undefined;
  }

  has(key: string): boolean {
    const [high, low] = digest(key);
    return this.#line[this.#find(high, low)] !== 0;
  }

  #find(high: number, low: number): number {
    const mask = this.#line.length - 1;
    let place = low & mask;
    while (this.#line[place] !== 0 && (this.#high[place] !== high || this.#low[place] !== low))
      place = (place + 1) & mask;
    return place;
  }

  #put(place: number, high: number, low: number, line: number): void {
    this.#high[place] = high;
    this.#low[place] = low;
    this.#line[place] = line;
    this.#size++;
  }

  #grow(): void {
    const [highs, lows, lines] = [this.#high, this.#low, this.#line];
    const length = lines.length * 2;
    this.#high = new Uint32Array(length);
    this.#low = new Uint32Array(length);
    this.#line = new Uint32Array(length);
    this.#size = 0;
    lines.forEach((line, place) => {
      const [high = 0, low = 0] = [highs[place], lows[place]];
      if (line !== 0) this.#put(this.#find(high, low), high, low, line);
    });
  }
}

function digest(key: string): [high: number, low: number] {
  const bytes = hash('sha256', key, 'buffer');
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4)];
}
