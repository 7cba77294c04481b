import { Injectable } from '@nestjs/common';

/** Whether the process has been asked to stop: from then on it is not ready, but finishes what it took. */
@Injectable()
export class Shutdown {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    this.begun = true;
  }
}
