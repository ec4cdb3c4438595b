import pg from 'pg';

const server = process.env.TEST_DATABASE_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres';

/** Databases of one run of a benchmark, all of them dropped at its end, however it ends. */
export class BenchDatabases implements AsyncDisposable {
  readonly #names = new Set<string>();
  readonly #run = `baton_bench_${Date.now().toString(36)}_${process.pid}`;
  readonly #admin: pg.Client;

  private constructor(admin: pg.Client) {
    this.#admin = admin;
  }

  /** Connects to TEST_DATABASE_URL, whose user must be a superuser: rounds begin with a CHECKPOINT. */
  static async open(): Promise<BenchDatabases> {
    const admin = new pg.Client({ connectionString: server });
    await admin.connect();
    return new BenchDatabases(admin);
  }

  /** A database of this run; with a template, a copy of that one, which nobody may be connected to. */
  async create(name: string, template?: string): Promise<string> {
    const database = `${this.#run}_${name}`;
    this.#names.add(database);
    const like = template === undefined ? '' : ` TEMPLATE "${new URL(template).pathname.slice(1)}"`;
    await this.#admin.query(`CREATE DATABASE "${database}"${like}`);
    const url = new URL(server);
    url.pathname = `/${database}`;
    return url.href;
  }

  async drop(url: string): Promise<void> {
    await this.#drop(new URL(url).pathname.slice(1));
  }

  /** Writes out what earlier work left dirty, so that no round pays for the one before. */
  async checkpoint(): Promise<void> {
    await this.#admin.query('CHECKPOINT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#names]) await this.#drop(name);
    await this.#admin.end();
  }

  async #drop(name: string): Promise<void> {
    await this.#admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    this.#names.delete(name);
  }
}

/** Runs work on a connection of its own. */
export async function connected<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
