/** AuthenticationConfiguration of apiserver.config.k8s.io, as data. */

/** The file of `--authentication-config`. */
export interface AuthenticationConfiguration {
  readonly jwt?: readonly JwtAuthenticator[] | null;
  readonly anonymous?: AnonymousConfiguration;
}

export interface AnonymousConfiguration {
  readonly enabled?: boolean;
  /** Paths on which nobody may be somebody. */
  readonly conditions?: readonly { readonly path?: string }[] | null;
}

/** One issuer of tokens, and what its claims mean. */
export interface JwtAuthenticator {
  readonly issuer: Issuer;
  readonly claimValidationRules?: readonly ClaimValidationRule[] | null;
  readonly claimMappings: ClaimMappings;
  readonly userValidationRules?: readonly UserValidationRule[] | null;
}

export interface Issuer {
  readonly url?: string;
  /** Where the issuer's document is, if not under its URL. */
  readonly discoveryURL?: string;
  /** PEM. Default: the authorities of the system. */
  readonly certificateAuthority?: string;
  readonly audiences?: readonly string[] | null;
  readonly audienceMatchPolicy?: string;
  readonly egressSelectorType?: string;
}

export interface ClaimValidationRule {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

export interface ClaimMappings {
  readonly username?: PrefixedClaimOrExpression;
  readonly groups?: PrefixedClaimOrExpression;
  readonly uid?: ClaimOrExpression;
  readonly extra?: readonly ExtraMapping[] | null;
}

export interface ClaimOrExpression {
  readonly claim?: string;
  readonly expression?: string;
}

export interface PrefixedClaimOrExpression extends ClaimOrExpression {
  /** Undefined is not the same as empty: who names a claim has to say. */
  readonly prefix?: string;
}

export interface ExtraMapping {
  readonly key?: string;
  readonly valueExpression?: string;
}

export interface UserValidationRule {
  readonly expression?: string;
  readonly message?: string;
}

/** A CEL expression, compiled. */
export interface CelExpression {
  /**
   * @param variable the claims, or the user with `username`, `uid`, `groups` and `extra`.
   * @returns a JSON value.
   * @throws Error when it fails, or costs too much.
   */
  evaluate(variable: unknown): unknown;
  /** Whether it selects that field of its variable, anywhere. */
  selects(field: string): boolean;
}

/** Compiles CEL, as Kubernetes runs it. Injected: without one, configurations with expressions are refused. */
export interface CelEvaluator {
  /**
   * @param variable the one name that the expression may use: a map of claims, or `kubernetes.UserInfo`.
   * @param result what it has to evaluate to.
   * @throws Error with the reference's detail: `compilation failed: …`, `must evaluate to bool`.
   */
  compile(expression: string, variable: 'claims' | 'user', result: 'any' | 'bool'): CelExpression;
}
