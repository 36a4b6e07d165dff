/** What a person asked for is not done, and the message says why and what to do instead. Nothing was sent. */
export class Refusal extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Refusal';
  }
}
