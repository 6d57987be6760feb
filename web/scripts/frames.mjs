// Types of the socket's frames, made from the samples of the contract: what a field holds is what the samples hold there,
// and it is optional where one of them leaves it out. It writes no file.

/** Places where a sample shows one of many shapes: what is there depends on the operation or the event. */
const OPEN = new Set([
  'call d',
  'call reply d body',
  'event d data',
  'history reply d events d data',
  'whisper d',
  'ephemeral d',
]);
/** What the samples always show and the protocol does not promise. */
const OPTIONAL = new Set([
  'join d after_seq',
  'join d epoch',
  'whisper ref',
  'ping ref',
  'call room',
  'call reply d etag',
  'call reply room',
  'error ref',
  'error room',
  'event d actor_id',
  'event d request_id',
]);
/** What may be null although no sample is. */
const NULLABLE = new Set(['join reply d presence', 'call reply d body']);
/** The place of a problem document, whose members the API's description names. */
const PROBLEM = 'error d';

const pascal = (words) =>
  words.replace(/(^|[^a-z0-9])([a-z0-9])/gi, (_, __, letter) => letter.toUpperCase()).replace(/[^a-z0-9]/gi, '');
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The type of what several samples hold in one place. */
function typeOf(values, place, indent) {
  if (OPEN.has(place)) return 'Json';
  if (place === PROBLEM) return 'Problem';
  const kinds = new Set(values.map((value) => kindOf(value)));
  const types = [...kinds].sort().map((kind) => {
    const alike = values.filter((value) => kindOf(value) === kind);
    if (kind === 'map') return mapOf(alike, place, indent);
    if (kind !== 'list') return kind;
    const items = alike.flat();
    return items.length === 0 ? 'string[]' : `${parenthesized(typeOf(items, place, indent))}[]`;
  });
  return types.length === 0 ? 'unknown' : types.join(' | ');
}

const parenthesized = (type) => (type.includes(' | ') && !type.startsWith('{') ? `(${type})` : type);

function kindOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'list';
  return isMap(value) ? 'map' : typeof value;
}

function mapOf(maps, place, indent, fixed = {}) {
  const names = [...new Set(maps.flatMap((map) => Object.keys(map)))].sort();
  if (names.length === 0) return 'Record<string, never>';
  const inner = `${indent}  `;
  const fields = names.map((name) => {
    const held = maps.filter((map) => name in map).map((map) => map[name]);
    const optional = held.length < maps.length || OPTIONAL.has(`${place} ${name}`) ? '?' : '';
    const type = fixed[name] ?? typeOf(held, `${place} ${name}`, inner);
    const nullable = NULLABLE.has(`${place} ${name}`) ? ' | null' : '';
    return `${inner}${name}${optional}: ${type}${nullable};\n`;
  });
  return `{\n${fields.join('')}${indent}}`;
}

/** One interface for all samples of a name. */
function declared(name, samples, place, literal) {
  const abouts = [...new Set(samples.map((sample) => sample.about))];
  const body = mapOf(
    samples.map((sample) => sample.json),
    place,
    '',
    literal,
  );
  return `/** ${abouts.join('; ')} */\nexport interface ${name} ${body}\n`;
}

function grouped(samples, by) {
  const groups = new Map();
  for (const sample of samples) groups.set(by(sample), [...(groups.get(by(sample)) ?? []), sample]);
  return [...groups];
}

/** What was asked, by the reference that a reply repeats. */
function asked(contract) {
  return new Map(contract.from_client.map(({ json }) => [json.ref, json.op]));
}

export function frames(contract) {
  const own = ['auth', 'refresh', 'join', 'leave', 'whisper', 'history', 'presence.watch', 'ping', 'call'];
  const ops = contract.from_client.filter(({ json }) => own.includes(json.op));
  const questions = asked(contract);
  const requests = grouped(ops, ({ json }) => json.op).map(([op, samples]) => ({
    name: `${pascal(op)}Request`,
    text: declared(`${pascal(op)}Request`, samples, op, { op: `'${op}'` }),
  }));
  const responses = grouped(contract.from_server, ({ json }) => json.t).flatMap(([t, samples]) => {
    if (t !== 'reply') {
      const literal = { t: `'${t}'` };
      return [{ name: `${pascal(t)}Frame`, text: declared(`${pascal(t)}Frame`, samples, t, literal) }];
    }
    return grouped(samples, ({ json }) => questions.get(json.ref)).map(([op, alike]) => ({
      name: `${pascal(op)}Reply`,
      text: declared(`${pascal(op)}Reply`, alike, `${op} reply`, { t: `'reply'` }),
    }));
  });
  const kinds = [...new Set(contract.from_server.map(({ json }) => json.t))].sort();
  const list = (values) => `[${values.map((value) => `'${value}'`).join(', ')}] as const`;
  const union = (name, parts) => `export type ${name} = ${parts.map((part) => part.name).join(' | ')};\n`;
  return [
    '// Made from schema/contract/frames.json by `npm run contract`; a test fails when it is stale.\n',
    "import type { components } from './problem';\n",
    '/** What an operation or an event holds; its shape is named by `openapi.ts`. */\nexport type Json = Record<string, unknown>;\n',
    "/** A refusal, RFC 9457. */\nexport type Problem = components['schemas']['Problem'];\n",
    `/** Sub-protocols, the usual one first. */\nexport const SUB_PROTOCOLS = ${list(contract.sub_protocols)};\n`,
    `/** What a frame of the server may be. */\nexport const KINDS = ${list(kinds)};\n`,
    ...requests.map(({ text }) => text),
    ...responses.map(({ text }) => text),
    union('Request', requests),
    union('Response', responses),
  ].join('\n');
}
