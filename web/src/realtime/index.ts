// What the package shows.

export { browser, socketUrl } from './browser';
export { Realtime, type Listening, type Options } from './client';
export type { Cursor } from './cursor';
export type { Answer, Entry } from './entry';
export type { Letter, Outbox, Sent } from './outbox';
export { Refusal } from './refusal';
export { renewal, type Kept } from './renewal';
export type { Status } from './status';
export type { Listener, Told } from './stream';
export type { Channel, Clock, Ears, Locks, Moment, Page, Surroundings, Wire } from './surroundings';
export { isSignedOut, Tokens, type Renew, type Token } from './tokens';
