import type { Exchange } from '../virustotal/exchange.ts';

/** What the API answered since the process began, by the class of the status: `2xx`, ..., `none` where no whole answer came. */
export interface Traffic {
  /** The same exchange, counted. */
  counting(exchange: Exchange): Exchange;
  readonly byClass: ReadonlyMap<string, number>;
}

/** A count that begins at nothing. */
export function createTraffic(): Traffic {
  const byClass = new Map<string, number>();
  const count = (name: string): void => void byClass.set(name, (byClass.get(name) ?? 0) + 1);
  return {
    byClass,
    counting: (exchange) => async (question) => {
      try {
        const answer = await exchange(question);
        count(`${Math.floor(answer.status / 100)}xx`);
        return answer;
      } catch (error) {
        count('none');
        throw error;
      }
    },
  };
}
