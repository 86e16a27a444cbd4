/** What the service refuses with. `code` as the service spells it; the HTTP status is 400 when absent. */
export interface AwsError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

export type Reply<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: AwsError };

export const answer = <T>(value: T): Reply<T> => ({ ok: true, value });

export const refuse = (
  code: string,
  message = '',
  status?: number,
): { readonly ok: false; readonly error: AwsError } => ({
  ok: false,
  error: { code, message, ...(status === undefined ? {} : { status }) },
});
