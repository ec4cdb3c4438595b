import type { Config } from './config.js';

/** Counts what is open by key, and admits no more than so many under one. */
export interface Cap {
  readonly most: number;
  /** One more under this key, until disposed; null when there are that many already. Nothing is counted then. */
  admit(key: string): Disposable | null;
}

/** How much may be open at once on this instance. An event stream counts as a connection, as a socket does. */
export interface Admission {
  readonly connectionsOfAddress: Cap;
  readonly connectionsOfPerson: Cap;
  /** Over all connections of the person. */
  readonly subscriptionsOfPerson: Cap;
}

function createCap(most: number): Cap {
  const open = new Map<string, number>();
  return {
    most,
    admit(key) {
      const count = open.get(key) ?? 0;
      if (count >= most) return null;
      open.set(key, count + 1);
      return new Place(open, key);
    },
  };
}

/** A class: each socket has three, and as an object literal with its function of that name one takes five times the memory. */
class Place implements Disposable {
  #over = false;
  constructor(
    private readonly open: Map<string, number>,
    private readonly key: string,
  ) {}

  [Symbol.dispose](): void {
    if (this.#over) return;
    this.#over = true;
    const left = (this.open.get(this.key) ?? 1) - 1;
    if (left === 0) this.open.delete(this.key);
    else this.open.set(this.key, left);
  }
}

type AdmissionApp = { readonly config: Config };
const admissions = new WeakMap<AdmissionApp, Admission>();

/** The one admission of this application: sockets and event streams are counted together. */
export function admissionOf(app: AdmissionApp): Admission {
  const known = admissions.get(app);
  if (known) return known;
  const made: Admission = {
    connectionsOfAddress: createCap(app.config.mostConnectionsPerAddress),
    connectionsOfPerson: createCap(app.config.mostConnectionsPerPerson),
    subscriptionsOfPerson: createCap(app.config.mostSubscriptionsPerPerson),
  };
  admissions.set(app, made);
  return made;
}
