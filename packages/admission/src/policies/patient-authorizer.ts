/** Questions of expressions to authorizers that have to be waited for: expressions cannot wait. */
import type { CelAuthorizationAttributes, CelAuthorizer, CelDecision } from '@apiserver-kit/cel';

/** Answers questions, at once or later. */
export type ExpressionAuthorizer = (attributes: CelAuthorizationAttributes) => CelDecision | Promise<CelDecision>;

const pending: CelDecision = { isAllowed: false, error: 'not answered yet' };

/** How often an expression is run again: each run may ask what it could not know before. */
const maxRounds = 16;

/** The answers to one request: the same question is asked once. */
export class PatientAuthorizer implements CelAuthorizer {
  readonly #answers = new Map<string, CelDecision>();
  readonly #waiting = new Map<string, Promise<CelDecision>>();

  constructor(private readonly ask: ExpressionAuthorizer) {}

  authorize(attributes: CelAuthorizationAttributes): CelDecision {
    const id = JSON.stringify(attributes);
    const known = this.#answers.get(id);
    if (known) return known;
    const answer = this.ask(attributes);
    if (answer instanceof Promise) {
      this.#waiting.set(id, answer);
      return pending;
    }
    this.#answers.set(id, answer);
    return answer;
  }

  /** Runs until all questions were answered that were asked on the way. */
  run<Value>(evaluate: () => Value): Value | Promise<Value> {
    const value = evaluate();
    return this.#waiting.size === 0 ? value : this.#again(evaluate);
  }

  async #again<Value>(evaluate: () => Value): Promise<Value> {
    for (let round = 0; ; round++) {
      for (const [id, answer] of this.#waiting) this.#answers.set(id, await answer);
      this.#waiting.clear();
      const value = evaluate();
      if (this.#waiting.size === 0 || round === maxRounds) return value;
    }
  }
}
