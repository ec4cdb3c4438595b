/** A part of a snippet: what was searched for, or what stands around it. */
export interface SnippetPart {
  readonly text: string;
  readonly isMatch: boolean;
}

/** Most characters of a snippet, and how many of them stand before the first match. */
export const snippetLimits = { length: 160, before: 40 } as const;

/**
 * The part of a text around the first hit, in pieces: hits, and what stands between them. Together they are the text as it was
 * written; an ellipsis says where it goes on. Where no hit is found again, which folding letter by letter may miss, the
 * text's beginning without a match.
 *
 * `hits` are folded as the database's archive_folded does: words, which are found whole, and runs, which are found anywhere.
 */
export function snippetOf(text: string, hits: readonly string[]): SnippetPart[] {
  const letters = text.match(/\P{M}\p{M}*|\p{M}+/gu) ?? [];
  const { folded, letterAt } = fold(letters);
  const matched = new Set<number>();
  if (hits.length > 0) {
    for (const { 0: hit, index } of folded.matchAll(patternOf(hits))) {
      for (const place of letterAt.slice(index, index + hit.length)) matched.add(place);
    }
  }

  const first = Math.max(Math.min(...matched, letters.length) - snippetLimits.before, 0);
  const from = matched.size === 0 ? 0 : first;
  const to = Math.min(from + snippetLimits.length, letters.length);
  const parts: SnippetPart[] = [];
  const add = (letter: string, isMatch: boolean) => {
    const last = parts.at(-1);
    if (last?.isMatch === isMatch) parts[parts.length - 1] = { text: last.text + letter, isMatch };
    else parts.push({ text: letter, isMatch });
  };
  if (from > 0) add('…', false);
  letters.slice(from, to).forEach((letter, place) => add(letter, matched.has(from + place)));
  if (to < letters.length) add('…', false);
  return parts;
}

/** The letters folded, and for each place of the result the letter that it came from. */
function fold(letters: readonly string[]): { folded: string; letterAt: number[] } {
  const letterAt: number[] = [];
  const parts = letters.map((letter, place) => {
    const part = letter.normalize('NFKC').toLowerCase().replaceAll(leftOut, '');
    for (let unit = 0; unit < part.length; unit++) letterAt.push(place);
    return part;
  });
  return { folded: parts.join(''), letterAt };
}

const leftOut = /[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\u{1f3fb}-\u{1f3ff}]/gu;
// What is written without spaces bounds a word, as a blank does.
const unspaced =
  '\\u0e00-\\u0eff\\u1000-\\u109f\\u1100-\\u11ff\\u1780-\\u17ff\\u2e80-\\u9fff\\ua000-\\ua48f\\uac00-\\ud7ff\\uf900-\\ufaff\\u{20000}-\\u{3ffff}';
const inWord = `(?:(?![${unspaced}])[\\p{L}\\p{M}\\p{N}])`;

function patternOf(hits: readonly string[]): RegExp {
  const anyWord = new RegExp(`^${inWord}+$`, 'u');
  // The longest first: alternatives are tried in order. None has a character with a meaning in patterns.
  const alternatives = [...hits]
    .sort((a, b) => b.length - a.length)
    .map((hit) => (anyWord.test(hit) ? `(?<!${inWord})${hit}(?!${inWord})` : hit));
  return new RegExp(alternatives.join('|'), 'gu');
}
