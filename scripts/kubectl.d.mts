export const oldestMinor: number;
export function kubectlVersion(): string | undefined;
export function isUsable(version: string | undefined): boolean;
