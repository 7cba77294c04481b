/** What colour says beside the word. */
export type Tone = 'good' | 'bad' | 'busy' | 'off';

const TONES: Record<string, Tone> = {
  active: 'good',
  enabled: 'good',
  succeeded: 'good',
  completed: 'good',
  accepted: 'good',
  failed: 'bad',
  failing: 'bad',
  expired: 'bad',
  pending: 'busy',
  running: 'busy',
};

/** A status: a word with a dot whose colour says the same. */
export function Status({ value, tone = TONES[value] ?? 'off' }: { value: string; tone?: Tone }) {
  return (
    <span className="status" data-tone={tone}>
      {value}
    </span>
  );
}
