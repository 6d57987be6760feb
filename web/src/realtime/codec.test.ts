// Every frame of the contract, in both spellings.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json, msgpack, type Incoming, type Outgoing } from './codec';

interface Sample<Frame> {
  about: string;
  json: Frame;
  msgpack: string;
}
const contract = JSON.parse(readFileSync(new URL('../../../schema/contract/frames.json', import.meta.url), 'utf8')) as {
  from_client: Sample<Outgoing>[];
  from_server: Sample<Incoming>[];
};
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));

describe('a frame of the server is read as the contract has it', () => {
  test.each(contract.from_server)('$about', (sample) => {
    expect(msgpack.decode(bytes(sample.msgpack))).toEqual(sample.json);
    expect(json.decode(JSON.stringify(sample.json))).toEqual(sample.json);
  });
});

describe('a frame of the client is written as the contract has it', () => {
  test.each(contract.from_client)('$about', (sample) => {
    // The contract's order of fields, which is that of the server's struct.
    const { op, ref, room, name, idem, if_match, d } = sample.json;
    const ordered = Object.fromEntries(
      Object.entries({ op, ref, room, name, idem, if_match, d }).filter(([, v]) => v !== undefined),
    );

    expect(Buffer.from(msgpack.encode(ordered as unknown as Outgoing) as Uint8Array).toString('hex')).toBe(
      sample.msgpack,
    );
    expect(JSON.parse(json.encode(sample.json) as string)).toEqual(sample.json);
  });
});

test('no bytes and no text make it throw', () => {
  fc.assert(fc.property(fc.uint8Array(), (data) => void msgpack.decode(data)));
  fc.assert(fc.property(fc.string(), (data) => void json.decode(data)));
  fc.assert(fc.property(fc.jsonValue(), (value) => void json.decode(JSON.stringify(value))));
});

test('what is not understood is passed over', () => {
  for (const strange of [
    { t: 'poem', d: {} },
    { t: 'event', seq: -1 },
    { t: 'event', seq: 2 ** 60 },
    [],
    null,
    { d: {} },
  ]) {
    expect(json.decode(JSON.stringify(strange)), JSON.stringify(strange)).toBeNull();
  }
  expect(msgpack.decode('{"t":"pong","d":{}}')).toBeNull();
  expect(json.decode(new Uint8Array([0x80]))).toBeNull();
});

test('a request without data says nothing about it', () => {
  expect(Buffer.from(msgpack.encode({ op: 'ping' }) as Uint8Array).toString('hex')).toBe('81a26f70a470696e67');
});
