/** Ends this program, part by part, when it is told to, or when whoever started it is gone. */
export function stopWhenTold(...parts: (() => Promise<unknown>)[]): void {
  const stop = async (): Promise<void> => {
    for (const end of parts) await end();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('disconnect', () => void stop());
}
