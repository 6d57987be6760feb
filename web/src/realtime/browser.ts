// The surroundings of a browser's page. It is the only file here that touches what is global.

import type { Channel, Ears, Moment, Page, Surroundings, Wire } from './surroundings';

/** What is there of it: old browsers, private windows and workers lack this or that. */
export function browser(report: (fault: unknown) => void = console.error): Surroundings {
  return {
    clock: {
      now: () => Date.now(),
      after: (ms, act) => {
        const timer = setTimeout(act, ms);
        return () => clearTimeout(timer);
      },
    },
    chance: () => Math.random(),
    newId: () => crypto.randomUUID(),
    open,
    // It is there only where the page came over a safe way.
    locks: 'locks' in navigator ? navigator.locks : null,
    channel: typeof BroadcastChannel === 'undefined' ? null : channel,
    storage: storage(),
    page,
    report,
  };
}

/** The address of the socket that belongs to this page. */
export function socketUrl(place: Pick<Location, 'protocol' | 'host'> = location): string {
  return `${place.protocol === 'https:' ? 'wss' : 'ws'}://${place.host}/ws/`;
}

function open(url: string, protocols: string[], ears: Ears): Wire {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => ears.opened();
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer | string>) =>
    ears.heard(typeof data === 'string' ? data : new Uint8Array(data));
  socket.onclose = ({ code }) => ears.closed(code);
  return {
    // What is said between its end and our hearing of it is lost like anything under way.
    send: (data) => socket.readyState === WebSocket.OPEN && socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
}

function channel(name: string, hear: (message: unknown) => void): Channel {
  const line = new BroadcastChannel(name);
  line.onmessage = ({ data }: MessageEvent<unknown>) => hear(data);
  return { post: (message) => line.postMessage(message), close: () => line.close() };
}

function storage(): IDBFactory | null {
  try {
    return typeof indexedDB === 'undefined' ? null : indexedDB;
  } catch {
    // Merely to look is forbidden in some frames.
    return null;
  }
}

const page: Page = {
  isOnline: () => navigator.onLine,
  isVisible: () => document.visibilityState === 'visible',
  on: (listener) => {
    const offs = moments().map(([target, event, moment]) => {
      const heard = (happened: Event): void => {
        const told = moment(happened);
        if (told !== null) listener(told);
      };
      target.addEventListener(event, heard);
      return () => target.removeEventListener(event, heard);
    });
    return () => offs.forEach((off) => off());
  },
};

function moments(): [EventTarget, string, (event: Event) => Moment | null][] {
  return [
    [window, 'online', () => 'online'],
    [window, 'offline', () => 'offline'],
    [window, 'pagehide', () => 'gone'],
    // Every page is shown once; shown again is only one that was kept.
    [window, 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? 'resumed' : null)],
    [document, 'freeze', () => 'frozen'],
    [document, 'resume', () => 'resumed'],
    [document, 'visibilitychange', () => (page.isVisible() ? 'visible' : 'hidden')],
  ];
}
