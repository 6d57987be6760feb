// How badly a simulated server behaves.

export interface Faults {
  /** Chances for each event frame. */
  drop: number;
  repeat: number;
  swap: number;
  /** The chance that a call is refused, or carried out and not answered well. */
  refuse: number;
}

export const CALM: Faults = { drop: 0, repeat: 0, swap: 0, refuse: 0 };
