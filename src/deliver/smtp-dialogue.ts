/** A conversation with a mail server as it goes on. */
export interface SmtpDialogue {
  /** What the library tells of every command and reply. It keeps no words: a command may hold a password. */
  readonly logger: { readonly debug: Listener; readonly info: Listener };
  /** The whole mail was written, its end included, so that silence after it may mean anything. */
  wasHandedOver(): boolean;
  /** The server said yes to what nobody asked, or with a code that answers something else: none of its words can be relied on. */
  isOutOfStep(): boolean;
}

type Listener = (entry: unknown, text?: unknown) => void;

/** The yes to each command (https://www.rfc-editor.org/rfc/rfc5321#section-4.3.2). Of other commands any is taken. */
const YES: Readonly<Record<string, RegExp>> = {
  banner: /^220$/,
  EHLO: /^25\d$/,
  HELO: /^25\d$/,
  MAIL: /^25\d$/,
  RCPT: /^25\d$/,
  DATA: /^354$/,
  mail: /^25\d$/,
};

const ANY = /^[23]\d\d$/;

function isKind(entry: unknown, kind: string): boolean {
  return typeof entry === 'object' && entry !== null && 'tnx' in entry && entry.tnx === kind;
}

/** The code of a reply; null: it has none, or several. */
function codeOf(reply: string): string | null {
  const codes = new Set(reply.split(/\r?\n/).map((line) => /^\d{3}(?=[ -]|$)/.exec(line)?.[0] ?? null));
  const [code = null] = codes;
  return codes.size === 1 ? code : null;
}

/**
 * Follows a conversation. The library takes the next reply for the answer to the next command, whenever it came: a server that says too much,
 * or too early, would be believed to have taken a mail that it has not read.
 */
export function followDialogue(): SmtpDialogue {
  const expected: RegExp[] = [YES['banner'] ?? ANY];
  let handedOver = false;
  let outOfStep = false;

  const hear = (reply: string): void => {
    const yes = expected.shift();
    const code = codeOf(reply);
    // A refusal may come at any time, such as of a mail that is too large while it is still on its way.
    if (code !== null && /^[45]/.test(code)) return;
    if (code === null || yes === undefined || !yes.test(code)) outOfStep = true;
  };
  const follow: Listener = (entry, text) => {
    if (isKind(entry, 'server')) hear(String(text));
    if (isKind(entry, 'client')) expected.push(YES[/^[A-Z]+/.exec(String(text))?.[0] ?? ''] ?? ANY);
    if (isKind(entry, 'message')) {
      handedOver = true;
      expected.push(YES['mail'] ?? ANY);
    }
  };
  return {
    logger: { debug: follow, info: follow },
    wasHandedOver: () => handedOver,
    isOutOfStep: () => outOfStep,
  };
}
