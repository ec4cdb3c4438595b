/** What was given as a checkpoint, a key or an export is none; the message says what to give instead. */
export class UnreadableEvidence extends Error {
  override readonly name = 'UnreadableEvidence';
}
