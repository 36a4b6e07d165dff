/** An answer other than 200 in the vendor's form: a status and a body `{"error":{"code","message"}}`. The server turns it into that. */
export class ApiError extends Error {
  readonly status: number;
  /** The vendor's name of the error; a string, never the status. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
  }
}

/** 400: an argument has a wrong value. */
export function invalidArgument(message: string): ApiError {
  return new ApiError(400, 'InvalidArgumentError', message);
}

/** 403, in the vendor's words. */
export function forbidden(): ApiError {
  return new ApiError(403, 'ForbiddenError', 'You are not authorized to perform the requested operation');
}

/** 404: `kind` is the vendor's word for the thing, such as "User". */
export function notFound(kind: string, id: string): ApiError {
  return new ApiError(404, 'NotFoundError', `${kind} "${id}" not found`);
}
