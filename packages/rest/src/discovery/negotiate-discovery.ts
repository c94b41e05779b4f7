/** In what form a client wants a document of discovery. */
import type { RequestContext } from '@apiserver-kit/pipeline';
import { type Clause, covers, notAcceptableAtAll, parseAccept, wantsPretty } from '../negotiation/accept.js';
import type { AggregatedVersion } from './aggregated.js';

export interface DiscoveryForm {
  readonly format: 'json' | 'yaml';
  readonly pretty: boolean;
  /** The version of apidiscovery.k8s.io; undefined for the document of one level. */
  readonly aggregated: AggregatedVersion | undefined;
}

const formats = ['json', 'yaml'] as const;
const plainJson: DiscoveryForm = { format: 'json', pretty: false, aggregated: undefined };

function accepts({ parameters }: Clause, format: 'json' | 'yaml', mayAggregate: boolean): DiscoveryForm | undefined {
  const { as, g: group, v: version, stream, pretty } = parameters;
  if (stream && (stream !== 'watch' || format !== 'json')) return undefined;
  const form = { format, pretty: pretty === '1' };
  if (as === undefined && group === undefined && version === undefined) return { ...form, aggregated: undefined };
  const isAggregated = group === 'apidiscovery.k8s.io' && as === 'APIGroupDiscoveryList' && (version === 'v2' || version === 'v2beta1');
  return mayAggregate && isAggregated ? { ...form, aggregated: version } : undefined;
}

function formOf(header: string, mayAggregate: boolean): DiscoveryForm | undefined {
  for (const clause of parseAccept(header)) {
    for (const format of formats) {
      const form = covers(clause, 'application', format) ? accepts(clause, format, mayAggregate) : undefined;
      if (form) return form;
    }
  }
  return undefined;
}

// Clients send a handful of different headers, each many times.
const maxRemembered = 256;
const remembered = [new Map<string, DiscoveryForm | undefined>(), new Map<string, DiscoveryForm | undefined>()] as const;

function rememberedForm(header: string, mayAggregate: boolean): DiscoveryForm | undefined {
  const memory = remembered[mayAggregate ? 1 : 0];
  const known = memory.get(header);
  if (known || memory.has(header)) return known;
  const form = formOf(header, mayAggregate);
  if (memory.size >= maxRemembered) memory.clear();
  memory.set(header, form);
  return form;
}

/**
 * Chooses the form of a document.
 * @param mayAggregate whether there is an aggregated one at this path.
 * @throws StatusError NotAcceptable where the client takes nothing that there is.
 */
export function negotiateDiscovery(ctx: RequestContext, mayAggregate: boolean): DiscoveryForm {
  const { accept } = ctx.request.headers;
  const form = accept ? rememberedForm(accept, mayAggregate) : plainJson;
  if (!form) throw notAcceptableAtAll(false);
  return !form.pretty && wantsPretty(ctx) ? { ...form, pretty: true } : form;
}
