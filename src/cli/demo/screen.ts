/** Where the demo is told: lines that stay and, on a terminal, a bar below them that moves. */
export interface Screen {
  line(text: string): void;
  /** Shows how far it is, on a terminal. */
  progress(done: number, total: number): void;
  /** Takes the bar away. */
  end(): void;
}

const width = 30;
const clearLine = '\r\u001b[2K';

/** A screen on this output. */
export function openScreen(output: NodeJS.WriteStream): Screen {
  let bar = '';
  const redraw = (above: string) => output.write(output.isTTY ? `${bar && clearLine}${above}${bar}` : above);
  return {
    line: (text) => void redraw(`${text}\n`),
    progress(done, total) {
      if (!output.isTTY || total === 0) return;
      const filled = Math.round((width * Math.min(done, total)) / total);
      const before = bar;
      bar = `  ${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done} of ${total} delivered`;
      output.write(`${before && clearLine}${bar}`);
    },
    end() {
      if (bar) output.write(clearLine);
      bar = '';
    },
  };
}
