import { statfs } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { BusConnection } from '@nexivo/bus/connection';
import { type Build, type Metrics, type Reading, sharedLook } from './metrics.js';

/** What is known of any process of ours: which program it is, how busy it is, what room its disk has, and how its bus is. */
export function measureProcess(metrics: Metrics, { version, commit }: Build, bus: BusConnection): void {
  metrics.gauge('nexivo_build_info', 'Which program this is; always 1', ['version', 'commit'], () =>
    Promise.resolve([{ labels: { version, commit }, value: 1 }]),
  );
  metrics.counter(
    'nexivo_event_loop_active_seconds_total',
    'For how long the event loop has been at work; its rate is the part of the time in which it is',
    () => performance.eventLoopUtilization().active / 1_000,
  );
  const disk = sharedLook(() => statfs('.'));
  metrics.gauge(
    'nexivo_disk_free_bytes',
    'Room that is left on the disk of the working directory of this process',
    [],
    async () => {
      const { bavail, bsize } = await disk();
      return reading(bavail * bsize);
    },
  );
  metrics.gauge('nexivo_disk_size_bytes', 'Size of that disk', [], async () => {
    const { blocks, bsize } = await disk();
    return reading(blocks * bsize);
  });
  metrics.counter(
    'nexivo_bus_disconnections_total',
    'How often this process has lost its connection to the bus',
    () => bus.disconnections,
  );
}

const reading = (value: number): Reading[] => [{ value }];
