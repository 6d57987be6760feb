// Made from schema/contract/openapi.json by `npm run contract`; a test fails when it is stale.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Why a request was refused (RFC 9457). */
        Problem: {
            /** @description The word programs switch on. */
            code: string;
            /** @description What happened this time. */
            detail: string;
            /** @description One entry for each field at fault. */
            errors?: {
                /** @description A word for programs. */
                code: string;
                /** @description A sentence for people. */
                message: string;
                /** @description A JSON Pointer (RFC 6901) into the request. */
                pointer: string;
            }[];
            /** @description The path that was called. */
            instance?: string;
            /** @description Quote it when asking for help. */
            request_id?: string;
            /** @description The HTTP status. */
            status: number;
            /** @description A sentence in the reader's language. */
            title: string;
            /**
             * Format: uri
             * @description Names the kind of problem.
             */
            type: string;
        } & {
            [key: string]: unknown;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
