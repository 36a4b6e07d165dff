import type { Log } from './model/log.ts';
import type { Message } from './model/message.ts';
import type { Notice } from './model/notice.ts';
import type { Config } from './model/settings.ts';
import { renderNotice } from './render/notice.ts';
import { routeNotice } from './route/notice.ts';

/** What a notice needs on its way. */
export interface NoticeContext {
  readonly config: Pick<Config, 'operators' | 'audits' | 'channels' | 'report'>;
  /** Takes the messages that it does not have yet, and says how many those were. */
  readonly store: { enqueue(messages: readonly Message[], at: Date): number };
  readonly log: Log;
}

/**
 * Sends something that belongs to no run the same way as a report: notice → route → render → commit. The message's id is made of cause,
 * day and channel, so that the same cause is told once a day, however often it is raised and however often the program starts.
 */
export function raiseNotice(
  notice: Notice,
  { config, store, log }: NoticeContext,
  avoid: readonly string[] = [],
): void {
  const { operators, audits, channels } = config;
  const names = routeNotice({ operators, audits, avoid });
  const messages = names.flatMap((name) => {
    const channel = Object.hasOwn(channels, name) ? channels[name] : undefined;
    return channel === undefined ? [] : renderNotice(notice, channel, config.report);
  });
  // A cause may go on with what it is about, to be told apart; that stands in the notice.
  const [cause] = notice.cause.split('\n');
  if (messages.length === 0) {
    log.error('notice without a reader', { cause, notice: notice.title });
    return;
  }
  if (store.enqueue(messages, new Date(notice.at)) > 0)
    log.warn('notice raised', { cause, notice: notice.title, channels: names });
}
