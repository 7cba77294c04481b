import { formatNumber } from './time.js';

const HEIGHT = 140;
const LIMIT_SHOWN_FROM = 0.2;

interface Bar {
  name: string;
  good: number;
  bad: number;
}

/** Bars, with a limit as a line where the bars come near it. The numbers stand in a table beside them. */
export function Bars({ label, bars, limit }: { label: string; bars: readonly Bar[]; limit?: number | undefined }) {
  const highest = Math.max(1, ...bars.map(({ good, bad }) => good + bad));
  const isLimitShown = limit !== undefined && highest >= limit * LIMIT_SHOWN_FROM;
  const top = isLimitShown ? Math.max(highest, limit) : highest;
  const scaled = (value: number): number => (value / top) * (HEIGHT - 8);
  const step = 1000 / Math.max(1, bars.length);
  return (
    <figure className="bars">
      <div className="bars-top meta">
        <span>{formatNumber(top)}</span>
        {isLimitShown && <span>– – the day’s quota, {formatNumber(limit)}</span>}
      </div>
      <svg viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {bars.map(({ name, good, bad }, index) => (
          <g key={name}>
            <title>{`${name}: ${formatNumber(good)} let in, ${formatNumber(bad)} refused`}</title>
            <rect className="bar-space" x={index * step} y={0} width={step} height={HEIGHT} />
            <rect className="bar-good" x={index * step + step * 0.15} width={step * 0.7} {...from(0, scaled(good))} />
            <rect
              className="bar-bad"
              x={index * step + step * 0.15}
              width={step * 0.7}
              {...from(scaled(good), scaled(good + bad))}
            />
          </g>
        ))}
        {isLimitShown && (
          <line className="bar-limit" x1={0} x2={1000} y1={HEIGHT - scaled(limit)} y2={HEIGHT - scaled(limit)} />
        )}
      </svg>
      <figcaption className="bars-foot meta">
        <span>{bars[0]?.name}</span>
        <span>{bars.at(-1)?.name}</span>
      </figcaption>
    </figure>
  );
}

const from = (low: number, high: number) => ({ y: HEIGHT - high, height: high - low });
