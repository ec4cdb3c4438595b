/** Lines that stay, and below them one that says how things stand. */
export interface LiveLine extends Disposable {
  say(text: string): void;
  /** Where the output is no terminal, a change is written as a line, every two seconds at most. */
  show(status: string): void;
}

const everyMs = 2_000;
const clear = '\r\u001b[2K';

/** A live line on this output; disposing takes it away. */
export function openLiveLine(output: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): LiveLine {
  let shown = '';
  let latest = -everyMs;
  const wipe = () => (output.isTTY && shown ? clear : '');
  return {
    say(text) {
      output.write(`${wipe()}${text}\n${output.isTTY ? shown : ''}`);
    },
    show(status) {
      const now = performance.now();
      if (status === shown || (!output.isTTY && now - latest < everyMs)) return;
      output.write(output.isTTY ? `${wipe()}${status}` : `${status}\n`);
      shown = status;
      latest = now;
    },
    [Symbol.dispose]() {
      output.write(wipe());
      shown = '';
    },
  };
}
