/** Prometheus text (exposition format 0.0.4). */

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** The lines that stand before a metric's samples. */
export const header = (name: string, type: 'counter' | 'gauge' | 'histogram', help: string): string => `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** `a="x",b="y"`, in the order given. */
export const labelText = (labels: readonly (readonly [name: string, value: string])[]): string =>
  labels.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(',');

const escapeLabel = (value: string): string => (/[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value);

/** Counts per bucket of a histogram, not cumulative: one place more than there are bounds. */
export class Histogram {
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds upper bounds, ascending. */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.#counts[at]!++;
    this.#sum += value;
  }

  /** Its samples; `labels` as {@link labelText} gives them. */
  text(name: string, labels: string): string {
    const before = labels === '' ? '' : `${labels},`;
    let out = '';
    let count = 0;
    this.#counts.forEach((inBucket, at) => {
      count += inBucket;
      out += `${name}_bucket{${before}le="${this.bounds[at] ?? '+Inf'}"} ${count}\n`;
    });
    const braces = labels === '' ? '' : `{${labels}}`;
    return `${out}${name}_sum${braces} ${this.#sum}\n${name}_count${braces} ${count}\n`;
  }
}
