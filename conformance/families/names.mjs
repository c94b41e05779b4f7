import {
  cIdentifier,
  configMapKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  httpHeaderName,
  labelValue,
  nameIsDNS1035Label,
  nameIsDNSLabel,
  nameIsDNSSubdomain,
  pathSegmentName,
  percent,
  portName,
  qualifiedName,
  validateObjectMeta,
  validateObjectMetaUpdate,
  wildcardDNS1123Subdomain,
} from '@apiserver-kit/machinery';
import { recorded } from './field-errors.mjs';

const rules = {
  cIdentifier,
  configMapKey,
  dns1035Label,
  dns1123Label,
  dns1123Subdomain,
  envVarName,
  httpHeaderName,
  labelValue,
  percent,
  portName,
  qualifiedName,
  wildcardDNS1123Subdomain,
};
const nameRules = { dns1035Label: nameIsDNS1035Label, dns1123Label: nameIsDNSLabel, dns1123Subdomain: nameIsDNSSubdomain, pathSegment: pathSegmentName };

export default ({ rule, value, nameRule, namespaced, meta, new: next, old }) => {
  if (rule === 'objectMeta') return { errors: recorded(validateObjectMeta(meta, { namespaced, nameRule: nameRules[nameRule] })) };
  if (rule === 'objectMetaUpdate') return { errors: recorded(validateObjectMetaUpdate(next, old)) };
  return { messages: rules[rule](value) };
};
