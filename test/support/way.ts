import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** How a way stands: refused and torn, or silent as behind a firewall that drops everything. */
export type WayState = 'open' | 'torn' | 'silent';

/** A way over TCP that can be cut, to stand between two ends that know nothing of it. */
export interface Way extends AsyncDisposable {
  /** Where to come in, on 127.0.0.1. */
  readonly port: number;
  /** An address that leads the same place by this way. */
  through(url: string): string;
  set(state: WayState): void;
  /**
   * What is open now stays open and carries nothing any more, for ever: half-open, as after a server moved elsewhere without
   * a word. Lines that are opened from now on are whole.
   */
  freeze(): void;
  /** Tears so large a share of the lines that are open now, as `random` picks them. Answers how many. */
  tear(share: number, random: () => number): number;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  frozen: boolean;
}

/** Opens a way to what `target` answers for each new line; null refuses it. */
export async function openWay(target: () => { host: string; port: number } | null): Promise<Way> {
  let state: WayState = 'open';
  const lines = new Set<Line>();
  const end = ({ near, far }: Line) => {
    near.destroy();
    far.destroy();
  };
  const server = createServer((near) => {
    const to = state === 'torn' ? null : target();
    if (!to) return void near.destroy();
    const line: Line = { near, far: connect(to.port, to.host), frozen: false };
    lines.add(line);
    for (const [from, into] of [
      [near, line.far],
      [line.far, near],
    ] as const) {
      from.setNoDelay(true);
      from
        .on('data', (data) => {
          if (state === 'silent' || line.frozen) return;
          if (into.write(data)) return;
          from.pause();
          into.once('drain', () => from.resume());
        })
        .on('error', () => undefined)
        .on('close', () => {
          // The near end of a line that carries nothing never hears that the far one is gone.
          if (line.frozen && from === line.far) return;
          lines.delete(line);
          end(line);
        });
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    port,
    through(url) {
      const led = new URL(url);
      led.hostname = '127.0.0.1';
      led.port = String(port);
      return led.href;
    },
    set(next) {
      state = next;
      // What was silent has lost bytes: such a line is of no use any more.
      if (next !== 'silent') for (const line of lines) if (!line.frozen) end(line);
    },
    freeze() {
      for (const line of lines) line.frozen = true;
    },
    tear(share, random) {
      const torn = [...lines].filter(() => random() < share);
      torn.forEach(end);
      return torn.length;
    },
    async [Symbol.asyncDispose]() {
      lines.forEach(end);
      server.close();
    },
  };
}
