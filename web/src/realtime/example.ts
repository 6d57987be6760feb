// Listens to a meeting's chat and says something in it, from a page of the server's own origin where somebody is signed in.
// `meeting` and `user` are their ids.

import { browser, Realtime, renewal, socketUrl, Tokens } from '@ecosystia/realtime';

export async function talk(user: string, meeting: string): Promise<() => void> {
  const around = browser();
  const tokens = new Tokens({ ...around, renew: renewal(fetch, '') });
  const client = new Realtime(around, { url: socketUrl(), user, tokens }).start();
  client.onStatus(({ state }) => console.info('the connection is', state));

  const room = `meeting:${meeting}`;
  const { leave } = client.listen(room, (told) => {
    if (told.is === 'event') console.info(told.seq, told.d.name, told.d.data);
    if (told.is === 'resync') console.info('load the history up to', told.seq);
  });

  // It is kept on disk until the server has it, whatever happens to the network or to this page.
  const d = { meeting_id: meeting, body: 'Bonjour à tous' };
  const { receipt } = client.send({ lane: room, name: 'PostMessage', d });
  console.info('it stands in the log as', (await receipt).body);

  return () => {
    leave();
    client.stop();
  };
}
