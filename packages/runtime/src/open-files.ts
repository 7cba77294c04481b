/**
 * How many files and sockets this process may have open (`ulimit -n`); Node raises the soft limit to the hard one as it starts.
 *
 * @returns `Infinity` where there is no limit
 */
export function openFilesLimit(): number {
  // Else it looks up the names of all peers. Node's types do not know it.
  const report = Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft: number | 'unlimited' } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === 'number' ? soft : Infinity;
}
