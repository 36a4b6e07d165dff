import { ApiError, invalidArgument } from './api-error.ts';
import type { WireObject } from './objects.ts';

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An element of a request's list: what it names, and what is to become of it. */
export interface Reference {
  readonly id: string;
  readonly context: WireObject;
}

/**
 * The list in `data`: elements with `type` and `id`.
 * @throws ApiError 400 when there is no such list, or an element is of another type.
 */
export function referencesIn(body: unknown, type: string): readonly Reference[] {
  const data = isObject(body) ? body['data'] : undefined;
  if (!Array.isArray(data) || data.length === 0) {
    throw new ApiError(400, 'BadRequestError', '"data" must be a list of objects');
  }
  return data.map((element: unknown) => {
    if (!isObject(element) || element['type'] !== type || typeof element['id'] !== 'string') {
      throw invalidArgument(`Every object in "data" needs the type "${type}" and an id`);
    }
    const context = element['context_attributes'];
    return { id: element['id'], context: isObject(context) ? context : {} };
  });
}

/**
 * The attributes of a partial object. Its type must be that of the address; its id may be left out.
 * @throws ApiError 400 when it has another form, or names another object.
 */
export function changedAttributes(body: unknown, type: string, id: string): WireObject {
  const data = isObject(body) ? body['data'] : undefined;
  if (!isObject(data) || !isObject(data['attributes'])) {
    throw new ApiError(400, 'BadRequestError', '"data" must be an object with attributes');
  }
  if (data['type'] !== type || (data['id'] !== undefined && data['id'] !== id)) {
    throw invalidArgument('Type and id must be those of the URL');
  }
  return data['attributes'];
}

/** A list of texts. @throws ApiError 400 when it is something else. */
export function textList(value: unknown, name: string): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw invalidArgument(`"${name}" must be a list of strings`);
}

/**
 * The allowance in `{"api_requests_daily":{"allowed":300}}`: the only quota that can be set for an account.
 * @throws ApiError 400 for another quota or a value that is no whole number.
 */
export function dailyAllowance(quotas: unknown): number {
  const names = isObject(quotas) ? Object.keys(quotas) : [];
  const daily = isObject(quotas) ? quotas['api_requests_daily'] : undefined;
  const allowed = isObject(daily) ? daily['allowed'] : undefined;
  if (names.length !== 1 || typeof allowed !== 'number' || !Number.isSafeInteger(allowed) || allowed < 0) {
    throw invalidArgument('Only "api_requests_daily" can be set, to a whole number');
  }
  return allowed;
}
