/** Who may do what on a server. */
import { alwaysAllow, alwaysAllowPaths, alwaysDeny, type Authorizer, privilegedGroups, union } from '@apiserver-kit/authz';

/** As in `--authorization-mode`. */
export type AuthorizationMode = 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny';

/** What load balancers ask without any credential (`--authorization-always-allow-paths`). */
const alwaysAllowedPaths = ['/healthz', '/readyz', '/livez'];

/**
 * The authorizers of a server, in the order in which they are asked: system:masters may do everything, everybody may ask for health, the rest
 * is as the modes say.
 * @param rbac for the mode RBAC.
 * @throws Error for a mode that there is none of.
 */
export function serverAuthorizer(modes: readonly (string | Authorizer)[], rbac: Authorizer): Authorizer {
  const made = modes.map((mode): Authorizer => {
    if (typeof mode !== 'string') return mode;
    if (mode === 'RBAC') return rbac;
    if (mode === 'AlwaysAllow') return alwaysAllow();
    if (mode === 'AlwaysDeny') return alwaysDeny();
    throw new Error(`there is no authorization mode ${mode}`);
  });
  return union([privilegedGroups(), alwaysAllowPaths(alwaysAllowedPaths), ...made]);
}
