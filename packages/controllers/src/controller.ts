/** What all controllers have in common. */
import type { Clock } from '@apiserver-kit/machinery';
import type { ErrorLog } from '@apiserver-kit/pipeline';

/** A loop that runs. `close` resolves when it does nothing any more. */
export interface Controller extends AsyncDisposable {
  close(): Promise<void>;
}

export interface ControllerOptions {
  readonly clock?: Clock;
  /** Told of what went wrong and is tried again. Default: nobody. */
  readonly log?: ErrorLog;
}

/** A controller that ends by this. */
export const closable = (close: () => Promise<void>): Controller => ({ close, [Symbol.asyncDispose]: close });
