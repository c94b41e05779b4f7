/** How much of a server a request takes: seats, and for how long after it was answered (k8s.io/apiserver/pkg/util/flowcontrol/request). */

export interface WorkEstimate {
  /** While it is being answered. */
  readonly initialSeats: number;
  /** After that, while its events are sent to watchers. */
  readonly finalSeats: number;
  readonly additionalMs: number;
}

export const oneSeat: WorkEstimate = Object.freeze({ initialSeats: 1, finalSeats: 0, additionalMs: 0 });

export const seatsOnly = (initialSeats: number): WorkEstimate => (initialSeats === 1 ? oneSeat : { initialSeats, finalSeats: 0, additionalMs: 0 });

/** A request holds the more of its seats all the time. */
export const widthOf = ({ initialSeats, finalSeats }: WorkEstimate): number => Math.max(initialSeats, finalSeats);
