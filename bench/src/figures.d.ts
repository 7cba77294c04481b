/** One measured quantity: a value for each round. */
export interface Figure {
    name: string;
    unit: string;
    values: readonly number[];
    /** What the median must keep, if anything was promised. */
    bound?: {
        atLeast: number;
    } | {
        atMost: number;
    };
    /** In the file, but not in the table for people. */
    isDetail?: boolean;
}
/** The middle value; of an even number of values the mean of the middle two. */
export declare function median(values: readonly number[]): number;
/** An aligned table for people. */
export declare function table(figures: readonly Figure[]): string;
/** Rows of cells as lines, each column as wide as it has to be. */
export declare function aligned(rows: readonly (readonly string[])[], isNumber: (column: number) => boolean): string;
export declare const digits: (value: number) => string;
/** The same for programs. */
export declare const report: (parts: Readonly<Record<string, readonly Figure[]>>) => {
    date: string;
    machine: {
        cpu: string;
        cores: number;
        memory_gib: number;
        platform: string;
        node: string;
        /** At the end: more than the bench's own two or three means that others were at work. */
        load_average_5min: number | undefined;
    };
    parts: {
        [k: string]: {
            figure: string;
            unit: string;
            median: number;
            min: number;
            max: number;
            values: readonly number[];
            bound?: {
                atLeast: number;
            } | {
                atMost: number;
            };
            is_kept?: boolean | undefined;
        }[];
    };
};
