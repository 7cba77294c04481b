/** A value as JSON text, which is handed on and never looked into. */
export class Json {
  constructor(readonly text: string) {}
}
