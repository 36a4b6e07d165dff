import { createSign } from 'node:crypto';
import { Secret } from '../model/secret.ts';
import type { EmailChannel, NetworkSettings, OAuth2Settings } from '../model/settings.ts';
import { describeNetworkError } from './network-error.ts';
import { type Answer, post } from './post.ts';

/** A token answer has two or three kilobytes. */
const ANSWER_BYTES = 64 * 1024;

/** How long Google lets an assertion count at most, in seconds. */
const ASSERTION_SECONDS = 3600;

/** A token, or why there is none: a sentence without secrets. `isOurs`: the login is wrong and waiting does not help. */
export type TokenOutcome =
  | { readonly ok: true; readonly token: Secret }
  | { readonly ok: false; readonly error: string; readonly isOurs: boolean };

/** What fetching a token needs. */
interface TokenRequest {
  readonly oauth2: OAuth2Settings;
  /** The mailbox that is sent from. */
  readonly user: string;
  readonly network: NetworkSettings;
  readonly at: Date;
  readonly signal: AbortSignal;
}

function base64Url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A signed claim to act for the user (https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests). */
function toAssertion(google: OAuth2Settings & { readonly provider: 'google' }, user: string, at: Date): string {
  const issued = Math.floor(at.getTime() / 1000);
  const claim = {
    iss: google.serviceAccount,
    sub: user,
    scope: google.scope,
    aud: google.tokenUrl,
    iat: issued,
    exp: issued + ASSERTION_SECONDS,
  };
  const signed = `${base64Url({ alg: 'RS256', typ: 'JWT' })}.${base64Url(claim)}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(google.privateKey.reveal(), 'base64url');
  return `${signed}.${signature}`;
}

function formOf({ oauth2, user, at }: TokenRequest): Readonly<Record<string, string>> {
  if (oauth2.provider === 'google') {
    return {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: toAssertion(oauth2, user, at),
    };
  }
  return {
    grant_type: 'client_credentials',
    client_id: oauth2.clientId,
    client_secret: oauth2.clientSecret.reveal(),
    scope: oauth2.scope,
  };
}

/** A text of an answer; null when it is not there or no JSON. */
function fieldOf({ excerpt }: Answer, name: string): string | null {
  try {
    const parsed: unknown = JSON.parse(excerpt);
    const value: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : null;
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** Error codes of RFC 6749 §5.2 in words; the description beside them names ids and is left out. */
const ERRORS: Readonly<Record<string, string>> = {
  invalid_client: 'it does not know the application, or its secret is wrong or has expired',
  invalid_grant: 'it does not let the service account act for this user, or a clock is wrong',
  unauthorized_client: 'the application may not ask for tokens like this; an administrator has to allow it',
  invalid_scope: 'it does not know the scope',
  invalid_request: 'it does not understand the request; the tenant may be wrong',
};

function toRefusal(answer: Answer): TokenOutcome {
  const code = fieldOf(answer, 'error') ?? '';
  const known = ERRORS[code];
  const why = known === undefined ? '' : `: ${known}`;
  return {
    ok: false,
    error: `The token server gave no token (HTTP ${answer.status})${why}.`,
    isOurs: answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408,
  };
}

/** Asks for a token, once. Nothing of it is kept: a mail is sent every few days, a token lasts an hour. */
async function fetchToken(request: TokenRequest): Promise<TokenOutcome> {
  const { oauth2, network, signal } = request;
  try {
    const answer = await post({
      url: new Secret(oauth2.tokenUrl),
      body: new URLSearchParams(formOf(request)).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      network,
      signal,
      answerBytes: ANSWER_BYTES,
    });
    const token = answer.status === 200 ? fieldOf(answer, 'access_token') : null;
    return token === null || token === '' ? toRefusal(answer) : { ok: true, token: new Secret(token) };
  } catch (error) {
    return { ok: false, error: `The token server could not be asked. ${describeNetworkError(error)}`, isOurs: false };
  }
}

/** The token that a mail channel logs in with; null where it has a password, or logs in to nothing. */
export async function mailToken(
  { smtp, network }: EmailChannel,
  at: Date,
  signal: AbortSignal,
): Promise<TokenOutcome | null> {
  if (smtp.oauth2 === null || smtp.user === null) return null;
  return await fetchToken({ oauth2: smtp.oauth2, user: smtp.user, network, at, signal });
}
