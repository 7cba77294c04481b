/**
 * What a command answers, where there is more to it than a body. The body alone is the payload; the rest travels in
 * headers, so that nothing of it can end up in front of a customer by accident.
 */
export class Reply<Body> {
  /**
   * @param version of the row that the body shows; an `ETag` is made of it
   * @param isReplay whether this is the stored answer to an earlier request, and nothing was done now
   */
  constructor(
    readonly body: Body,
    readonly version?: number,
    readonly isReplay = false,
  ) {}
}
