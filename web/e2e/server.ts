// A real server with the demonstration's people in it, that can be killed and started again on the same data.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Printed by `serve --demo`. */
const PASSWORD = 'teranga-2025-demo';
const READY_MS = 60_000;

export interface SignedIn {
  user: string;
  access: string;
  seconds: number;
  refresh: string;
}

export class Server {
  private constructor(
    private readonly program: string,
    private readonly data: string,
    private readonly port: number,
    private readonly settings: Record<string, string>,
    private child: ChildProcess,
  ) {}

  /** `settings` are variables of its environment. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const program = process.env.ECOSYSTIA_SERVER;
    if (program === undefined)
      throw new Error("set ECOSYSTIA_SERVER to the server's program: `cargo build --bin ecosystia`");
    const data = await mkdtemp(join(tmpdir(), 'ecosystia-web-'));
    const port = await free();
    const server = new Server(program, data, port, settings, run(program, data, port, settings));
    await server.ready().catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get socket(): string {
    return `ws://127.0.0.1:${this.port}/ws/`;
  }

  /** Without a word, as the power goes. */
  async kill(): Promise<void> {
    await ended(this.child, 'SIGKILL');
  }

  /** With a word to everybody. */
  async drain(): Promise<void> {
    await ended(this.child, 'SIGTERM');
  }

  async restart(): Promise<void> {
    this.child = run(this.program, this.data, this.port, this.settings);
    await this.ready();
  }

  async stop(): Promise<void> {
    await ended(this.child, 'SIGKILL');
    await rm(this.data, { recursive: true, force: true });
  }

  async signIn(name: string): Promise<SignedIn> {
    const credentials = { email: `${name}@demo.ecosystia.app`, password: PASSWORD, client: 'native' };
    // The server is ready before the people of the demonstration have moved in.
    const until = Date.now() + READY_MS;
    const ask = () => this.ask('POST', '/api/v1/auth/login/', null, credentials);
    let answer = await ask().catch(() => null);
    for (; answer === null && Date.now() < until; answer = await ask().catch(() => null)) await pause(100);
    const body = (answer ?? (await ask())) as {
      user: { id: string };
      access_token: string;
      expires_in: number;
      refresh_token: string;
    };
    return { user: body.user.id, access: body.access_token, seconds: body.expires_in, refresh: body.refresh_token };
  }

  async ask(method: string, path: string, token: string | null, body?: object): Promise<unknown> {
    const response = await fetch(`${this.origin}${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  async remove(path: string, token: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const { ok, status } = await fetch(`${this.origin}${path}`, { method: 'DELETE', headers });
    if (!ok) throw new Error(`DELETE ${path}: ${status}`);
  }

  private async ready(): Promise<void> {
    const until = Date.now() + READY_MS;
    let last = '';
    const listen = (words: Buffer): void => void (last = `${last}${String(words)}`.slice(-2_000));
    this.child.stdout?.on('data', listen);
    this.child.stderr?.on('data', listen);
    while (Date.now() < until && this.child.exitCode === null) {
      const ready = await fetch(`${this.origin}/health/ready/`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return;
      await pause(50);
    }
    throw new Error(`the server did not become ready: ${last}`);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function run(program: string, data: string, port: number, settings: Record<string, string>): ChildProcess {
  const words = ['serve', '--demo', '--data', join(data, 'data'), '--listen', `127.0.0.1:${port}`, '--limits', 'off'];
  return spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: data, env: { ...inherited(), ...settings } });
}

/** The server takes every variable of its name for a setting, and refuses those that it does not know. */
function inherited(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ECOSYSTIA_')));
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill(signal);
  });
}

function free(): Promise<number> {
  return new Promise((resolve, reject) => {
    const listener = createServer();
    listener.on('error', reject);
    listener.listen(0, '127.0.0.1', () => {
      const place = listener.address();
      listener.close(() =>
        typeof place === 'object' && place !== null ? resolve(place.port) : reject(new Error('no port')),
      );
    });
  });
}
