/** Why what is needed cannot be had for now: it cannot be reached, or has too much to do. It comes back by itself. */
export type Unavailability = 'away' | 'busy';
