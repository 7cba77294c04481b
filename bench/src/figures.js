import { cpus, loadavg, totalmem } from 'node:os';
/** The middle value; of an even number of values the mean of the middle two. */
export function median(values) {
    const sorted = values.toSorted((a, b) => a - b);
    const half = sorted.length / 2;
    return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}
const isKept = ({ bound, values }) => bound && ('atLeast' in bound ? median(values) >= bound.atLeast : median(values) <= bound.atMost);
/** An aligned table for people. */
export function table(figures) {
    const rows = figures
        .filter(({ isDetail }) => !isDetail)
        .map((figure) => [
        figure.name,
        figure.unit,
        ...[median(figure.values), Math.min(...figure.values), Math.max(...figure.values)].map(digits),
        String(figure.values.length),
        boundOf(figure),
    ]);
    const all = [['figure', 'unit', 'median', 'min', 'max', 'rounds', 'bound'], ...rows];
    return aligned(all, (column) => column >= 2 && column <= 5);
}
/** Rows of cells as lines, each column as wide as it has to be. */
export function aligned(rows, isNumber) {
    const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    return rows
        .map((row) => row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
        .join('  ')
        .trimEnd())
        .join('\n');
}
function boundOf(figure) {
    const { bound } = figure;
    if (!bound)
        return '';
    const text = 'atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`;
    return `${text} ${isKept(figure) ? 'kept' : 'NOT KEPT'}`;
}
export const digits = (value) => Number.isInteger(value) ? String(value) : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
/** The same for programs. */
export const report = (parts) => ({
    date: new Date().toISOString(),
    machine: {
        cpu: cpus()[0]?.model ?? 'unknown',
        cores: cpus().length,
        memory_gib: Math.round(totalmem() / 2 ** 30),
        platform: `${process.platform} ${process.arch}`,
        node: process.version,
        /** At the end: more than the bench's own two or three means that others were at work. */
        load_average_5min: loadavg()[1],
    },
    parts: Object.fromEntries(Object.entries(parts).map(([part, figures]) => [
        part,
        figures.map((figure) => ({
            figure: figure.name,
            unit: figure.unit,
            median: median(figure.values),
            min: Math.min(...figure.values),
            max: Math.max(...figure.values),
            values: figure.values,
            ...(figure.bound && { bound: figure.bound, is_kept: isKept(figure) }),
        })),
    ])),
});
//# sourceMappingURL=figures.js.map