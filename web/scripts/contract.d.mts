export function written(): Promise<Record<'openapi.ts' | 'problem.ts' | 'frames.ts', string>>;
export function stale(files: Record<string, string>): Promise<string[]>;
