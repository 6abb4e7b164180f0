const INVISIBLE = /[\p{Cf}\p{Cs}\p{Co}]/gu;
const BLANK = /[\p{Cc}\p{Zs}\p{Zl}\p{Zp}\s]+/gu;

/** NFC, one line, no invisible characters: `clean` of the server's domain/text.py. */
export function clean(text: string): string {
  return text.normalize("NFC").replace(INVISIBLE, "").replace(BLANK, " ").trim();
}

/** What search compares, the very rule of the server's `fold`: "Đức", "ĐỨC" and their NFD forms all give "duc". */
export function fold(text: string): string {
  const plain = clean(text).replace(/[đĐðÐ]/g, "d").normalize("NFKD");
  // Upper case first: that way "ß" becomes "ss", as case folding has it.
  return clean(plain.replace(/\p{Mn}/gu, "").toUpperCase().toLowerCase());
}
