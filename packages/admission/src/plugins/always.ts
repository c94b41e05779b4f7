/** AlwaysAdmit and AlwaysDeny: for tests. */
import type { AdmissionPlugin } from '../admission.js';
import { forbid } from './forbid.js';

export const alwaysAdmit = (): AdmissionPlugin => ({ name: 'AlwaysAdmit', handles: () => false });

export function alwaysDeny(): AdmissionPlugin {
  const deny: NonNullable<AdmissionPlugin['validate']> = (attributes) => {
    throw forbid(attributes, 'admission control is denying all modifications');
  };
  return { name: 'AlwaysDeny', handles: () => true, admit: deny, validate: deny };
}
