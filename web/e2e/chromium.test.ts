// The client in a real browser, against the real server: real locks, channels, databases, cookies and frozen pages. It runs
// where ECOSYSTIA_CHROMIUM names a Chromium, and says so where it does not.

import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Realtime } from '../src/realtime';
import { pause, Server, type SignedIn } from './server';

const program = process.env.ECOSYSTIA_CHROMIUM;
if (program === undefined) console.warn('Not run: the real browser. Set ECOSYSTIA_CHROMIUM to its program.');

const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const QUIET = ['--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A page that the test itself serves counts as one from elsewhere, which may not talk to this machine. */
const LOCAL = '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets';

/** What the page below keeps for the test. */
interface Shown {
  client: Realtime;
  heard: [number, string][];
  states: string[];
}
declare global {
  var shown: Shown;
}

/** The page: it signs in by its cookie, listens to a meeting from the beginning, and keeps what it hears. */
const PAGE = `
  import { browser, Realtime, renewal, socketUrl, Tokens } from '/realtime.js';
  const [user, meeting] = location.hash.slice(1).split('/');
  const around = browser();
  const tokens = new Tokens({ ...around, renew: renewal(fetch.bind(globalThis), '') });
  const client = new Realtime(around, { url: socketUrl(), user, tokens }).start();
  const shown = { client, heard: [], states: [] };
  client.onStatus(({ state }) => shown.states.push(state));
  client.listen('meeting:' + meeting, (told) => {
    if (told.is === 'event') shown.heard.push([told.seq, told.d.data.body ?? '']);
    else if (told.is === 'resync') shown.heard.push([-1, 'resync']);
  }, { epoch: null, seq: 0 });
  globalThis.shown = shown;
`;

describe.runIf(program !== undefined)('in Chromium', () => {
  let server: Server;
  let browser: Browser;
  let context: BrowserContext;
  let fatou: SignedIn;
  let meeting: string;

  beforeAll(async () => {
    server = await Server.start();
    fatou = await server.signIn('fatou');
    const start = new Date().toISOString();
    const end = new Date(Date.now() + 3_600_000).toISOString();
    const body = { title: 'Onglets', kind: 'team_meeting', start_at: start, end_at: end };
    ({ id: meeting } = (await server.ask('POST', '/api/v1/meetings/', fatou.access, body)) as { id: string });
    browser = await chromium.launch({
      ...(program !== undefined && { executablePath: program }),
      args: [...FLAGS, ...QUIET, LOCAL],
    });
    context = await browser.newContext();
    const script = await bundled();
    await context.route('**/probe.html', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<script type="module">${PAGE}</script>` }),
    );
    await context.route('**/realtime.js', (route) => route.fulfill({ contentType: 'text/javascript', body: script }));
  }, 120_000);
  afterAll(async () => {
    await (browser as Browser | undefined)?.close();
    await (server as Server | undefined)?.stop();
  });

  const sockets = new Map<Page, number>();
  async function open(): Promise<Page> {
    const page = await context.newPage();
    page.on('websocket', (socket) => {
      sockets.set(page, (sockets.get(page) ?? 0) + 1);
      socket.on('close', () => sockets.set(page, (sockets.get(page) ?? 0) - 1));
    });
    await page.goto(`${server.origin}/probe.html#${fatou.user}/${meeting}`);
    return page;
  }
  const until = async (what: string, ready: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> => {
    const end = Date.now() + ms;
    while (!(await ready())) {
      if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
      await pause(50);
    }
  };
  const state = (page: Page) => page.evaluate(() => globalThis.shown.client.status().state);
  const live = async (...pages: Page[]) => {
    for (const page of pages) await until('live', async () => (await state(page)) === 'live');
  };
  const say = (page: Page, body: string, wait = true) =>
    page.evaluate(
      async ([room, text, waits]) => {
        const d = { meeting_id: room, body: text };
        const { kept, receipt } = globalThis.shown.client.send({ lane: `meeting:${room}`, name: 'PostMessage', d });
        if (waits) await receipt;
        return kept;
      },
      [meeting, body, wait] as const,
    );
  const bodies = (page: Page) =>
    page.evaluate(() => globalThis.shown.heard.map(([, body]) => body).filter((body) => body !== ''));
  const gapless = (page: Page) => page.evaluate(() => globalThis.shown.heard.every(([seq], n) => seq === n + 1));
  const leaders = () => [...sockets].filter(([page, open]) => !page.isClosed() && open > 0).map(([page]) => page);

  test('tabs share a socket through closing, freezing, losing the network and a killed server', async () => {
    const login = await context.newPage();
    await login.goto(`${server.origin}/probe.html`);
    await login.evaluate(async () => {
      const body = JSON.stringify({ email: 'fatou@demo.ecosystia.app', password: 'teranga-2025-demo' });
      await fetch('/api/v1/auth/login/', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    });
    await login.close();
    const said: string[] = [];
    const speak = async (page: Page, body: string) => {
      said.push(body);
      expect(await say(page, body)).toBe('disk');
    };

    // Three tabs, one socket.
    const first = await open();
    await live(first);
    const [second, third] = [await open(), await open()];
    await live(second, third);
    expect(leaders()).toEqual([first]);
    for (const [n, page] of [first, second, third].entries()) await speak(page, `from ${n}`);

    // The leader closes: the next in line takes over.
    await first.close();
    await until('another leads', () => leaders().length === 1);
    await live(second, third);
    await speak(third, 'after the first left');

    // The leader is told that it will be frozen: it gives the lead away, and follows when it thaws. (The event alone: this
    // browser freezes no page that holds a lock.)
    const [frozen] = leaders() as [Page];
    const other = frozen === second ? third : second;
    await frozen.evaluate(() => document.dispatchEvent(new Event('freeze')));
    await until('the other leads', () => leaders().length === 1 && leaders()[0] === other);
    await live(other);
    await speak(other, 'while one was frozen');
    await frozen.evaluate(() => document.dispatchEvent(new Event('resume')));
    await live(frozen);

    // The leader stands still without a word, as in a debugger: it is deposed, and follows when it goes on.
    const debug = await context.newCDPSession(other);
    await debug.send('Debugger.enable');
    await debug.send('Debugger.pause');
    await until('the one that was frozen leads', () => leaders().includes(frozen));
    await live(frozen);
    await speak(frozen, 'while the other stood still');
    await debug.send('Debugger.resume');
    await debug.send('Debugger.disable');
    await until('one socket is left', () => leaders().length === 1);
    await live(other, frozen);

    // No network: a letter waits on the disk.
    await context.setOffline(true);
    await until('offline', async () => (await state(other)) === 'offline');
    said.push('written without a network');
    expect(await say(other, 'written without a network', false)).toBe('disk');
    await context.setOffline(false);
    await live(other, frozen);
    await until('it was sent', async () => (await bodies(other)).length === said.length);

    // The server is killed; a page is reloaded with a letter that nobody has.
    await server.kill();
    said.push('written while the server was down');
    await say(other, 'written while the server was down', false);
    await other.reload();
    await server.restart();
    await live(other, frozen);

    for (const page of [other, frozen]) {
      await until('everything was heard', async () => (await bodies(page)).length === said.length);
      expect(await bodies(page)).toEqual(said);
      expect(await gapless(page)).toBe(true);
    }
    expect(leaders()).toHaveLength(1);
  }, 120_000);
});

/** The package with what it depends on, as one module. */
async function bundled(): Promise<string> {
  const entry = new URL('../src/realtime/index.ts', import.meta.url).pathname;
  const lib = { entry, formats: ['es' as const], fileName: 'realtime' };
  const made = await build({ configFile: false, logLevel: 'error', build: { write: false, lib, target: 'es2022' } });
  const first = Array.isArray(made) ? made[0] : made;
  if (first === undefined || !('output' in first)) throw new Error('nothing was built');
  return first.output[0].code;
}
