/** Lists as sets. */
import type { CallEstimator, CostRules } from '../cost/cost-rules.js';
import { estimatedSize, multiplySizes, plusCost, sizeCost } from '../cost/estimates.js';
import { sizeOf } from '../cost/sizes.js';
import * as types from '../types/type.js';
import { listOf } from '../types/type.js';
import { listContains } from '../values/compare.js';
import { elementsOf } from '../values/map.js';
import type { ListValue, Value } from '../values/value.js';
import { type Library, T, fn, global } from './declaration.js';

const { bool } = types;
const list = listOf(T);

function contains(whole: ListValue, part: ListValue): Value {
  for (const element of elementsOf(part)) {
    const found = listContains(whole, element);
    if (found !== true) return found;
  }
  return true;
}

const intersects = (a: ListValue, b: ListValue): boolean => elementsOf(a).some((element) => listContains(b, element) === true);

const quadratic =
  (factor: number): NonNullable<CostRules['runtime']>[string] =>
  ([a, b]) =>
    1 + Math.trunc(sizeOf(a!) * sizeOf(b!) * factor);
const quadraticEstimate =
  (factor: number): CallEstimator =>
  (_target, args) => {
    const [a, b] = args;
    return a && b && { cost: plusCost(sizeCost(multiplySizes(estimatedSize(a), estimatedSize(b)), factor), 1) };
  };

export const setsLibrary: Library = {
  name: 'cel.lib.ext.sets',
  functions: [
    fn(
      'sets.contains',
      global('list_sets_contains_list', [list, list], bool, (a, b) => contains(a as ListValue, b as ListValue)),
    ),
    fn(
      'sets.equivalent',
      global('list_sets_equivalent_list', [list, list], bool, (a, b) => {
        const there = contains(a as ListValue, b as ListValue);
        return there === true ? contains(b as ListValue, a as ListValue) : there;
      }),
    ),
    fn(
      'sets.intersects',
      global('list_sets_intersects_list', [list, list], bool, (a, b) => intersects(a as ListValue, b as ListValue)),
    ),
  ],
  costs: {
    runtime: { list_sets_contains_list: quadratic(1), list_sets_intersects_list: quadratic(1), list_sets_equivalent_list: quadratic(2) },
    estimate: {
      list_sets_contains_list: quadraticEstimate(1),
      list_sets_intersects_list: quadraticEstimate(1),
      list_sets_equivalent_list: quadraticEstimate(2),
    },
  },
};
