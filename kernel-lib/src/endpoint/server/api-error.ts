// Errors as OpenAI's API words them: a status and `{error: {message, type, param, code}}`.

export class ApiError extends Error {
  readonly status: number;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
  constructor(
    status: number,
    message: string,
    { type = "invalid_request_error", param = null, code = null }: Partial<ApiErrorFields> = {},
  ) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
  }

  toBody(): { error: ApiErrorFields & { message: string } } {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

interface ApiErrorFields {
  type: string;
  param: string | null;
  code: string | null;
}
