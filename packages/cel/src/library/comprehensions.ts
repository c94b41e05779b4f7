/** Comprehensions with two variables. */
import { twoVariableMacros } from '../syntax/macros.js';
import { mapOf, typeParam } from '../types/type.js';
import { insert } from '../values/map.js';
import { printValue } from '../values/print.js';
import { CelError, type MapValue } from '../values/value.js';
import { type Library, fn, global } from './declaration.js';

const K = typeParam('K');
const V = typeParam('V');
const map = mapOf(K, V);

export const comprehensionsLibrary: Library = {
  name: 'cel.lib.ext.comprev2',
  macros: twoVariableMacros,
  functions: [
    fn(
      'cel.@mapInsert',
      global('@mapInsert_map_key_value', [map, K, V], map, (target, key, value) => insert(target as MapValue, key!, value!, printValue)),
      global('@mapInsert_map_map', [map, map], map, (target, added) => {
        let result = target as MapValue;
        for (const key of (added as MapValue).keys()) {
          const next = insert(result, key, (added as MapValue).find(key)!, printValue);
          if (next instanceof CelError) return next;
          result = next;
        }
        return result;
      }),
    ),
  ],
};
