/** The debug endpoints `/debug/api_priority_and_fairness/*` (k8s.io/apiserver/pkg/util/flowcontrol/apf_controller_debug.go). */
import { type ApiResponse, type Filter, text } from '@apiserver-kit/pipeline';
import type { FlowControl } from './levels/flow-control.js';
import type { PriorityLevel } from './levels/priority-level.js';
import type { Ticket } from './queues/queue-set.js';

const prefix = '/debug/api_priority_and_fairness/';

type Row = readonly (string | number | boolean)[];

/** Columns as wide as their widest cell and the space behind it, at least eight; Go's text/tabwriter. */
function tabulated(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map((cell, at) => (at < row.length - 1 ? `${cell},` : String(cell))));
  const widths: number[] = [];
  for (const row of cells) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 8, cell.length + 1);
  return cells.map((row) => `${row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at]!) : cell)).join('')}\n`).join('');
}

const byName = (a: PriorityLevel, b: PriorityLevel): number => (a.name < b.name ? -1 : 1);
const levelsOf = ({ levels }: FlowControl): PriorityLevel[] => [...levels.values()].sort(byName);

const levelColumns =
  'PriorityLevelName ActiveQueues IsIdle IsQuiescing WaitingRequests ExecutingRequests DispatchedRequests RejectedRequests TimedoutRequests CancelledRequests';
const queueColumns = 'PriorityLevelName Index PendingRequests ExecutingRequests SeatsInUse NextDispatchR InitialSeatsSum MaxSeatsSum TotalWorkSum';
const requestColumns =
  'PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime InitialSeats FinalSeats AdditionalLatency StartTime';

const headings = (columns: string): Row => columns.split(' ');
const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`;

const dumps: Readonly<Record<string, (flowControl: FlowControl) => Row[]>> = {
  dump_priority_levels: (flowControl) => [
    headings(levelColumns),
    ...levelsOf(flowControl).map(({ name, queues, isQuiescing }): Row => {
      const { waiting, executing, dispatched, rejected, cancelled } = queues.state;
      const active = queues.queues.filter((queue) => queue.waiting.size > 0).length;
      return [name, active, queues.isIdle, isQuiescing, waiting, executing, dispatched, rejected, 0, cancelled];
    }),
  ],
  dump_queues: (flowControl) => [
    headings(queueColumns),
    ...levelsOf(flowControl).flatMap(({ name, queues }) =>
      queues.queues.map(({ waiting, waitingWork, executing, seatsInUse, nextDispatch }, at): Row => {
        const sum = (of: (ticket: Ticket) => number): number => [...waiting].reduce((total, ticket) => total + of(ticket), 0);
        const initial = sum(({ estimate }) => estimate.initialSeats);
        return [name, at, waiting.size, executing, seatsInUse, seatSeconds(nextDispatch), initial, sum(({ seats }) => seats), seatSeconds(waitingWork)];
      }),
    ),
  ],
  dump_requests: (flowControl) => [
    headings(requestColumns),
    ...levelsOf(flowControl).flatMap(({ name, queues }) =>
      queues.queues.flatMap(({ waiting }, queue) =>
        [...waiting].map(({ flowSchema, distinguisher, arrivedAt, estimate }, at): Row => {
          const { initialSeats, finalSeats, additionalMs } = estimate;
          const arrival = new Date(arrivedAt).toISOString();
          return [name, flowSchema, queue, at, distinguisher, arrival, initialSeats, finalSeats, `${additionalMs}ms`, '0001-01-01T00:00:00Z'];
        }),
      ),
    ),
  ],
};

/** Shows levels, queues and waiting requests as tables. For those who may get the paths: it stands behind authorization. */
export const flowControlDebug =
  (flowControl: FlowControl): Filter =>
  (next) =>
  (ctx) => {
    const { path } = ctx.request;
    const dump = path.startsWith(prefix) ? dumps[path.slice(prefix.length)] : undefined;
    return dump === undefined ? next(ctx) : plain(tabulated(dump(flowControl)));
  };

const plain = (body: string): ApiResponse => text(200, body);
