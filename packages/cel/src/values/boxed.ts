/** What all values have in common that are neither JavaScript's own nor bytes: one test tells them from JSON. */
export abstract class Boxed {}
