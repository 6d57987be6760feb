export interface Sampled {
  from_client: { about: string; json: Record<string, unknown>; msgpack?: string }[];
  from_server: { about: string; json: Record<string, unknown>; msgpack?: string }[];
  sub_protocols: string[];
}
export function frames(contract: Sampled): string;
