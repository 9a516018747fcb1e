// Requests to the server that has sent this page; addresses are relative, so that it works behind a prefix, too.
import { askForKey, showButton, storedKey } from "./key.js";

/** What went wrong, in the server's own sentence where it has one. */
export class ServerError extends Error {
  constructor(sentence, { status = 0, retryAfter = null, id = null } = {}) {
    super(sentence);
    Object.assign(this, { status, retryAfter, id });
  }
}

/** Sends a document, or a form with a file, and reads one. */
export async function post(path, document, options = {}) {
  return (await respond(path, { ...options, document })).json();
}

export async function get(path, options = {}) {
  return (await respond(path, options)).json();
}

/**
 * The response to a request that went well. Throws a `ServerError`, or an `AbortError` when `signal` says so.
 * When the server wants a key, the reader is asked for one and the request repeated, unless `isQuiet`.
 */
export async function respond(path, { document, signal, isQuiet = false } = {}) {
  const headers = { accept: "application/json, text/plain;q=0.5" };
  const key = storedKey();
  if (key) headers.authorization = `Bearer ${key}`;
  const request = { headers, signal, cache: "no-store", credentials: "same-origin", redirect: "error" };
  if (document instanceof FormData) {
    Object.assign(request, { method: "POST", body: document });
  } else if (document !== undefined) {
    headers["content-type"] = "application/json";
    Object.assign(request, { method: "POST", body: JSON.stringify(document) });
  }
  let response;
  try {
    response = await fetch(path, request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    const size = request.body?.length ?? request.body?.get("file").size ?? 0;
    throw new ServerError(size > 1_000_000
      ? "the server closed the connection or is not there; the text may be longer than it takes"
      : "the server does not answer; see whether securebert serve still runs, then try again");
  }
  if (response.ok) return response;
  const error = await failure(response);
  if (error.status === 401) {
    showButton(true);
    if (!isQuiet && (await askForKey(error.message))) return respond(path, { document, signal, isQuiet });
  }
  throw error;
}

async function failure(response) {
  const text = await response.text().catch(() => "");
  let sentence = "";
  try {
    const body = JSON.parse(text);
    sentence = body.error?.message ?? body.error ?? body.message;
  } catch {
    sentence = text.slice(0, 500);
  }
  const seconds = Number(response.headers.get("retry-after"));
  return new ServerError(String(sentence || `the server answered ${response.status} ${response.statusText}`), {
    status: response.status,
    retryAfter: seconds > 0 ? seconds : null,
    id: response.headers.get("x-request-id"),
  });
}
